import type { LiveScore } from '../../../../types/public.js'
import { randomNumbers } from '../../../base/random.js'
import { meanOf } from './step-attention.js'

/** Tokens that stay for what their values reach. */
const outlying = 0.05
/** Below what any row pays; its logarithm is finite. */
const least = 1e-30

/**
 * VaSE (arXiv 2606.03928), at steps: few tokens have values that reach far beyond the others', and evicting those makes a
 * model repeat itself, so they stay even where their step goes. The rest is drawn by the last token's row and not taken
 * strictly in its order: Gumbel noise on its logarithm.
 */
export const valueRange: LiveScore = {
  name: 'value-range',
  observers: ['last-token'],
  values: true,
  begin({ seed }) {
    let looks = 0
    return ({ steps, rows: [rows], values }) => {
      const row = rows?.[0]
      const uniform = randomNumbers(steps.length, seed + looks++)
      const ranges = values?.ranges ?? new Float64Array(0)
      const limit = ranges.toSorted()[Math.floor(ranges.length * (1 - outlying))] ?? 0
      return {
        scores: steps.map(
          (step, i) => Math.log(meanOf(row, step) + least) + gumbel(uniform[i] ?? 0),
        ),
        tokenScores: [...(row ?? [])],
        stays: [...ranges].map(range => range >= limit),
      }
    }
  },
}

const gumbel = (uniform: number): number => -Math.log(-Math.log(uniform + least) + least)
