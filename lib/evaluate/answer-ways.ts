/** The ways to find an answer in a text, each with the place where it is written. */

import type { Extraction, TextRange } from '../../types/public.js'
import { stripRange } from '../base/text.js'
import { canonicalAnswer, digits, numberPattern } from './canonical.js'

// Texts come from models and may be long and repetitive: no pattern here may backtrack over a run
// of unlimited length, hence the bounds.

/** Emphasis, brackets and math delimiters that stand before an answer. */
const opening = String.raw`[\s*_:]{0,16}(?:\\\(|\\\[|\${1,2})?[\s*_]{0,8}`

/** An answer, and where it is written: [start, end) in UTF-16 units, without the marks around it. */
export interface Found extends TextRange {
  readonly value: string
}

/** What is written at [start, end), or null where nothing is left of it. */
function found(text: string, start: number, end: number): Found | null {
  const value = canonicalAnswer(text.slice(start, end))
  return value === '' ? null : { value, ...stripRange(text, start, end) }
}

/** A brace, an escaped character, or the start of a box: `\boxed{`, `\fbox {`, `\boxed 5`. */
const boxPart = /\\(?:boxed|fbox)(?:\s*(\{)|\s+(?=[-+\u2212\d]))|\\.|[{}]/gs

/** In one pass, because a text of unbalanced boxes would make searching from each one quadratic. */
function boxed(text: string): Found | null {
  const bare = new RegExp(numberPattern, 'y')
  /** Starts of the contents of open braces; null for those that are no box. */
  const open: (number | null)[] = []
  let last: { readonly from: number; readonly answer: Found } | null = null
  const take = (start: number, end: number) => {
    const answer = found(text, start, end)
    if (answer !== null && start > (last?.from ?? -1)) last = { from: start, answer }
    return last
  }
  for (const match of text.matchAll(boxPart)) {
    const [part, brace] = match
    const behind = match.index + part.length
    if (part === '}') {
      const start = open.pop() ?? null
      if (start !== null) last = take(start, match.index)
    } else if (part === '{') open.push(null)
    else if (brace !== undefined) open.push(behind)
    else if (part.length > 2) {
      bare.lastIndex = behind
      last = take(behind, behind + (bare.exec(text)?.[0].length ?? 0))
    }
  }
  return last?.answer ?? null
}

/** Where a number is only the start of something longer: 2^10, 5x, 12,34, "5 + 3 = 8". */
const goesOn = String.raw`[\d^{(]|[.,/]\d|\\(?![%)\]])|[a-zA-Z](?![a-zA-Z])|\s*[-+*/=×·]\s*[\d(\\]`

/**
 * What stands behind a phrase: a number, a formula between delimiters, or the letter of a choice.
 * Words are no answer: "the answer is not yet clear" must not hide the number that follows.
 */
const answers = [
  `(${numberPattern})(?!${goesOn})`,
  String.raw`(?<=\$)([^$\n]{1,200})\$`,
  String.raw`(?<=\\\()(.{1,200}?)\\\)`,
  String.raw`\(?([A-Z])(?=[).,;:*_$\n]|$)`,
]
const behindPhrase = new RegExp(`${opening}(?:${answers.join('|')})`, 'dy')

/** The last match of a phrase that an answer stands behind. */
function phrase(text: string, pattern: RegExp): Found | null {
  let last: Found | null = null
  for (const match of text.matchAll(pattern)) {
    behindPhrase.lastIndex = match.index + match[0].length
    const [, ...groups] = behindPhrase.exec(text)?.indices ?? []
    const written = groups.find(group => group !== undefined)
    if (written !== undefined) last = found(text, ...written) ?? last
  }
  return last
}

const lineEnd = new RegExp(
  String.raw`^${opening}(${numberPattern})[\s*_.$]{0,16}(?:\\[)\]])?[\s.$]{0,16}$`,
  'd',
)

/** The last line that ends in `= number`. */
function equals(text: string): Found | null {
  let end = text.length
  for (const line of text.split('\n').reverse()) {
    const sign = line.lastIndexOf('=')
    const written = sign === -1 ? undefined : lineEnd.exec(line.slice(sign + 1))?.indices?.[1]
    const behind = end - line.length + sign + 1
    const answer = written && found(text, behind + written[0], behind + written[1])
    if (answer) return answer
    end -= line.length + 1
  }
  return null
}

/** How far from the end a number without any mark is still taken for the answer; the seed's 200. */
const tailCharacters = 200

/** The last number that starts in the tail and is not a part of a word or of another number. */
function lastNumber(text: string): Found | null {
  const number = new RegExp(`(?:(?<![\\w)}\\]])[-\u2212])?(?<![\\w.])${digits}`, 'g')
  // One character more, so that a number which the cut goes through does not look whole.
  const start = Math.max(0, text.length - tailCharacters - 1)
  let last: Found | null = null
  for (const { 0: written, index } of text.slice(start).matchAll(number)) {
    const at = start + index
    if (at >= text.length - tailCharacters) last = found(text, at, at + written.length) ?? last
  }
  return last
}

export type Way = readonly [Exclude<Extraction, 'none'>, (text: string) => Found | null]

export const ways: readonly Way[] = [
  ['boxed', boxed],
  ['answer-is', text => phrase(text, /answer\s+is(?!\w)/gi)],
  ['final-answer', text => phrase(text, /final\s+answer[*_\s]*:/gi)],
  ['equals', equals],
  ['last-number', lastNumber],
]

/** What stands alone, `B`, `(B)`, `x^2+1`, is the answer: nothing else is between its tags. */
function alone(text: string): Found | null {
  const [written] = text.trim().split(/\s/, 2)
  if (written === undefined || written !== text.trim()) return null
  const start = text.indexOf(written)
  const letter = /^\(?([A-Z])\)?[.,;:]?$/.exec(written)?.[1]
  const at = start + (letter === undefined ? 0 : written.indexOf(letter))
  return found(text, at, at + (letter ?? written).length)
}

/** Between tags that stand around an answer. */
export const waysBetweenTags: readonly Way[] = [
  ...ways.filter(([extraction]) => extraction === 'boxed'),
  ['tagged', alone],
  ...ways.filter(([extraction]) => extraction !== 'boxed'),
]
