/** Which step looks at which, drawn as the report draws it; also of a thinking that is still written. */

import type { StepGraph } from '../../../../types/public.js'
import { strongestLooks } from '../../../base/strongest-looks.js'
import { inlineSvg } from '../../../report/html/inline-svg.js'
import type { PrunedSteps } from '../../../report/html/page-data.js'
import { drawStepGraph } from '../../../report/step-graph-svg.js'

/** What the picture is made of. */
export interface Drawn {
  /** Shape (steps). */
  readonly texts: readonly string[]
  /** Shape (steps). */
  readonly scores: readonly number[]
  readonly kept: readonly number[]
  readonly answer: string
  readonly graph: StepGraph
}

/** Nothing in the text of a model becomes markup: the picture is parsed as XML, in which it was written as text. */
export function draw(into: HTMLElement, { texts, scores, kept, answer, graph }: Drawn): void {
  const picture = drawStepGraph({
    ...{ steps: texts, scores, answer },
    kept: new Set(kept),
    looks: strongestLooks(graph),
  })
  const source = inlineSvg(
    picture,
    'arcs',
    'Which step looks at which; the list below has the steps',
  )
  const { documentElement } = new DOMParser().parseFromString(source, 'image/svg+xml')
  into.replaceChildren(document.importNode(documentElement, true))
}

/** The rows that came so far as a graph; nothing is known of what is being written. */
export function graphOf(rows: readonly (readonly (readonly number[])[])[]): StepGraph {
  const count = rows.length
  const heads = rows[0]?.length ?? 0
  const padded = (row: readonly number[]) => Array.from({ length: count }, (_, i) => row[i] ?? 0)
  const looks = Array.from({ length: heads }, (_, head) => [
    ...rows.map(row => padded(row[head] ?? [])),
    padded([]),
  ])
  return { heads: [], steps: [], looks, decodedTokens: 0 }
}

/** How much each step was looked at so far, for its bar. */
export function received({ looks }: StepGraph, count: number): number[] {
  return Array.from({ length: count }, (_, step) =>
    looks.reduce((sum, rows) => sum + Math.max(0, ...rows.map(row => row[step] ?? 0)), 0),
  )
}

export const allKept = (count: number): PrunedSteps['kept'] =>
  Array.from({ length: count }, (_, i) => i)
