/** Reductions in float64. */

import { CotPruneError, outOfRange } from './errors.js'

/** Shape (n), of any float type; sums are always float64. */
export type Numbers = ArrayLike<number>

/** 0 of nothing. */
export function sum(values: Numbers): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i] ?? Number.NaN
  return total
}

/** @throws RangeError of no values */
export function mean(values: Numbers): number {
  if (values.length === 0) throw outOfRange('values.length', 'at least 1 for a mean', 0)
  return sum(values) / values.length
}

/** @throws CotPruneError ERR_NOT_FINITE that names the first value that is NaN or infinite */
export function assertFinite(values: Numbers, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new CotPruneError('ERR_NOT_FINITE', `${what}[${i}] is ${values[i]}`)
    }
  }
}

/**
 * `numpy.percentile(values, p)` with its default 'linear' rule, to the last bit: numpy interpolates
 * from the nearer end (`_lerp` in numpy/lib/_function_base_impl.py), so that the ends are exact.
 *
 * @param p 0 to 100
 * @throws RangeError of no values or another p; CotPruneError ERR_NOT_FINITE
 */
export function percentile(values: Numbers, p: number): number {
  if (values.length === 0) throw outOfRange('values.length', 'at least 1 for a percentile', 0)
  if (!(p >= 0 && p <= 100)) throw outOfRange('p', 'a number from 0 to 100', p)
  assertFinite(values, 'values')
  const sorted = Float64Array.from(values).sort()
  const virtual = (sorted.length - 1) * (p / 100)
  const below = Math.floor(virtual)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN
  const gap = virtual - below
  const difference = high - low
  return gap >= 0.5 ? high - difference * (1 - gap) : low + difference * gap
}

/** The mean where there is one; null where there is nothing to average. */
export function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values)
}
