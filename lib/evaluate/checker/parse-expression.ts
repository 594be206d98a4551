/**
 * Simple LaTeX and what people type in its place → a formula. What could be read in two ways is not read: the caller then does not
 * know, and says so. Pure.
 */

import { type Constant, type Expression, numeral } from './expression.js'
import { isWhole, one, power, product, type Rational, rationalOf, sum, whole } from './rational.js'
import type { Token } from './tokens.js'
import { isUnitText } from './units.js'
import { functionNames } from './value-at.js'

/** A formula, and the words behind it. */
export interface Parsed {
  readonly expression: Expression
  /** A unit, as it is written; '' where there is none. */
  readonly unit: string
  /** A number in another base than ten says it. */
  readonly base?: number
}

class Unreadable extends Error {}

/** null for what is no formula, or not clearly one. */
export function parseExpression(tokens: readonly Token[]): Parsed | null {
  try {
    return new Parser(tokens).whole()
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

const constants: Readonly<Record<string, Constant>> = {
  pi: 'pi',
  infty: 'infinity',
  infinity: 'infinity',
  inf: 'infinity',
}

const spelledOtherwise: Readonly<Record<string, string>> = {
  asin: 'arcsin',
  acos: 'arccos',
  atan: 'arctan',
  lg: 'log',
  arcsin: 'arcsin',
}

const greek = new Set(
  'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell'.split(
    ' ',
  ),
)

const multiplication = new Set(['cdot', 'times', 'ast'])
const deepest = 60

/** `3.14`, `1,234`, `1e3`. */
export function numberOf(text: string): Rational | null {
  const [, mantissa = '', exponent] = /^([\d.,]+)(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  const value = rationalOf(trimPoint(mantissa.replaceAll(',', '')))
  const scale = exponent === undefined ? one : power(whole(10n), BigInt(exponent))
  return value && scale && product(value, scale)
}

const trimPoint = (digits: string): string => (digits.endsWith('.') ? digits.slice(0, -1) : digits)

class Parser {
  /** A digit that LaTeX takes for an argument may leave others behind. */
  #tokens: Token[]
  #at = 0
  #depth = 0
  #base: number | undefined

  constructor(tokens: readonly Token[]) {
    this.#tokens = [...tokens]
  }

  whole(): Parsed {
    const expression = this.#sum()
    const unit = this.#unit()
    return { expression, unit, ...(this.#base !== undefined && { base: this.#base }) }
  }

  /** Words to the end, with powers and strokes: `cm^2`, `miles per hour`. */
  #unit(): string {
    const rest = this.#tokens.slice(this.#at)
    const [first] = rest
    if (first === undefined) return ''
    if (!isUnitText(rest)) throw new Unreadable()
    return rest.map(({ text, spaced }, i) => (spaced && i > 0 ? ` ${text}` : text)).join('')
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #isOperator(...texts: readonly string[]): boolean {
    const next = this.#next
    return next?.kind === 'operator' && texts.includes(next.text)
  }

  #isCommand(...names: readonly string[]): boolean {
    const next = this.#next
    return next?.kind === 'command' && names.includes(next.text)
  }

  #take(): Token {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new Unreadable()
    return token
  }

  #demand(...texts: readonly string[]): void {
    if (!this.#isOperator(...texts)) throw new Unreadable()
    this.#at++
  }

  #sum(): Expression {
    if (++this.#depth > deepest) throw new Unreadable()
    const terms = [this.#signed()]
    while (this.#isOperator('+', '-')) {
      const negative = this.#take().text === '-'
      const term = this.#product()
      terms.push(negative ? { is: 'minus', of: term } : term)
    }
    this.#depth--
    const [first] = terms
    return terms.length === 1 && first ? first : { is: 'sum', of: terms }
  }

  #signed(): Expression {
    if (!this.#isOperator('+', '-')) return this.#product()
    const negative = this.#take().text === '-'
    const of = this.#isOperator('+', '-') ? this.#signed() : this.#product()
    return negative ? { is: 'minus', of } : of
  }

  #product(): Expression {
    let left = this.#power()
    /** Behind a stroke nobody knows where what it divides by ends. */
    let [divided, loose] = [false, false]
    for (;;) {
      if (this.#isOperator('*') || this.#isCommand(...multiplication)) {
        this.#take()
        left = { is: 'product', of: [left, this.#factor()] }
        divided = false
      } else if (this.#isOperator('/') || this.#isCommand('div')) {
        const stroke = this.#take()
        // "1/2 x" is a half of x; of "1/2x" and "1 / 2 x" nobody knows
        loose = stroke.spaced || this.#next?.spaced === true
        left = { is: 'quotient', over: left, under: this.#factor() }
        divided = true
      } else if (this.#startsFactor()) {
        if (divided && (loose || this.#next?.spaced !== true)) throw new Unreadable()
        left = { is: 'product', of: [left, this.#power()] }
      } else return left
    }
  }

  #factor(): Expression {
    if (!this.#isOperator('-', '+')) return this.#power()
    const negative = this.#take().text === '-'
    const of = this.#power()
    return negative ? { is: 'minus', of } : of
  }

  /** Whether what comes next is multiplied without a sign. */
  #startsFactor(): boolean {
    const next = this.#next
    if (next === undefined || next.kind === 'word') return false
    if (next.kind === 'letter') return true
    if (next.kind === 'operator') return next.text === '(' || next.text === '{'
    if (next.kind === 'number') throw new Unreadable()
    return !['cup', 'cap', 'in', 'pm', 'mp', 'rfloor', 'rceil', 'circ', 'right', 'text'].includes(
      next.text,
    )
  }

  #power(): Expression {
    let base = this.#postfix(this.#atom())
    if (this.#isOperator('^')) {
      this.#take()
      if (this.#degreeSign()) base = { is: 'degrees', of: base }
      else {
        const exponent = this.#exponent()
        base = this.#postfix({ is: 'power', base, exponent })
        if (this.#isOperator('^')) throw new Unreadable()
      }
    }
    return base
  }

  #degreeSign(): boolean {
    const braces = this.#isOperator('{') && this.#tokens[this.#at + 1]?.text === 'circ'
    if (braces) this.#at++
    if (!this.#isCommand('circ')) return false
    this.#at++
    if (braces) this.#demand('}')
    return true
  }

  #exponent(): Expression {
    if (this.#isOperator('{')) return this.#braces()
    return this.#isOperator('-', '+') ? this.#factor() : this.#atom()
  }

  #postfix(of: Expression): Expression {
    let result = of
    for (;;) {
      if (this.#isOperator('!')) result = { is: 'factorial', of: result }
      else if (this.#isOperator('%')) result = { is: 'percent', of: result }
      else return result
      this.#take()
    }
  }

  #atom(): Expression {
    const token = this.#take()
    if (token.kind === 'number') return this.#number(token)
    if (token.kind === 'letter') return this.#letter(token.text)
    if (token.kind === 'command') return this.#command(token.text)
    if (token.text === '(') return this.#until(')')
    if (token.text === '{') return this.#until('}')
    if (token.text === '[') return this.#until(']')
    if (token.text === '|') return { is: 'call', name: 'abs', of: [this.#until('|')] }
    throw new Unreadable()
  }

  #until(closing: string): Expression {
    const inside = this.#sum()
    this.#demand(closing)
    return inside
  }

  #braces(): Expression {
    this.#demand('{')
    return this.#until('}')
  }

  #number({ text }: Token): Expression {
    const repeating = this.#repeating(text)
    if (repeating !== null) return numeral(repeating)
    if (this.#isOperator('_')) return this.#inBase(text)
    const value = numberOf(text)
    if (value === null) throw new Unreadable()
    const part = /^\d+$/.test(text) ? this.#mixedPart() : null
    return numeral(part === null ? value : sum(value, part))
  }

  /** `1 1/2`, `1\frac12`: a whole number and a proper fraction behind it. */
  #mixedPart(): Rational | null {
    if (this.#isCommand('frac')) {
      const start = this.#at
      const kept = this.#tokens
      this.#take()
      const parts = [this.#argument(), this.#argument()]
      const [over, under] = parts.map(part => (part.is === 'number' ? part.value : null))
      if (over && under && isWhole(over) && isWhole(under)) return this.#proper(over, under)
      this.#at = start
      this.#tokens = kept
      return null
    }
    const [over, stroke, under] = this.#tokens.slice(this.#at, this.#at + 3)
    const digits = (token: Token | undefined) =>
      token?.kind === 'number' && /^\d+$/.test(token.text)
    if (!digits(over) || stroke?.text !== '/' || !digits(under)) return null
    this.#at += 3
    return this.#proper(numberOf(over?.text ?? '') ?? one, numberOf(under?.text ?? '') ?? one)
  }

  #proper(over: Rational, under: Rational): Rational {
    // "2 3/2" may be a product
    if (over.over >= under.over) throw new Unreadable()
    return product(over, { over: 1n, under: under.over })
  }

  /** `0.1\overline{6}`. */
  #repeating(text: string): Rational | null {
    if (!this.#isCommand('overline', 'dot') || !text.includes('.')) return null
    this.#take()
    const tokens = this.#tokens.slice(this.#at, this.#at + 3)
    const digits = tokens[1]?.text ?? ''
    if (tokens[0]?.text !== '{' || tokens[2]?.text !== '}' || !/^\d+$/.test(digits))
      throw new Unreadable()
    this.#at += 3
    const before = numberOf(text)
    const places = BigInt(trimPoint(text).split('.')[1]?.length ?? 0)
    const nines = (10n ** BigInt(digits.length) - 1n) * 10n ** places
    if (before === null) throw new Unreadable()
    return sum(before, product({ over: BigInt(digits), under: 1n }, { over: 1n, under: nines }))
  }

  #inBase(digits: string): Expression {
    this.#take()
    const braces = this.#isOperator('{')
    if (braces) this.#take()
    const base = Number(this.#take().text)
    if (braces) this.#demand('}')
    const own = [...digits].map(Number)
    const readable = base >= 2 && base <= 10 && own.every(digit => digit < base)
    if (!readable || this.#base !== undefined) throw new Unreadable()
    if (base !== 10) this.#base = base
    const value = own.reduce((total, digit) => total * BigInt(base) + BigInt(digit), 0n)
    return numeral(whole(value))
  }

  #letter(name: string): Expression {
    if (name === 'e' || name === 'i') return { is: 'constant', name }
    return this.#variable(name)
  }

  #variable(name: string): Expression {
    if (!this.#isOperator('_')) return { is: 'variable', name }
    this.#take()
    const braces = this.#isOperator('{')
    if (braces) this.#take()
    const index = this.#take()
    if (index.kind === 'operator') throw new Unreadable()
    if (braces) this.#demand('}')
    return { is: 'variable', name: `${name}_${index.text}` }
  }

  #command(name: string): Expression {
    const constant = constants[name]
    if (constant !== undefined) return { is: 'constant', name: constant }
    if (name === 'frac') return { is: 'quotient', over: this.#argument(), under: this.#argument() }
    if (name === 'binom')
      return { is: 'call', name: 'binomial', of: [this.#argument(), this.#argument()] }
    if (name === 'sqrt') return this.#root()
    if (name === 'lfloor' || name === 'lceil') return this.#rounded(name)
    const known = spelledOtherwise[name] ?? name
    if (functionNames.has(known)) return this.#function(known)
    if (greek.has(name)) return this.#variable(name)
    throw new Unreadable()
  }

  /** Of a command: braces, or one digit or letter. */
  #argument(): Expression {
    if (this.#isOperator('{')) return this.#braces()
    const token = this.#take()
    if (token.kind === 'command') return this.#command(token.text)
    if (token.kind === 'letter') return this.#letter(token.text)
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw new Unreadable()
    const [digit = '', ...more] = token.text
    if (more.length > 1) throw new Unreadable()
    if (more.length > 0) {
      this.#tokens = [...this.#tokens]
      this.#tokens.splice(this.#at, 0, { kind: 'number', text: more.join(''), spaced: false })
    }
    return numeral(whole(BigInt(digit)))
  }

  #root(): Expression {
    let degree: Expression | null = null
    if (this.#isOperator('[')) {
      this.#take()
      degree = this.#until(']')
    }
    const bare = this.#next?.kind === 'number' || this.#isOperator('(')
    const of = bare ? this.#atom() : this.#argument()
    if (degree === null) return { is: 'call', name: 'sqrt', of: [of] }
    return { is: 'call', name: 'root', of: [of, degree] }
  }

  #rounded(opening: string): Expression {
    const inside = this.#sum()
    if (!this.#isCommand(opening === 'lfloor' ? 'rfloor' : 'rceil')) throw new Unreadable()
    this.#take()
    return { is: 'call', name: opening === 'lfloor' ? 'floor' : 'ceil', of: [inside] }
  }

  /** `\sin x`, `\sin^2 x`, `\log_2 8`, `\ln(x + 1)`. */
  #function(name: string): Expression {
    let exponent: Expression | null = null
    let base: Expression | null = null
    if (this.#isOperator('_')) {
      this.#take()
      base = this.#argument()
    }
    if (this.#isOperator('^')) {
      this.#take()
      exponent = this.#exponent()
    }
    const inverse = exponent?.is === 'minus' || (base !== null && name !== 'log')
    if (inverse) throw new Unreadable()
    const bracketed = this.#isOperator('(', '{', '|', '[')
    let of = this.#power()
    // "\sin 2x": what follows without a sign belongs to it
    while (
      !bracketed &&
      (this.#next?.kind === 'letter' || this.#isCommand('pi', 'theta', 'alpha'))
    ) {
      of = { is: 'product', of: [of, this.#power()] }
    }
    const call: Expression = { is: 'call', name, of: base === null ? [of] : [of, base] }
    return exponent === null ? call : { is: 'power', base: call, exponent }
  }
}
