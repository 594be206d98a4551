/** The value of a formula where its variables have one. Complex, because roots of negative numbers are answers too. Pure. */

import type { Expression } from './expression.js'
import { isWhole, one, rational, whole, zero } from './rational.js'
import {
  arctan,
  cos,
  euler,
  exp,
  floor,
  isExact,
  isNegative,
  isZero,
  ln,
  minus,
  over,
  pi,
  plus,
  type Real,
  raised,
  root,
  sameReal,
  sin,
  times,
} from './reals.js'

export interface Complex {
  readonly real: Real
  readonly imaginary: Real
}

export interface Surroundings {
  readonly variables: ReadonlyMap<string, Real>
  /** What `log` without a base means; nobody can know. */
  readonly logBase: 'ten' | 'e'
}

/** A value that does not exist, or that is not calculated here. */
class NoValue extends Error {}

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new NoValue()
  return value
}

/** null where it has none, or none that is known. */
export function valueAt(expression: Expression, surroundings: Surroundings): Complex | null {
  try {
    return new Calculation(surroundings).of(expression)
  } catch (error) {
    if (error instanceof NoValue) return null
    throw error
  }
}

export const sameComplex = (a: Complex, b: Complex): boolean =>
  sameReal(a.real, b.real) && sameReal(a.imaginary, b.imaginary)

const realOnly = (real: Real): Complex => ({ real, imaginary: zero })

const add = (a: Complex, b: Complex): Complex => ({
  real: must(plus(a.real, b.real)),
  imaginary: must(plus(a.imaginary, b.imaginary)),
})

const multiply = (a: Complex, b: Complex): Complex => ({
  real: must(plus(must(times(a.real, b.real)), minus(must(times(a.imaginary, b.imaginary))))),
  imaginary: must(plus(must(times(a.real, b.imaginary)), must(times(a.imaginary, b.real)))),
})

function divide(a: Complex, b: Complex): Complex {
  const size = must(plus(must(times(b.real, b.real)), must(times(b.imaginary, b.imaginary))))
  const scaled = multiply(a, { real: b.real, imaginary: minus(b.imaginary) })
  return {
    real: must(over(scaled.real, size)),
    imaginary: must(over(scaled.imaginary, size)),
  }
}

function demandReal({ real, imaginary }: Complex): Real {
  if (!isZero(imaginary)) throw new NoValue()
  return real
}

/** A whole number that is small enough to be counted to. */
function demandCount(value: Complex, most: bigint): bigint {
  const real = demandReal(value)
  if (!isExact(real) || !isWhole(real) || real.over < 0n || real.over > most) throw new NoValue()
  return real.over
}

function toPower(base: Complex, exponent: Complex): Complex {
  const by = demandReal(exponent)
  if (isZero(base.imaginary) && !isNegative(base.real)) {
    return realOnly(must(raised(base.real, by)))
  }
  if (isExact(by) && by.under === 2n && isZero(base.imaginary)) {
    // the principal root of a negative number
    const imaginary = must(root(minus(base.real), 2n))
    return toPower({ real: zero, imaginary }, realOnly(whole(by.over)))
  }
  if (!isExact(by) || !isWhole(by)) throw new NoValue()
  if (isZero(base.imaginary)) return realOnly(must(raised(base.real, by)))
  const count = by.over < 0n ? -by.over : by.over
  if (count > 64n) throw new NoValue()
  let result = realOnly(one)
  for (let i = 0n; i < count; i++) result = multiply(result, base)
  return by.over < 0n ? divide(realOnly(one), result) : result
}

function factorial(count: bigint): Complex {
  let result = 1n
  for (let i = 2n; i <= count; i++) result *= i
  return realOnly(whole(result))
}

function binomial(n: bigint, k: bigint): Complex {
  let result = 1n
  for (let i = 0n; i < k; i++) result = (result * (n - i)) / (i + 1n)
  return realOnly(whole(k > n ? 0n : result))
}

const tan = (x: Real): Real => must(over(sin(x), cos(x)))
const half = rational(1n, 2n) ?? zero

function arcsin(x: Real): Real {
  const rest = must(plus(one, minus(must(times(x, x)))))
  if (isZero(rest)) return must(times(pi, isNegative(x) ? minus(half) : half))
  return must(arctan(must(over(x, must(root(rest, 2n))))))
}

/** Functions of one real number. */
const functions: Readonly<Record<string, (x: Real) => Real | null>> = {
  sin,
  cos,
  tan,
  cot: x => over(cos(x), sin(x)),
  sec: x => over(one, cos(x)),
  csc: x => over(one, sin(x)),
  arcsin,
  arccos: x => plus(must(times(pi, half)), minus(arcsin(x))),
  arctan,
  ln,
  exp,
  floor,
  ceil: x => minus(must(floor(minus(x)))),
}

export const functionNames: ReadonlySet<string> = new Set([
  ...Object.keys(functions),
  ...['log', 'sqrt', 'root', 'abs', 'binomial'],
])

class Calculation {
  readonly #surroundings: Surroundings

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  of(expression: Expression): Complex {
    switch (expression.is) {
      case 'number':
        return realOnly(expression.value)
      case 'constant':
        return this.#constant(expression.name)
      case 'variable':
        return realOnly(must(this.#surroundings.variables.get(expression.name)))
      case 'sum':
        return expression.of.map(part => this.of(part)).reduce(add)
      case 'product':
        return expression.of.map(part => this.of(part)).reduce(multiply)
      case 'minus':
        return multiply(realOnly(whole(-1n)), this.of(expression.of))
      case 'quotient':
        return divide(this.of(expression.over), this.of(expression.under))
      case 'power':
        return this.#power(expression.base, expression.exponent)
      case 'factorial':
        return factorial(demandCount(this.of(expression.of), 1000n))
      case 'percent':
        return divide(this.of(expression.of), realOnly(whole(100n)))
      case 'degrees':
        return multiply(this.of(expression.of), realOnly(must(over(pi, whole(180n)))))
      case 'call':
        return this.#call(expression.name, expression.of)
    }
  }

  #constant(name: 'pi' | 'e' | 'i' | 'infinity'): Complex {
    if (name === 'i') return { real: zero, imaginary: one }
    if (name === 'infinity') throw new NoValue()
    return realOnly(name === 'pi' ? pi : euler)
  }

  #power(base: Expression, exponent: Expression): Complex {
    const by = this.of(exponent)
    if (base.is === 'constant' && base.name === 'e') {
      const turn = { real: cos(by.imaginary), imaginary: sin(by.imaginary) }
      return multiply(realOnly(must(exp(by.real))), turn)
    }
    return toPower(this.of(base), by)
  }

  #call(name: string, parts: readonly Expression[]): Complex {
    const values = parts.map(part => this.of(part))
    const [first, second] = values
    const x = must(first)
    if (name === 'log') return this.#log(demandReal(x), second && demandReal(second))
    if (name === 'sqrt') return toPower(x, realOnly(half))
    if (name === 'root') {
      return realOnly(must(root(demandReal(x), demandCount(must(second), 64n))))
    }
    if (name === 'binomial') {
      return binomial(demandCount(x, 1000n), demandCount(must(second), 1000n))
    }
    if (name === 'abs') return this.#abs(x)
    return realOnly(must(must(functions[name])(demandReal(x))))
  }

  #abs({ real, imaginary }: Complex): Complex {
    if (isZero(imaginary)) return realOnly(isNegative(real) ? minus(real) : real)
    const square = must(plus(must(times(real, real)), must(times(imaginary, imaginary))))
    return realOnly(must(root(square, 2n)))
  }

  #log(x: Real, base: Real | undefined): Complex {
    const value = must(ln(x))
    const { logBase } = this.#surroundings
    if (base === undefined && logBase === 'e') return realOnly(value)
    return realOnly(must(over(value, must(ln(base ?? whole(10n))))))
  }
}
