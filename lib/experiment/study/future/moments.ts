/** Moments of finished traces, as a look in flight would have found them. Pure. */

import type { SegmentedTrace, StepGraph } from '../../../../types/public.js'
import { type Moment, newestRows } from './types.js'

/** Finished steps at a moment, at least; of fewer nothing can be ranked. */
const leastSteps = 4
/** Of a trace, at most, at even distances: neighbours say nearly the same. */
const mostMoments = 8

/**
 * While step j is written, the steps before it are finished, and its own row is the newest.
 *
 * @param graph of the trace, with all heads that are chosen among
 */
export function momentsOf(kind: string, trace: SegmentedTrace, graph: StepGraph): Moment[] {
  const last = trace.steps.length - 1
  const times = Array.from({ length: Math.max(0, last - leastSteps + 1) }, (_, i) => leastSteps + i)
  const spacing = Math.ceil(times.length / mostMoments)
  return times
    .filter((_, i) => i % spacing === 0)
    .map(now => ({
      kind,
      rows: rowsAt(graph, now, Math.max(...newestRows)),
      repeated: repetition(trace, now),
      target: targetAt(graph, now),
    }))
}

/** Shape (heads, newest rows, steps before `now`), newest first: what row `now` and those before it pay to a token. */
export const rowsAt = (
  { looks, steps }: Pick<StepGraph, 'looks' | 'steps'>,
  now: number,
  newest: number,
): number[][][] =>
  looks.map(head =>
    Array.from({ length: Math.min(newest, now) }, (_, back) =>
      steps.slice(0, now).map(({ start, end }, i) => (head[now - back]?.[i] ?? 0) / (end - start)),
    ),
  )

/** Of each of the steps before `now` the largest share of its distinct tokens that a later one of them has, too. */
export function repetition(
  { tokens, steps }: Pick<SegmentedTrace, 'tokens' | 'steps'>,
  now: number,
): number[] {
  const sets = steps
    .slice(0, now)
    .map(({ tokenStart, tokenEnd }) => new Set(tokens.slice(tokenStart, tokenEnd)))
  return sets.map((own, i) => {
    const again = sets.slice(i + 1).map(later => [...own].filter(id => later.has(id)).length)
    return own.size === 0 ? 0 : Math.max(0, ...again) / own.size
  })
}

function targetAt({ looks, steps }: StepGraph, now: number): number[] {
  const rows = looks[0]?.length ?? 0
  return steps.slice(0, now).map(({ start, end }, i) => {
    let most = 0
    for (let j = now + 1; j < rows; j++) {
      const paid = looks.reduce((sum, head) => sum + (head[j]?.[i] ?? 0), 0) / looks.length
      most = Math.max(most, paid / (end - start))
    }
    return most
  })
}
