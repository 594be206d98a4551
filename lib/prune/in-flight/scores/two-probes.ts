import type { LiveScore } from '../../../../types/public.js'
import { thinkClearly } from '../../../score/observers/probes.js'
import { planProbe } from './plan.js'
import { largest, meanOf } from './step-attention.js'

/**
 * What either of two probes looks at: Think Clearly's, and one that asks which results are still needed. Each one's
 * attention on the cached thinking sums to 1 before, so that neither is louder.
 */
export const twoProbes: LiveScore = {
  name: 'two-probes',
  // the answer of an early exit stands behind the one that closes the thinking
  observers: [planProbe, thinkClearly],
  begin:
    () =>
    ({ steps, rows }) => {
      const shares = rows.flatMap(([row]) => (row === undefined ? [] : [shareOf(row)]))
      return {
        scores: steps.map(step => Math.max(0, ...shares.map(row => meanOf(row, step)))),
        tokenScores: [...largest(shares)],
      }
    },
}

function shareOf(row: Float64Array): Float64Array {
  const total = row.reduce((sum, value) => sum + value, 0)
  return total > 0 ? row.map(value => value / total) : row
}
