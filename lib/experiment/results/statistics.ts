/** Statistics of small samples: intervals and tests that are right for thirty problems. */

import { average as mean } from '../../base/numeric.js'
import { randomNumbers } from '../../base/random.js'
import { percentile } from '../../index.js'

export { average as mean } from '../../base/numeric.js'

/** The 97.5 % point of the normal distribution. */
const z95 = 1.959963984540054

/**
 * The 95 % Wilson interval of `successes` out of `total`, as shares; null where `total` is 0.
 * The same as scipy's `binomtest(...).proportion_ci('wilson')`.
 */
export function wilson(successes: number, total: number): readonly [number, number] | null {
  if (total === 0) return null
  const share = successes / total
  const square = (z95 * z95) / total
  const centre = share + square / 2
  const spread = z95 * Math.sqrt((share * (1 - share)) / total + square / (4 * total))
  const low = successes === 0 ? 0 : (centre - spread) / (1 + square)
  const high = successes === total ? 1 : (centre + spread) / (1 + square)
  return [low, high]
}

/**
 * Exact two-sided McNemar test: the probability that a fair coin splits `gained + lost` problems
 * at least as unevenly. 1 where nothing changed.
 */
export function mcnemar(gained: number, lost: number): number {
  const flips = gained + lost
  let logChoose = 0
  let tail = 0
  for (let wins = 0; wins <= Math.min(gained, lost); wins++) {
    tail += Math.exp(logChoose - flips * Math.LN2)
    logChoose += Math.log(flips - wins) - Math.log(wins + 1)
  }
  return Math.min(1, 2 * tail)
}

/** Half of the 95 % interval of a mean, normal approximation; NaN below two values. */
export function spread(values: readonly number[]): number {
  const centre = mean(values) ?? Number.NaN
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  return z95 * Math.sqrt(squares / (values.length - 1) / values.length)
}

/**
 * Area under the ROC curve: the share of (true, false) pairs in which the true one has the higher
 * score, ties half. null where one side is empty; NaN where a score is.
 */
export function auc(scores: readonly number[], labels: readonly boolean[]): number | null {
  const of = (label: boolean) => scores.filter((_, i) => labels[i] === label)
  const [high, low] = [of(true), of(false)]
  if (high.length === 0 || low.length === 0) return null
  let wins = scores.some(Number.isNaN) ? Number.NaN : 0
  for (const a of high) for (const b of low) wins += a > b ? 1 : a === b ? 0.5 : 0
  return wins / (high.length * low.length)
}

/**
 * The 95 % interval of the mean of paired differences (a − b), by the percentiles of seeded
 * resamples of the pairs; null where there are none, NaN where a value is or has no partner.
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  { seed = 0, resamples = 10_000 }: { readonly seed?: number; readonly resamples?: number } = {},
): readonly [number, number] | null {
  const differences = a.map((value, i) => value - (b[i] ?? Number.NaN))
  const { length } = differences
  if (length === 0) return null
  if (b.length !== length || differences.some(Number.isNaN)) return [Number.NaN, Number.NaN]
  const means = randomNumbers(resamples, seed).map(start => {
    const draws = randomNumbers(length, Math.floor(start * 2 ** 32))
    const drawn = draws.map(draw => differences[Math.floor(draw * length)] ?? Number.NaN)
    return mean(drawn) ?? Number.NaN
  })
  return [percentile(means, 2.5), percentile(means, 97.5)]
}

/** Spearman's rank correlation, ties sharing their mean rank; null where a side does not vary. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length) return Number.NaN
  const [x, y] = [ranks(a), ranks(b)]
  const middle = (a.length + 1) / 2
  const product = (left: readonly number[], right: readonly number[]) =>
    left.reduce((sum, rank, i) => sum + (rank - middle) * ((right[i] ?? Number.NaN) - middle), 0)
  const scale = Math.sqrt(product(x, x) * product(y, y))
  return scale === 0 ? null : product(x, y) / scale
}

/** 1 for the lowest; NaN where any value is. */
function ranks(values: readonly number[]): number[] {
  if (values.some(Number.isNaN)) return values.map(() => Number.NaN)
  const sorted = [...values].sort((a, b) => a - b)
  return values.map(value => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1)
}
