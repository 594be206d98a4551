/** What pictures of one trace need beside its scores, small enough to stand in a line of results. Pure. */

import type { ScoredTrace, StepGraph } from '../../../types/public.js'
import { strongestLooks } from '../../index.js'
import type { MethodPictures } from './result-types.js'

/** Rounded, since a picture has no more: per cent of the strongest look. */
export const looksOf = (graph: StepGraph): MethodPictures => ({
  looks: strongestLooks(graph).map(
    ({ from, to, share }) => [from, to, Math.round(100 * share)] as const,
  ),
})

/** Of each layer, how its scores are spread over the steps: per cent of its highest, the mean over heads. */
export function layersOf({ headScores = [] }: Pick<ScoredTrace, 'headScores'>): MethodPictures {
  const layers = [...new Set(headScores.map(({ layer }) => layer))].sort((a, b) => a - b)
  return {
    layers: layers.map(layer => {
      const heads = headScores.filter(head => head.layer === layer)
      const sums = (heads[0]?.scores ?? []).map((_, step) =>
        heads.reduce((sum, { scores }) => sum + (scores[step] ?? 0), 0),
      )
      const most = Math.max(...sums, Number.MIN_VALUE)
      return { layer, shares: sums.map(sum => Math.round((100 * sum) / most)) }
    }),
  }
}
