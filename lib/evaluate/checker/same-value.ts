/** Whether two formulas have the same value, whatever their variables are. Pure. */

import { randomNumbers } from '../../base/random.js'
import { type Expression, hasCall, partsOf, variablesOf } from './expression.js'
import { type Rational, rational, zero } from './rational.js'
import { isExact, isZero, type Real, toNumber } from './reals.js'
import { type Complex, sameComplex, valueAt } from './value-at.js'

/** The exact value of a formula without variables; null where it is no fraction. */
export function numberIn(expression: Expression): Rational | null {
  const value = valueAt(expression, { variables: new Map(), logBase: 'ten' })
  return value !== null && isExact(value.real) && isZero(value.imaginary) ? value.real : null
}

/** About; null where there are variables or no real value. */
export function realIn(expression: Expression): Real | null {
  const value = valueAt(expression, { variables: new Map(), logBase: 'ten' })
  return value !== null && isZero(value.imaginary) ? value.real : null
}

/** Points at which formulas are tried: fractions of both signs and of different sizes, always the same ones. */
const tries = 12
const draws = randomNumbers(tries * 16, 26)

function pointAt(round: number, names: readonly string[]): Map<string, Real> {
  const point = names.map((name, i): [string, Real] => {
    const draw = draws[(round * 16 + i) % draws.length] ?? 0
    const size = BigInt(1 + Math.floor(draw * 9000))
    const sign = round % 3 === 2 ? -1n : 1n
    return [name, rational(sign * size, 1009n) ?? zero]
  })
  return new Map(point)
}

/** null where it cannot be told: no value at too many points, or values that depend on what `log` means. */
export function sameValue(a: Expression, b: Expression): boolean | null {
  const names = [...new Set([...variablesOf(a), ...variablesOf(b)])]
  const bases =
    hasCall(a, 'log') || hasCall(b, 'log') ? (['ten', 'e'] as const) : (['ten'] as const)
  const results = new Set(bases.map(logBase => sameAtPoints(a, b, names, logBase)))
  const [result = null] = results
  return results.size === 1 ? result : null
}

function sameAtPoints(
  a: Expression,
  b: Expression,
  names: readonly string[],
  logBase: 'ten' | 'e',
): boolean | null {
  if (isInfinite(a) || isInfinite(b)) return sameInfinity(a, b)
  const rounds = names.length === 0 ? 1 : tries
  let known = 0
  for (let round = 0; round < rounds; round++) {
    const variables = pointAt(round, names)
    const [left, right] = [a, b].map(side => valueAt(side, { variables, logBase }))
    if (!left || !right) continue
    if (!sameComplex(left, right)) return false
    known++
  }
  return known >= Math.min(rounds, 4) ? true : null
}

const isInfinite = (expression: Expression): boolean =>
  [...partsOf(expression)].some(part => part.is === 'constant' && part.name === 'infinity')

/** Only where both are an infinity, or the other one has a value, is it known. */
function sameInfinity(a: Expression, b: Expression): boolean | null {
  const [left, right] = [infinity(a), infinity(b)]
  if (left !== null && right !== null) return left === right
  const other = left === null ? a : b
  return left === right || isInfinite(other) || realIn(other) === null ? null : false
}

/** `oo` or `-oo`. */
function infinity(expression: Expression): string | null {
  if (expression.is === 'constant' && expression.name === 'infinity') return 'oo'
  const of = expression.is === 'minus' ? expression.of : null
  return of?.is === 'constant' && of.name === 'infinity' ? '-oo' : null
}

/** Whether a decimal of at least two figures and so many places is another value, rounded or cut off. */
export function isRounding(decimal: Expression, places: number, other: Expression): boolean {
  const [short, long] = [realIn(decimal), realIn(other)]
  if (short === null || long === null) return false
  // as computers print them
  if (places > 14) return Math.abs(toNumber(short) / toNumber(long) - 1) < 1e-14
  const [near, exact] = [toNumber(short) * 10 ** places, toNumber(long) * 10 ** places]
  return Math.abs(near) >= 10 && Math.abs(exact - near) < 1
}

/** Whether two equations say the same: the difference of the sides of one is a multiple of the other's. */
export function proportional(a: Expression, b: Expression): boolean {
  const names = [...new Set([...variablesOf(a), ...variablesOf(b)])]
  const ratios: Complex[] = []
  for (let round = 0; round < tries; round++) {
    const ratio = valueAt(
      { is: 'quotient', over: a, under: b },
      { variables: pointAt(round, names), logBase: 'ten' },
    )
    if (ratio !== null) ratios.push(ratio)
  }
  const [first, ...more] = ratios
  if (first === undefined || more.length < 4 || isZero(first.real)) return false
  return more.every(ratio => sameComplex(ratio, first))
}
