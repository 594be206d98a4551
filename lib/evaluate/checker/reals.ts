/**
 * Real numbers that are no fractions, to 400 bits behind the point: two closed forms that agree in the first 200 of them are the
 * same number. Pure.
 */

import {
  exactRoot,
  integerRoot,
  isWhole,
  negated,
  power,
  product,
  quotient,
  type Rational,
  rational,
  sameRational,
  sum,
  whole,
  zero,
} from './rational.js'

/** value · 2^400, rounded. */
interface Fixed {
  readonly fixed: bigint
}

/** Exact where it is a fraction. */
export type Real = Rational | Fixed

const bits = 400n
const unit = 1n << bits
/** Results below are as good as zero, above too large for what is behind the point to count. */
const tolerance = 1n << 200n
const most = unit << 200n

export const isExact = (value: Real): value is Rational => 'under' in value

const fixedOf = (value: Real): bigint =>
  isExact(value) ? (value.over << bits) / value.under : value.fixed

/** null where it is out of range. */
const made = (fixed: bigint): Real | null => (fixed > most || fixed < -most ? null : { fixed })

const absolute = (value: bigint): bigint => (value < 0n ? -value : value)

export const isZero = (value: Real): boolean =>
  isExact(value) ? value.over === 0n : absolute(value.fixed) < tolerance

export const isNegative = (value: Real): boolean =>
  isExact(value) ? value.over < 0n : !isZero(value) && value.fixed < 0n

export function sameReal(a: Real, b: Real): boolean {
  if (isExact(a) && isExact(b)) return sameRational(a, b)
  const [left, right] = [fixedOf(a), fixedOf(b)]
  const larger = absolute(left) > absolute(right) ? absolute(left) : absolute(right)
  return absolute(left - right) <= tolerance + (larger >> 200n)
}

/** For display and for rough comparison. */
export const toNumber = (value: Real): number => Number(fixedOf(value) >> 300n) / 2 ** 100

export const minus = (value: Real): Real =>
  isExact(value) ? negated(value) : { fixed: -value.fixed }

export const plus = (a: Real, b: Real): Real | null =>
  isExact(a) && isExact(b) ? sum(a, b) : made(fixedOf(a) + fixedOf(b))

const timesFixed = (a: bigint, b: bigint): bigint => (a * b) >> bits

export function times(a: Real, b: Real): Real | null {
  if (isExact(a) && isExact(b)) return product(a, b)
  if ((isExact(a) && a.over === 0n) || (isExact(b) && b.over === 0n)) return zero
  return made(timesFixed(fixedOf(a), fixedOf(b)))
}

export function over(a: Real, b: Real): Real | null {
  if (isZero(b)) return null
  return isExact(a) && isExact(b) ? quotient(a, b) : made((fixedOf(a) << bits) / fixedOf(b))
}

/* ---- roots, powers, logarithms ------------------------------------------------------------ */

/** Of a number that is not negative. */
function rootOf(value: Real, degree: bigint): Real | null {
  if (degree < 1n || degree > 64n) return null
  const exact = isExact(value) ? exactRoot(value, degree) : null
  return exact ?? made(integerRoot(fixedOf(value) << (bits * (degree - 1n)), degree))
}

/** null where it is not real. */
export function root(value: Real, degree: bigint): Real | null {
  if (!isNegative(value)) return rootOf(value, degree)
  const positive = degree % 2n === 1n ? rootOf(minus(value), degree) : null
  return positive && minus(positive)
}

function integerPower(base: Real, exponent: bigint): Real | null {
  if (isExact(base)) return power(base, exponent)
  const count = exponent < 0n ? -exponent : exponent
  if (count > 4096n) return null
  let result: Real | null = whole(1n)
  for (let i = 0n; i < count && result !== null; i++) result = times(result, base)
  return exponent < 0n && result !== null ? over(whole(1n), result) : result
}

/** Of a positive base, or to a whole exponent; null where it is not real or out of range. */
export function raised(base: Real, exponent: Real): Real | null {
  if (isExact(exponent) && isWhole(exponent)) return integerPower(base, exponent.over)
  if (isZero(base)) return isNegative(exponent) ? null : zero
  if (isNegative(base)) return null
  if (isExact(exponent) && exponent.under <= 64n) {
    const rooted = rootOf(base, exponent.under)
    return rooted && integerPower(rooted, exponent.over)
  }
  const logarithm = ln(base)
  const scaled = logarithm && times(logarithm, exponent)
  return scaled && exp(scaled)
}

/** Sum of x^n / n! over the n that `step` visits, signs alternating or not. */
function series(x: bigint, first: bigint, from: bigint, step: bigint, sign: bigint): bigint {
  let [term, total, n] = [first, first, from]
  while (term !== 0n) {
    for (let i = 0n; i < step; i++) term = timesFixed(term, x) / ++n
    term *= sign
    total += term
  }
  return total
}

/** 2·artanh(x). */
function logSeries(x: bigint): bigint {
  const square = timesFixed(x, x)
  let [term, total, n] = [x, x, 1n]
  while (term !== 0n) {
    term = timesFixed(term, square)
    n += 2n
    total += term / n
  }
  return 2n * total
}

const ln2 = logSeries(unit / 3n)

export function ln(value: Real): Real | null {
  let x = fixedOf(value)
  if (x <= 0n) return null
  if (isExact(value) && value.over === value.under) return zero
  let shifts = 0n
  for (; x > 2n * unit; shifts++) x >>= 1n
  for (; x < unit; shifts--) x <<= 1n
  return made(logSeries(((x - unit) << bits) / (x + unit)) + shifts * ln2)
}

export function exp(value: Real): Real | null {
  const x = fixedOf(value)
  const shifts = x / ln2
  if (absolute(shifts) > 200n) return null
  const small = series((x - shifts * ln2) >> 8n, unit, 0n, 1n, 1n)
  let result = small
  for (let i = 0; i < 8; i++) result = timesFixed(result, result)
  return made(shifts < 0n ? result >> -shifts : result << shifts)
}

/* ---- angles ------------------------------------------------------------------------------- */

function arctanInverse(n: bigint): bigint {
  let [term, total, k] = [unit / n, unit / n, 1n]
  while (term !== 0n) {
    term = -term / (n * n)
    k += 2n
    total += term / k
  }
  return total
}

/** Machin's formula. */
const piFixed = 4n * (4n * arctanInverse(5n) - arctanInverse(239n))
export const pi: Real = { fixed: piFixed }
export const euler: Real = { fixed: series(unit, unit, 0n, 1n, 1n) }

/** In (-2π, 2π). */
const turned = (value: Real): bigint => fixedOf(value) % (2n * piFixed)

const snapped = (fixed: bigint): Real => {
  // what lies within the rounding of a simple fraction is that fraction, so that zeros are found
  for (const simple of [-2n, -1n, 0n, 1n, 2n]) {
    if (absolute(fixed - (simple * unit) / 2n) < tolerance) return rational(simple, 2n) ?? zero
  }
  return { fixed }
}

export function sin(value: Real): Real {
  const x = turned(value)
  return snapped(series(x, x, 1n, 2n, -1n))
}

export const cos = (value: Real): Real => snapped(series(turned(value), unit, 0n, 2n, -1n))

export function arctan(value: Real): Real | null {
  let x = fixedOf(value)
  if (absolute(x) > unit) {
    const rest = arctan(snapped((unit << bits) / x))
    return rest && made((x < 0n ? -piFixed : piFixed) / 2n - fixedOf(rest))
  }
  // halve the angle until the series is short
  for (let i = 0; i < 6; i++) {
    x = (x << bits) / (unit + integerRoot((unit + timesFixed(x, x)) << bits, 2n))
  }
  const square = timesFixed(x, x)
  let [term, total, k] = [x, x, 1n]
  while (absolute(term) > 1n) {
    term = -timesFixed(term, square)
    k += 2n
    total += term / k
  }
  return made(total << 6n)
}

/** null where it is too large for its whole part to be sure. */
export function floor(value: Real): Rational | null {
  if (isExact(value)) {
    const { over: top, under } = value
    return whole(top >= 0n ? top / under : -((under - 1n - top) / under))
  }
  const nearest = (value.fixed + unit / 2n) >> bits
  if (absolute(value.fixed - (nearest << bits)) < tolerance) return whole(nearest)
  return whole(value.fixed >> bits)
}
