/** @param values not empty */
export function median(values: readonly number[]): number
/** The median of ratios taken pair by pair: load that comes and goes on the machine hits both. */
export function medianRatio(values: readonly number[], against: readonly number[]): number

/** y = factor · x^exponent. */
export interface PowerLaw {
  readonly exponent: number
  readonly factor: number
  /** Share of the variance of log y that it explains, at most 1; 1 where y does not vary. */
  readonly fit: number
}
/**
 * Least squares in logarithms. @throws RangeError for less than two different x, or where any x or y is not a positive
 * number
 */
export function powerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw
