/** The answer that a text gives and how it was found: looser ways only where stricter ones fail. */

import type { ExtractedAnswer, Extraction, Trace } from '../../types/public.js'
import { thinkingFormats } from '../engine/thinking-formats.js'

// Texts come from models and may be long and repetitive: no pattern here may backtrack over a run
// of unlimited length, hence the bounds.

/** A number as people write it: 1234, 1,234 or 1{,}234, decimals, the other part of a fraction. */
const digits = String.raw`(?:(?:\d{1,3}(?:(?:,|\{,\})\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:\/\d+)?`
const numberPattern = String.raw`[-+\u2212]?\s?${digits}`
/** Emphasis, brackets and math delimiters that stand before an answer. */
const opening = String.raw`[\s*_:]{0,16}(?:\\\(|\\\[|\${1,2})?[\s*_]{0,8}`

/* ---- canonical form ----------------------------------------------------------------------- */

const wrapper = /\\(?:text|mathrm|textbf|mathbf|mbox)\s*\{([^{}]*)\}/g
const thousands = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/
const integer = /^([-+]?)(\d+)(?:\.0*)?$/
const decimal = /^([-+]?)(\d*)\.(\d+)$/

/** Without what `drop` matches, one character at a time, at the end. */
function trimEndOf(text: string, drop: RegExp): string {
  let end = text.length
  while (end > 0 && drop.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

const withoutLeadingZeros = (value: string): string => value.replace(/^0+(?=\d)/, '')

/**
 * An integer without leading zeros, separators, plus or `.0`; anything else as written, without
 * `$`, LaTeX spaces, text wrappers and a full stop. '' where nothing is left.
 */
export function canonicalAnswer(written: string): string {
  const plain = written
    .replaceAll('{,}', ',')
    .replace(wrapper, '$1')
    .replace(/\\[,!;:]|\\[()[\]]|\$/g, '')
    .replaceAll('\u2212', '-')
    .trim()
    .replace(/^[*_]+/, '')
    .replace(/^([-+])\s+(?=[\d.])/, '$1')
  const bare = trimEndOf(plain, /[*_.\s]/).trimStart()
  const number = thousands.test(bare) ? bare.replaceAll(',', '') : bare
  const [, sign, value] = integer.exec(number) ?? []
  if (value === undefined) return number
  const short = withoutLeadingZeros(value)
  return sign === '-' && short !== '0' ? `-${short}` : short
}

/** Text that is the same for the same value: decimals too without the zeros that do not count. */
function comparable(answer: string): string {
  const canonical = canonicalAnswer(answer)
  const [, sign, whole = '', fraction] = decimal.exec(canonical) ?? []
  if (fraction === undefined) return canonical
  const short = withoutLeadingZeros(whole) || '0'
  return `${sign === '-' ? '-' : ''}${short}.${trimEndOf(fraction, /0/)}`
}

/** Whether two answers are the same value. No answer (null) is the same as nothing. */
export function sameAnswer(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && comparable(a) === comparable(b)
}

/* ---- ways to find one --------------------------------------------------------------------- */

/** The canonical text, or null where nothing is left of it. */
const found = (written: string | undefined): string | null =>
  written === undefined ? null : canonicalAnswer(written) || null

/** A brace, an escaped character, or the start of a box: `\boxed{`, `\fbox {`, `\boxed 5`. */
const boxPart = /\\(?:boxed|fbox)(?:\s*(\{)|\s+(?=[-+\u2212\d]))|\\.|[{}]/gs

/** In one pass, because a text of unbalanced boxes would make searching from each one quadratic. */
function boxed(text: string): string | null {
  const bare = new RegExp(numberPattern, 'y')
  /** Starts of the contents of open braces; null for those that are no box. */
  const open: (number | null)[] = []
  let last = { start: -1, value: '' }
  const take = (start: number, written: string) => {
    const value = canonicalAnswer(written)
    if (start > last.start && value !== '') last = { start, value }
  }
  for (const match of text.matchAll(boxPart)) {
    const [part, brace] = match
    const behind = match.index + part.length
    if (part === '}') {
      const start = open.pop() ?? null
      if (start !== null) take(start, text.slice(start, match.index))
    } else if (part === '{') open.push(null)
    else if (brace !== undefined) open.push(behind)
    else if (part.length > 2) {
      bare.lastIndex = behind
      take(behind, bare.exec(text)?.[0] ?? '')
    }
  }
  return last.start < 0 ? null : last.value
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
const behindPhrase = new RegExp(`${opening}(?:${answers.join('|')})`, 'y')

/** The last match of a phrase that an answer stands behind. */
function phrase(text: string, pattern: RegExp): string | null {
  let last: string | null = null
  for (const match of text.matchAll(pattern)) {
    behindPhrase.lastIndex = match.index + match[0].length
    const [, ...groups] = behindPhrase.exec(text) ?? []
    last = found(groups.find(group => group !== undefined)) ?? last
  }
  return last
}

const lineEnd = new RegExp(
  String.raw`^${opening}(${numberPattern})[\s*_.$]{0,16}(?:\\[)\]])?[\s.$]{0,16}$`,
)

/** The last line that ends in `= number`. */
function equals(text: string): string | null {
  for (const line of text.split('\n').reverse()) {
    const sign = line.lastIndexOf('=')
    const value = sign === -1 ? null : found(lineEnd.exec(line.slice(sign + 1))?.[1])
    if (value !== null) return value
  }
  return null
}

/** How far from the end a number without any mark is still taken for the answer; the seed's 200. */
const tailCharacters = 200

/** The last number that starts in the tail and is not a part of a word or of another number. */
function lastNumber(text: string): string | null {
  const number = new RegExp(`(?:(?<![\\w)}\\]])[-\u2212])?(?<![\\w.])${digits}`, 'g')
  // One character more, so that a number which the cut goes through does not look whole.
  const start = Math.max(0, text.length - tailCharacters - 1)
  let last: string | null = null
  for (const match of text.slice(start).matchAll(number)) {
    if (start + match.index >= text.length - tailCharacters) last = match[0]
  }
  return last === null ? null : canonicalAnswer(last)
}

type Way = readonly [Exclude<Extraction, 'none'>, (text: string) => string | null]

const ways: readonly Way[] = [
  ['boxed', boxed],
  ['answer-is', text => phrase(text, /answer\s+is(?!\w)/gi)],
  ['final-answer', text => phrase(text, /final\s+answer[*_\s]*:/gi)],
  ['equals', equals],
  ['last-number', lastNumber],
]

/** Text without blocks of thinking; a block that was never closed takes the rest, stray closing tags vanish. */
function withoutBlocks(text: string): string {
  return thinkingFormats.reduce((left, { open, close }) => {
    let result = ''
    let rest = left
    for (let at = rest.indexOf(open); at !== -1; at = rest.indexOf(open)) {
      result += rest.slice(0, at)
      const end = rest.indexOf(close, at)
      rest = end === -1 ? '' : rest.slice(end + close.length)
    }
    return (result + rest).replaceAll(close, '')
  }, text)
}

/** What is behind the thinking that a text begins with, if it does: its first closing tag has no opening one before. */
function behindThinking(text: string): string {
  return thinkingFormats.reduce((left, { open, close }) => {
    const [opened, closed] = [left.indexOf(open), left.indexOf(close)]
    const begins = closed !== -1 && (opened === -1 || closed < opened)
    return begins ? left.slice(closed + close.length) : left
  }, text)
}

function read(text: string): ExtractedAnswer {
  for (const [extraction, find] of ways) {
    const value = find(text)
    if (value !== null) return { value, extraction }
  }
  return { value: null, extraction: 'none' }
}

/** The answer of a text that stands behind the thinking already, as `extractAnswer` finds it. */
export const answerIn = (text: string): ExtractedAnswer => read(withoutBlocks(text))

/**
 * Finds the answer behind the thinking, or in the whole text where nothing closes it:
 * the last box, "answer is", "final answer:", "= number" at the end of a line, the last number of the last
 * 200 characters, whichever exists first in this order. What stands in further blocks of thinking, closed or cut
 * off, is no answer. Unlike the seed's, without the limit to numbers of three digits.
 */
export function extractAnswer(text: string): ExtractedAnswer {
  const visible = withoutBlocks(behindThinking(text))
  // a thinking that was closed, with nothing behind it, has no answer
  const isClosed = thinkingFormats.some(({ close }) => text.includes(close))
  return read(visible.trim() === '' && !isClosed ? text : visible)
}

/** The answer that a trace itself gave: behind the thinking, or anywhere where nothing is there. */
export function ownAnswer(trace: Trace): ExtractedAnswer {
  const answer = trace.text.slice(trace.answer.charStart, trace.answer.charEnd)
  return answer.trim() === '' ? extractAnswer(trace.text) : answerIn(answer)
}
