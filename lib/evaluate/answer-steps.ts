/**
 * The steps of a thinking that state its answer, in whatever spelling: who hides the answer, or asks how early a model had
 * it, has to find "1,234", "1234.0" and "one thousand two hundred and thirty-four" alike. Pure.
 */

import type { Step } from '../../types/public.js'
import { canonicalAnswer, digits } from './canonical.js'
import type { AnswerForm } from './checker/answer-form.js'
import { type Rational, rational, sameRational } from './checker/rational.js'
import { formText, readAnswer } from './checker/read-answer.js'
import { numberIn } from './checker/same-value.js'
import { numbersInWords } from './number-words.js'
import { plainText } from './plain.js'

/** Longer ones are noise, and reducing them takes its time. */
const mostCharacters = 400

/** `1,234`, `1{,}234`, `.5`, `1/2`, with a sign in front. */
function rationalOf(written: string): Rational | null {
  if (written.length > mostCharacters) return null
  const plain = written.replaceAll('{,}', '').replaceAll(',', '').replaceAll('\u2212', '-')
  const [, sign, whole = '', fraction = '', under = '1'] =
    /^([-+]?)\s?(\d*)(?:\.(\d+))?(?:\/(\d+))?$/.exec(plain) ?? []
  if (sign === undefined || whole + fraction === '') return null
  const value = BigInt(whole + fraction)
  return rational(sign === '-' ? -value : value, BigInt(under) * 10n ** BigInt(fraction.length))
}

/** No part of a name or of another number, no exponent, no index. */
const number = new RegExp(`(?<![\\w.^]|[\\^_]\\{)(?:${digits})(?![\\d]|\\.\\d)`, 'g')
const latexFraction =
  /(-?)\\[dt]?frac\s*(?:\{\s*(\d{1,40})\s*\}\s*\{\s*(\d{1,40})\s*\}|(\d)(\d)(?!\d))/g
/** `1 1/2`, `1\\frac{1}{2}`, with whole numbers all. */
const mixed =
  /(?<![\w.])(-?)(\d{1,40})(?: (\d{1,40})\/(\d{1,40})|\s?\\[dt]?frac\s?\{(\d{1,40})\}\s?\{(\d{1,40})\})(?![\w.]\d)/g

/** What a minus in front of a number may be: between two values, a sign, or a dash. */
const minus = /(?:([\d)}\]]|(?<!\p{L})\p{L})\s{0,2})?[-\u2212](\s{0,2})$/u

/** The number that is written at `index`; where a dash may be a sign, with it and without. */
function signed(text: string, written: string, index: number): (Rational | null)[] {
  const [found, left, space] = minus.exec(text.slice(Math.max(0, index - 8), index)) ?? []
  if (found === undefined || left !== undefined) return [rationalOf(written)]
  const negative = rationalOf(`-${written}`)
  return space === '' ? [negative] : [negative, rationalOf(written)]
}

/** Every value that a text writes as a number. */
function numbersIn(text: string): Rational[] {
  const plain = text.replace(/(\d)\\[,!;: ](?=\d{3}(?!\d))/g, '$1')
  const written = Array.from(plain.matchAll(number)).flatMap(({ 0: found, index }) => [
    ...signed(plain, found, index),
    // "84/2" is made of 84 and 2 as well
    ...(found.includes('/') ? found.split('/').map(rationalOf) : []),
  ])
  const fractions = Array.from(plain.matchAll(latexFraction), ([, sign, over, under, a, b]) =>
    rationalOf(`${sign}${over ?? a}/${under ?? b}`),
  )
  const mixedOnes = Array.from(plain.matchAll(mixed), ([, sign, whole = '', a, b, c, d]) => {
    const [over, under] = [BigInt(a ?? c ?? 0), BigInt(b ?? d ?? 1)]
    const value = BigInt(whole) * under + over
    return rational(sign === '-' ? -value : value, under)
  })
  const words = numbersInWords(text).map(value => rational(value, 1n))
  return [...written, ...fractions, ...mixedOnes, ...words].filter(value => value !== null)
}

/* ---- answers that are no numbers ---------------------------------------------------------- */

/** What differs in spellings of one formula, made alike; white space is left. */
const plainFormula = (formula: string): string =>
  formula
    .replace(/\\(?:left|right|displaystyle)(?![a-zA-Z])/g, '')
    .replace(/\\[dt]frac(?![a-zA-Z])/g, '\\frac')
    .replace(/\\(?:text|mathrm|textbf|mathbf|mbox)\s*\{([^{}]*)\}/g, '$1')
    .replace(/\\(?:cdot|times)(?![a-zA-Z])/g, '*')
    .replace(/\\[,;:! ()[\]]|\$/g, ' ')

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Finds a formula whatever its white space, and not in the middle of a word or a number. */
function formulaPattern(formula: string): RegExp {
  const tokens = formula.match(/\\[a-zA-Z]+|\p{L}+|\p{N}+|\S/gu) ?? []
  const edge = (token = '') => /^[\p{L}\p{N}]/u.test(token)
  const before = edge(tokens[0]) ? String.raw`(?<![\p{L}\p{N}])` : ''
  const behind = edge(tokens.at(-1)) ? String.raw`(?![\p{L}\p{N}])` : ''
  return new RegExp(before + tokens.map(escaped).join(String.raw`\s{0,8}`) + behind, 'u')
}

/** A letter alone is a word of many languages ("A", "I"): the letter of a choice has something that says so. */
const choice = (letter: string): RegExp =>
  new RegExp(
    String.raw`[({[*]${letter}[)}\]*]|(?:^|\s)${letter}\)|(?:(?:[Aa]nswer|[Oo]ption|[Cc]hoice|[^\p{L}]is)(?!\p{L})|选项?)[\s:*$]*${letter}(?![\p{L}\p{N}])`,
    'u',
  )

/** Words of one line, without marks: what is left of a text that is compared as words. */
const words = (text: string): string =>
  ` ${text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .join(' ')} `

function statesText(text: string, answer: string): boolean {
  if (/^[A-Z]$/.test(answer)) return choice(answer).test(text)
  if (/^[\p{L}\p{N}\s'-]+$/u.test(answer)) return words(text).includes(words(answer))
  return formulaPattern(plainFormula(answer)).test(plainFormula(text))
}

/** Full-width digits are digits, and narrow spaces between digits none. */
const normal = (text: string): string =>
  text.replace(/(\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))/g, '$1').normalize('NFKC')

/** What a text has to state: a number in any spelling, a formula or words, or all of several. */
type Asked =
  | { readonly value: Rational; readonly text: string }
  | { readonly text: string }
  | { readonly all: readonly Asked[] }

/** @param text as it is written, for what is no number */
function askedOf(form: AnswerForm, text: string): Asked {
  if (form.is === 'equation')
    return askedOf(form.right, text.slice(text.lastIndexOf('=') + 1).trim())
  if (form.is === 'list' && form.items.length > 1 && form.items.every(isNumber)) {
    return { all: form.items.map(item => askedOf(item, formText(item))) }
  }
  const value = form.is === 'formula' ? numberIn(form.expression) : null
  return value === null ? { text } : { value, text }
}

const isNumber = (form: AnswerForm): boolean => 'value' in askedOf(form, '')

/**
 * The indices of the steps that state the value of an answer, in any spelling: numbers with separators, zeros, as
 * fractions, in formulas and, whole ones, in English and Chinese words; formulas whatever their spaces; the letter of a
 * choice where it stands as one; of several numbers all. A step that calculates with the value states it too. Nothing where
 * the answer is null. Pure.
 */
export function answerSteps(
  { steps }: { readonly steps: readonly Pick<Step, 'index' | 'text'>[] },
  answer: string | null,
): readonly number[] {
  const text = canonicalAnswer(normal(answer ?? ''))
  if (text === '') return []
  const asked = askedOf(readAnswer(plainText(text)), text)
  return steps.filter(step => states(normal(step.text), asked)).map(({ index }) => index)
}

/** What `numbersIn` finds in every spelling. */
const isPlainNumber = (text: string): boolean => /^[-+\d.,/\s%°]+$/.test(text)

function states(text: string, asked: Asked): boolean {
  if ('all' in asked) return asked.all.every(one => states(text, one))
  if (!('value' in asked)) return statesText(text, asked.text)
  const { value } = asked
  const inNumbers = numbersIn(text).some(found => sameRational(found, value))
  return inNumbers || (!isPlainNumber(asked.text) && statesText(text, asked.text))
}
