/** Reads a value out of prose, from where one may begin to where it ends. Pure. */

import type { TextRange } from '../../../types/public.js'
import { numberWordsAt } from '../number-words.js'
import { type Found, found } from './found.js'

// Texts come from models and may be long and repetitive: no pattern here may backtrack over a run
// of unlimited length, hence the bounds.

const fillers =
  'therefore|thus|hence|then|simply|clearly|indeed|just|exactly|precisely|approximately|about|around|roughly|equal to|equals|given by|option|choice|now|so|also|still|actually|only|always|again|be|of course|as follows|donc|bien|daher|somit|also|pues|quindi|dunque|portanto|约|大约|约为|是|为|等于|应该是|應該是|则是|равен|равно'

/** What stands before a value: emphasis, quotes, colons, words that change nothing of it. */
const opening = new RegExp(
  String.raw`(?:[\s*_:：=≈~"“”'‘’«»\x60>，]|\\approx(?![a-zA-Z])|(?<![\p{L}])(?:${fillers})(?!\p{L})|(?<=\p{Script=Han})(?:约|大约|约为|是|为|等于)){0,24}`,
  'uy',
)

/** The value of a phrase may stand on the next lines; that of a list item no further than its own. */
const delimited =
  /\$\$([^$]{1,400})\$\$|\$([^$\n]{1,400})\$|\\\((.{1,400}?)\\\)|\\\[(.{1,400}?)\\\]/dsy
const choice = /\(([A-Z])\)|([A-Z])(?=[).,;:*_$`\n。，]|\s{0,8}$|\s{1,8}(?:because|since|as)\s)/dy
const verdict = /(?:yes|no|true|false)(?=[.,;:!*_$`\n。，<]|\s{0,8}$)/iy
/** A word in bold, alone. */
const bold =
  /(?<=\*\*\s{0,2})(\p{Lu}[\p{L}'’-]{1,30}(?: \p{Lu}[\p{L}'’-]{1,30}){0,3})(?=\s{0,2}[.!]?\*\*)/duy

/** No words, but those that are in a formula. */
export const isFormula = (text: string): boolean =>
  !text.includes('\\boxed') &&
  !/\p{L}{3,}/u.test(
    text
      .replace(/\\(?:text|mathrm|textbf|mathbf|mbox|operatorname)\s{0,2}\{[^{}]{0,200}\}/g, '')
      .replace(/\\[a-zA-Z]+/g, ''),
  )

/** `5 + 3 = 8`: what it comes to. `x = 5` says of what it is the value, and is left as it is. */
function resultOf(text: string, start: number, end: number): Found | null {
  const written = text.slice(start, end)
  const sign = written.lastIndexOf('=')
  const isCalculation =
    sign > 0 &&
    /^[\d\s.,+\-*/()×÷·$\\]*(?:\\(?:times|cdot|div)[\d\s.,+\-*/()×÷·$\\]*){0,20}$/.test(
      written.slice(0, sign),
    )
  return (isCalculation ? found(text, start + sign + 1, end) : null) ?? found(text, start, end)
}

/** Where something may begin that `at` stands before. */
export function skipOpening(text: string, at: number): number {
  opening.lastIndex = at
  return at + (opening.exec(text)?.[0].length ?? 0)
}

/** The value that a text goes on with at a place, behind what may stand before it; null for words. */
export function valueBehind(text: string, at: number): Found | null {
  const start = skipOpening(text, at)
  return (
    inDelimiters(text, start) ??
    letterAt(text, start) ??
    wordAt(text, start) ??
    numberWord(text, start) ??
    formulaAt(text, start)
  )
}

function matchAt(pattern: RegExp, text: string, at: number): readonly [number, number] | null {
  pattern.lastIndex = at
  const [, ...groups] = pattern.exec(text)?.indices ?? []
  return groups.find(group => group !== undefined) ?? null
}

function inDelimiters(text: string, at: number): Found | null {
  const inside = matchAt(delimited, text, at)
  if (inside === null || !isFormula(text.slice(...inside))) return null
  return resultOf(text, ...inside)
}

function letterAt(text: string, at: number): Found | null {
  const letter = matchAt(choice, text, at)
  return letter && found(text, ...letter)
}

function wordAt(text: string, at: number): Found | null {
  const name = matchAt(bold, text, at)
  if (name !== null) return found(text, ...name)
  verdict.lastIndex = at
  const word = verdict.exec(text)?.[0]
  return word === undefined ? null : found(text, at, at + word.length)
}

function numberWord(text: string, at: number): Found | null {
  const words = numberWordsAt(text, at)
  return words === 0 ? null : found(text, at, at + words)
}

/* ---- formulas in prose -------------------------------------------------------------------- */

/** The pieces of a formula, one at a time; what fits none of them ends it. */
const piece =
  /(?<money>\\?[$€£¥₹](?=\s?[-\d.]))|(?<number>\d{1,3}(?:(?:,|\{,\}|\\[,!]|[\u00a0\u202f ])\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?!\d)|\d{1,400}(?:\.\d{1,400})?|\.\d{1,400})(?:[eE][-+]?\d{1,4}(?![\p{L}\d]))?|(?<unit>\\text\s?\{[^{}]{0,60}\})|(?<command>\\(?!boxed|fbox|text)[a-zA-Z]{1,20}|\\[,;! %{}$])|(?<name>(?:sin|cos|tan|log|ln|exp|sqrt|pi)(?!\p{L}))|(?<letter>(?<!\p{L})\p{L}(?!\p{L}))|(?<sign>[-+*/^_=<>|!()[\]{}%°·×÷√π∞≤≥≠∪−–:,;&'])|(?<space>[ \t\u00a0]{1,8})/uy

const operators = /[-+*/^_=<>|·×÷∪−≤≥]/

/** What follows an item of a list or of thousands. */
const goesOn = /\s{0,4}[-+−(\\$\d.]/y

const minusWord = /(?:minus|negative|moins|menos)\s{1,3}(?=[\d.])/iy

interface Scan {
  /** Behind the last piece that may end a value. */
  readonly end: number
  readonly hasValue: boolean
}

function formulaAt(text: string, start: number): Found | null {
  minusWord.lastIndex = start
  const behindSign = start + (minusWord.exec(text)?.[0].length ?? 0)
  const { end, hasValue } = scan(text, behindSign)
  if (!hasValue) return null
  const more = listBehind(text, end)
  return (more === null ? null : found(text, start, more)) ?? resultOf(text, start, end)
}

/** `12 and 13`, to the end of the sentence: one value would be a part of the answer. */
const joint = /\s{1,3}(?:and|or|und|oder|et|ou|和|或)\s{1,3}(?=[-−\d(\\$])/uy
const sentenceEnd = /\s{0,3}(?:[.;。！!*$\n]|$)/uy

function listBehind(text: string, at: number): number | null {
  joint.lastIndex = at
  const between = joint.exec(text)
  if (between === null) return null
  const { end, hasValue } = scan(text, at + between[0].length)
  sentenceEnd.lastIndex = end
  return hasValue && sentenceEnd.test(text) ? end : null
}

const longest = 400
const word = /\s{0,3}(?!(?:and|or|und|oder|et|ou)\s)\p{L}{2}/uy

function scan(text: string, start: number): Scan {
  const open: string[] = []
  let [at, end, last, hasValue] = [start, start, '', false]
  let beforeComma: number | null = null
  while (at < text.length && at - start < longest) {
    piece.lastIndex = at
    const groups = piece.exec(text)?.groups
    if (groups === undefined || !fits(text, at, groups, last, open)) break
    if (groups.sign === ',' && open.length === 0) beforeComma ??= end
    at = piece.lastIndex
    if (groups.space !== undefined) continue
    last = kindOf(groups)
    if (last === 'number' || last === 'command' || '∞π√'.includes(last)) hasValue = true
    if (open.length === 0 && endsValue(groups)) end = at
  }
  // "73, 90 was wrong": what a word follows is no item
  word.lastIndex = end
  if (beforeComma !== null && word.test(text)) end = beforeComma
  return { end, hasValue: hasValue && end > start }
}

type Groups = Readonly<Record<string, string | undefined>>

const kindOf = ({ number, letter, command, sign, unit }: Groups): string =>
  number ? 'number' : letter ? 'letter' : command ? 'command' : unit ? 'unit' : (sign ?? 'name')

/** Commands that wait for something behind them. */
const waiting =
  /^\\(?:[,;! ]|(?:times|cdot|div|[dt]?frac|sqrt|le|ge|leq|geq|ne|pm|left|right|approx|in|cup|sin|cos|tan|log|ln)$)/

/** Whether what was read may end here, and is not an operator that waits for a value. */
function endsValue({ number, letter, command, sign, unit }: Groups): boolean {
  if (command !== undefined) return !waiting.test(command)
  if (sign !== undefined) return /[)\]}!%°|π∞]/.test(sign)
  return number !== undefined || letter !== undefined || unit !== undefined
}

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** Whether a piece goes on with the formula; keeps count of brackets. */
function fits(text: string, at: number, groups: Groups, last: string, open: string[]): boolean {
  const { sign, letter, number, space } = groups
  const spaced = at > 0 && /\s/.test(text.charAt(at - 1))
  if (space !== undefined) return true
  // "a prime", "I see": a word of its own
  if (
    letter !== undefined &&
    /^\s{1,3}\p{L}{2}/u.test(text.slice(at + letter.length, at + letter.length + 6))
  ) {
    return false
  }
  // "5 m", "73 a": a word, unless the formula goes on behind it
  if (letter !== undefined && spaced && ['number', ')', '}', 'unit'].includes(last)) {
    return /^\s{0,3}[-+*/^=]\s{0,3}[\d\\(a-z]/i.test(
      text.slice(at + letter.length, at + letter.length + 8),
    )
  }
  // "1 1/2" is one number, "12 13" are two
  if (number !== undefined && spaced && last === 'number')
    return /^\d{1,6}\s?\/\s?\d/.test(text.slice(at, at + 16))
  if (sign === undefined) return true
  if (sign === ',' || sign === ';' || sign === ':')
    return fitsSeparator(text, at, sign, spaced, open)
  // a dash between words, a quote, the end of emphasis
  if ((sign === '–' || sign === "'") && (spaced || last === ''))
    return /\d/.test(text.charAt(at + 1)) && sign === '–' && last === ''
  if (sign === '*' && text.charAt(at + 1) === '*') return false
  if (sign === '<' && /[/|a-z]/i.test(text.charAt(at + 1))) return false
  if (sign === '_' && !/[\d{a-z]/i.test(text.charAt(at + 1))) return false
  if (sign === '(' && spaced && last !== '' && !operators.test(last) && last !== '(')
    return hasNoWords(text, at)
  return fitsBracket(sign, open)
}

function fitsSeparator(
  text: string,
  at: number,
  sign: string,
  spaced: boolean,
  open: readonly string[],
): boolean {
  if (open.length > 0) return true
  if (sign === ':') return !spaced && /\d/.test(text.charAt(at + 1))
  goesOn.lastIndex = at + 1
  return goesOn.test(text)
}

function fitsBracket(sign: string, open: string[]): boolean {
  if ('([{'.includes(sign)) open.push(sign)
  const pair = pairs[sign]
  if (pair === undefined) return true
  const inner = open.pop()
  // half-open intervals close with the other bracket
  return inner === pair || (inner !== undefined && inner !== '{' && pair !== '{')
}

function hasNoWords(text: string, at: number): boolean {
  const end = text.indexOf(')', at)
  return (
    end !== -1 &&
    end - at < 60 &&
    !/\p{L}{2}/u.test(text.slice(at, end).replace(/\\[a-zA-Z]+/g, ''))
  )
}

/** Where the value that starts at a place ends, and nothing but marks stands behind it on its line. */
export function endsLine(text: string, { end }: TextRange): boolean {
  const marks = /[\s$*_.`。)\]\\]{0,12}(?=\n|$)/y
  marks.lastIndex = end
  return marks.test(text)
}
