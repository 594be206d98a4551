import type { LiveScore, StepGraph } from '../../../../types/public.js'
import { nucleus } from './nucleus.js'

/**
 * LazyEviction's rule (arXiv 2506.15969) at steps: how long a step was silent against its longest silence so far, and
 * a longer rhythm counts more. Who looks is in the live step graph, so nothing is decoded.
 */
export const gap: LiveScore = {
  name: 'gap',
  begin: () => look => {
    const { graph } = look
    const rhythms = graph === null ? [] : rhythmsOf(graph)
    return look.steps.map(({ step }) => {
      const { silent = 0, longest = 1 } = rhythms[step] ?? {}
      return doubled(-silent / longest) + doubled(-1 / longest)
    })
  },
}

/** 1 at 0, towards 0 below. */
const doubled = (x: number): number => 2 / (1 + Math.exp(-x))

interface Rhythm {
  /** Steps since it was looked at, the one that is being written included; it looks at itself when written. */
  readonly silent: number
  /** At least 1: the next step is the first that can look. */
  readonly longest: number
}

function rhythmsOf({ looks, steps }: StepGraph): Rhythm[] {
  const last = steps.map((_, i) => i)
  const longest = steps.map(() => 1)
  for (let j = 1; j <= steps.length; j++) {
    const paid = steps.slice(0, j).map((_, i) => sum(looks.map(head => head[j]?.[i] ?? 0)))
    for (const i of nucleus(paid)) {
      longest[i] = Math.max(longest[i] ?? 1, j - (last[i] ?? i))
      last[i] = j
    }
  }
  return steps.map((_, i) => ({ silent: steps.length - (last[i] ?? i), longest: longest[i] ?? 1 }))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
