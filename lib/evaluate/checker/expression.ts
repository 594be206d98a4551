/** What an answer says as a formula: plain data, and one way to write it. Pure. */

import { isWhole, type Rational, rationalText } from './rational.js'

export type Constant = 'pi' | 'e' | 'i' | 'infinity'

export type Expression =
  | { readonly is: 'number'; readonly value: Rational }
  | { readonly is: 'constant'; readonly name: Constant }
  | { readonly is: 'variable'; readonly name: string }
  | { readonly is: 'sum' | 'product'; readonly of: readonly Expression[] }
  | { readonly is: 'minus' | 'factorial' | 'percent' | 'degrees'; readonly of: Expression }
  | { readonly is: 'quotient'; readonly over: Expression; readonly under: Expression }
  | { readonly is: 'power'; readonly base: Expression; readonly exponent: Expression }
  | { readonly is: 'call'; readonly name: string; readonly of: readonly Expression[] }

export const numeral = (value: Rational): Expression => ({ is: 'number', value })

/** Every part of it, itself first. */
export function* partsOf(expression: Expression): Generator<Expression, void, undefined> {
  yield expression
  for (const part of childrenOf(expression)) yield* partsOf(part)
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.is) {
    case 'number':
    case 'constant':
    case 'variable':
      return []
    case 'sum':
    case 'product':
    case 'call':
      return expression.of
    case 'quotient':
      return [expression.over, expression.under]
    case 'power':
      return [expression.base, expression.exponent]
    default:
      return [expression.of]
  }
}

/** Names of the variables, each once, in the order of the alphabet. */
export function variablesOf(expression: Expression): string[] {
  const names = [...partsOf(expression)].flatMap(part =>
    part.is === 'variable' ? [part.name] : [],
  )
  return [...new Set(names)].sort()
}

export const hasCall = (expression: Expression, name: string): boolean =>
  [...partsOf(expression)].some(part => part.is === 'call' && part.name === name)

/** Binding of the outermost operator: what is weaker gets brackets. */
const strength = (expression: Expression): number => {
  if (expression.is === 'sum' || expression.is === 'minus') return 1
  if (expression.is === 'product' || expression.is === 'quotient') return 2
  if (expression.is === 'number') return isWhole(expression.value) ? 4 : 2
  return expression.is === 'power' ? 3 : 4
}

function inBrackets(expression: Expression, least: number): string {
  const text = expressionText(expression)
  const negative = expression.is === 'number' && expression.value.over < 0n
  return strength(expression) < least || negative ? `(${text})` : text
}

/** The same text for the same formula, however it was typed. */
export function expressionText(expression: Expression): string {
  switch (expression.is) {
    case 'number':
      return rationalText(expression.value)
    case 'constant':
      return expression.name === 'infinity' ? 'oo' : expression.name
    case 'variable':
      return expression.name
    case 'sum':
      return expression.of
        .map(part => expressionText(part))
        .join(' + ')
        .replaceAll('+ -', '- ')
    case 'product':
      return expression.of.map(part => inBrackets(part, 2)).join('*')
    case 'minus':
      return `-${inBrackets(expression.of, 2)}`
    case 'quotient':
      return `${inBrackets(expression.over, 2)}/${inBrackets(expression.under, 3)}`
    case 'power':
      return `${inBrackets(expression.base, 4)}^${inBrackets(expression.exponent, 4)}`
    case 'factorial':
      return `${inBrackets(expression.of, 4)}!`
    case 'percent':
      return `${inBrackets(expression.of, 2)}%`
    case 'degrees':
      return `${inBrackets(expression.of, 2)}°`
    case 'call':
      return `${expression.name}(${expression.of.map(expressionText).join(', ')})`
  }
}
