/** The pieces that a formula is written with. Pure. */

import { isUnit } from './units.js'
import { functionNames } from './value-at.js'

export type TokenKind = 'number' | 'letter' | 'word' | 'command' | 'operator'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** White space stands before it. */
  readonly spaced: boolean
}

const pattern =
  /(\s*)(?:(\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?(?:[eE][-+]?\d{1,4}(?![a-zA-Z\d]))?|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,4}(?![a-zA-Z\d]))?)|\\([a-zA-Z]+)|(\\[{}\\|&])|(\p{L}[\p{L}\p{M}'’]*)|(.))/gsu

/** Words of a few letters that are no product of variables. */
const words = new Set(
  'or and is no not yes if for the odd all any one two six ten of to in at on by per pm am a.m p.m'.split(
    ' ',
  ),
)
const oneOperator = /^[-+*/^_=<>|!]$/

/** Names of functions and constants that people type without a backslash. */
const plainNames = new Set([...functionNames, 'pi', 'infinity', 'inf', 'asin', 'acos', 'atan'])

/** null where the text is too long to be a formula. */
export function tokensOf(text: string): Token[] | null {
  if (text.length > 2000) return null
  const found = Array.from(text.matchAll(pattern))
  const inFormula = /[\d+*/^=\\-]/.test(text)
  const tokens: Token[] = []
  for (const [i, [, space = '', number, command, escaped, letters, character]] of found.entries()) {
    const spaced = space !== ''
    if (number !== undefined) tokens.push({ kind: 'number', text: number, spaced })
    else if (command !== undefined) tokens.push({ kind: 'command', text: command, spaced })
    else if (letters !== undefined) {
      const behind = found[i + 1]
      const start = (found[i]?.index ?? 0) + space.length
      // a rate is a unit, and its stroke no division
      const isRate = perUnit.test(text.slice(start, start + 20))
      const next = isRate ? '' : (behind?.[6] ?? behind?.[4] ?? '')
      tokens.push(...lettersOf(letters, { spaced, before: tokens.at(-1), next, inFormula }))
    } else {
      const operator = escaped ?? character
      if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, spaced })
    }
  }
  return tokens
}

/** `m/s`, `km/h`, `m/s^2`, to the end. */
const perUnit = /^[a-zA-Z]{1,3} ?\/ ?[a-zA-Z]{1,3}(?:\^\{?[23]\}?)?$/

/** Where letters stand. */
interface Place {
  readonly spaced: boolean
  readonly before: Token | undefined
  /** The sign behind them; '' for none. */
  readonly next: string
  /** The whole has digits or operators. */
  readonly inFormula: boolean
}

/** A word, a name, or several variables in a row. */
function lettersOf(text: string, place: Place): Token[] {
  const { spaced, before, next } = place
  if (plainNames.has(text.toLowerCase()) && text.length > 1) {
    return [{ kind: 'command', text: text.toLowerCase(), spaced }]
  }
  if (text.length === 1) {
    // "5 m" is a length, "5m" a product
    const behindNumber = before?.kind === 'number' && spaced
    const unit = behindNumber && isUnit(text) && !oneOperator.test(next)
    return [{ kind: unit ? 'word' : 'letter', text, spaced }]
  }
  if (!isProduct(text, place)) return [{ kind: 'word', text, spaced }]
  return Array.from(text, (letter, i) => ({
    kind: 'letter',
    text: letter,
    spaced: spaced && i === 0,
  }))
}

function isProduct(text: string, { spaced, before, next, inFormula }: Place): boolean {
  const behindValue =
    before !== undefined && (before.kind !== 'operator' || /[)}]/.test(before.text))
  if (spaced && behindValue && isUnit(text)) return false
  if (!/^[a-zA-Z]{2,3}$/.test(text) || words.has(text.toLowerCase())) return false
  if (before?.kind === 'number') return !isUnit(text) && (!spaced || oneOperator.test(next))
  const bracket = (sign: string) => inFormula && /^[(){}[\]]$/.test(sign)
  if (oneOperator.test(next) || bracket(next)) return true
  const sign = before?.kind === 'operator' ? before.text : ''
  return oneOperator.test(sign) || bracket(sign)
}
