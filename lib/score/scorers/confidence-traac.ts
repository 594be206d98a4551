import type { Scorer } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'

/**
 * TRAAC's confidence ablation (arXiv 2510.01581, as released): the mean over a step's tokens of one minus
 * the normalised entropy of the 20 likeliest. A step without tokens has 0.
 */
export const confidenceTraac: Scorer = {
  name: 'confidence-traac',
  score: ({ steps, certainties }) => {
    if (certainties === undefined) {
      const what = 'the trace has no certainties: generate it with certainty: 20'
      throw new CotPruneError('ERR_TRACE_INVALID', what)
    }
    return steps.map(({ tokenStart, tokenEnd }) => {
      const own = certainties.slice(tokenStart, tokenEnd)
      // rounding in single precision may leave it a little below 0
      return Math.max(0, own.reduce((sum, value) => sum + value, 0) / Math.max(1, own.length))
    })
  },
}
