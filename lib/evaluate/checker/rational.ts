/** Fractions of whole numbers, exact and reduced. Pure. */

/** `under` is above 0, and both have no divisor in common. */
export interface Rational {
  readonly over: bigint
  readonly under: bigint
}

/** Longer ones are noise, and calculating with them takes its time. */
const mostBits = 1 << 14

const bitsOf = (value: bigint): number => 4 * value.toString(16).length

const absolute = (value: bigint): bigint => (value < 0n ? -value : value)

function divisor(a: bigint, b: bigint): bigint {
  let [large, small] = [absolute(a), absolute(b)]
  while (small !== 0n) [large, small] = [small, large % small]
  return large
}

/** null where `under` is 0. */
export function rational(over: bigint, under = 1n): Rational | null {
  if (under === 0n) return null
  const shared = divisor(over, under) * (under < 0n ? -1n : 1n)
  return { over: over / shared, under: under / shared }
}

export const whole = (over: bigint): Rational => ({ over, under: 1n })
export const zero = whole(0n)
export const one = whole(1n)

export const isWhole = ({ under }: Rational): boolean => under === 1n

export const sameRational = (a: Rational, b: Rational): boolean =>
  a.over === b.over && a.under === b.under

export const negated = ({ over, under }: Rational): Rational => ({ over: -over, under })

export const sum = (a: Rational, b: Rational): Rational =>
  rational(a.over * b.under + b.over * a.under, a.under * b.under) ?? zero

export const product = (a: Rational, b: Rational): Rational =>
  rational(a.over * b.over, a.under * b.under) ?? zero

/** null for a division by zero. */
export const quotient = (a: Rational, b: Rational): Rational | null =>
  rational(a.over * b.under, a.under * b.over)

/** null for 0 to a power below 1, and where the result is too long to be an answer. */
export function power(base: Rational, exponent: bigint): Rational | null {
  if (exponent <= 0n && base.over === 0n) return null
  const size = bitsOf(absolute(base.over) > base.under ? base.over : base.under)
  if (base.over !== 1n && absolute(exponent) * BigInt(size) > BigInt(mostBits)) return null
  const times = absolute(exponent)
  const [over, under] = [base.over ** times, base.under ** times]
  return exponent < 0n ? rational(under, over) : rational(over, under)
}

/** Rounded down. */
export function integerRoot(value: bigint, degree: bigint): bigint {
  if (value < 2n) return value
  // from above, so that the steps descend
  let root = 1n << BigInt(Math.ceil(bitsOf(value) / Number(degree)) + 1)
  for (;;) {
    const next = ((degree - 1n) * root + value / root ** (degree - 1n)) / degree
    if (next >= root) return root
    root = next
  }
}

/** null where it is no fraction. */
export function exactRoot(base: Rational, degree: bigint): Rational | null {
  if (base.over < 0n || degree > 64n) return null
  const [over, under] = [integerRoot(base.over, degree), integerRoot(base.under, degree)]
  const exact = over ** degree === base.over && under ** degree === base.under
  return exact ? { over, under } : null
}

/** A number as digits write it: `12`, `.5`, `3.14`. */
export function rationalOf(digits: string): Rational | null {
  const [whole = '', fraction = ''] = digits.split('.')
  if (whole + fraction === '' || digits.length > 1000) return null
  return rational(BigInt(whole + fraction), 10n ** BigInt(fraction.length))
}

/** `3`, `-1/2`. */
export const rationalText = ({ over, under }: Rational): string =>
  under === 1n ? String(over) : `${over}/${under}`
