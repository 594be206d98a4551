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
