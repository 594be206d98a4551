/** Statistics of small samples: intervals and tests that are right for thirty problems. */

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

/** The arithmetic mean; null where there is nothing to average. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null
  return values.reduce((sum, value) => sum + value, 0) / values.length
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
