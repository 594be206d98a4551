/** Answers without a mark: what the text ends with. Pure. */

import { type Found, found } from './found.js'
import { endsLine, isFormula, valueBehind } from './written-value.js'

/** How far from the end a number without any mark is still taken for the answer; the seed's 200. */
const tailCharacters = 200

/** A number as prose has it, with what belongs to it. */
const digits = String.raw`(?:\d{1,3}(?:(?:,|\{,\}|[\u00a0\u202f])\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?!\.?\d)|\d+(?:\.\d+)?|\.\d+)`
const written = String.raw`(?:\d+ \d+\/\d+|\d+(?::\d+)+(?!\d)|${digits}(?:\/\d+(?!\d))?)(?:[eE][-+]?\d+(?![\p{L}\d]))?`
const sign = String.raw`(?:(?<![\p{L}\p{N})}\]])[-−–]|(?<!\p{L})(?:minus|negative)\s)?`
const behind = String.raw`(?:\s?\\?%|\s?°|\^\{?\\circ\}?)?`
const mathSpan = String.raw`\$(?!\s)[^$\n]{1,200}\$|\\\([^\n]{1,200}?\\\)`
/** A run without spaces that LaTeX is in. */
const latexRun = String.raw`(?<![^\s*(,;:=])[-−]?[\d.]{0,20}(?:\\[dt]?frac|\\sqrt|\d\^)[^\s,;]{1,80}`
const numbers = new RegExp(
  `(?<span>${mathSpan})|(?<run>${latexRun})|(?<number>${sign}(?<![\\p{L}\\p{N}_.])${written}${behind})`,
  'dgu',
)

/** "73, not 90" */
const denied = /(?<!\p{L})(?:not|nicht|pas|nie|不是|不)\s{0,3}\$?$/iu

/** Every value from a place on, in order. */
function* valuesFrom(text: string, from: number): Generator<Found, void, undefined> {
  numbers.lastIndex = 0
  const part = text.slice(from)
  for (const { groups, indices } of part.matchAll(numbers)) {
    const place = indices?.groups?.span ?? indices?.groups?.run ?? indices?.groups?.number
    if (place === undefined) continue
    const value = groups?.span === undefined ? found(part, ...place) : inSpan(part, ...place)
    if (value === null || denied.test(part.slice(Math.max(0, place[0] - 12), place[0]))) continue
    yield { ...value, start: from + value.start, end: from + value.end }
  }
}

/** A formula with a number in it; of prose between money signs the last number. */
function inSpan(text: string, start: number, end: number): Found | null {
  const inner = text.slice(start, end)
  if (isFormula(inner) && /\d/.test(inner)) return found(text, start, end)
  const plain = new RegExp(`(?<![\\p{L}\\p{N}_.])${written}`, 'dgu')
  const last = [...inner.matchAll(plain)].at(-1)?.indices?.[0]
  return last ? found(text, start + last[0], start + last[1]) : null
}

/** The last number that starts in the tail and is not a part of a word or of another number. */
export function lastNumber(text: string): Found | null {
  // some characters more, so that a number which the cut goes through does not look whole
  const tail = text.length - tailCharacters
  const values = [...valuesFrom(text, Math.max(0, tail - 60))]
  return values.findLast(({ start }) => start >= tail) ?? null
}

/** The last line that ends in `= value`. */
export function equals(text: string): Found | null {
  let end = text.length
  for (const line of text.split('\n').reverse()) {
    const sign = Math.max(line.lastIndexOf('='), line.lastIndexOf('≈'))
    const value = sign === -1 ? null : valueBehind(text, end - line.length + sign + 1)
    if (value !== null && value.end <= end && endsLine(text, value)) return value
    end -= line.length + 1
  }
  return null
}

const cues =
  'therefore|thus|so|hence|consequently|accordingly|in total|in all|altogether|overall|finally|in conclusion|this means|that means|daher|somit|folglich|insgesamt|donc|ainsi|par conséquent|au total|por lo tanto|por tanto|entonces|en total|quindi|dunque|pertanto|portanto|logo|assim|dus|następnie|следовательно|итак|поэтому|таким образом'
const conclusion = new RegExp(
  String.raw`(?:^|[\n.!?;。！？]\s{0,4}|,\s)[*_]{0,3}(?:(?:and\s)?(?:${cues})(?!\p{L})|因此|所以|故|于是|したがって|よって|따라서|그러므로)`,
  'giu',
)
const sentence = /(?:[^.!?。！？\n]|[.](?=\d)|[!](?=\s*[=+\-*/]))*/y

/** The value of the last sentence that concludes and has one. */
export function concluded(text: string): Found | null {
  const starts = Array.from(text.matchAll(conclusion), ({ 0: cue, index }) => index + cue.length)
  for (const start of starts.reverse().slice(0, 50)) {
    sentence.lastIndex = start
    const end = start + Math.min(sentence.exec(text)?.[0].length ?? 0, 600)
    const value = inConclusion(text, start, end)
    if (value !== null) return value
  }
  return null
}

/** What an equation in it comes to; else directly behind the cue the first value, else the last. */
function inConclusion(text: string, start: number, end: number): Found | null {
  const whole = text.slice(0, end)
  const sign = whole.lastIndexOf('=')
  if (sign > start) {
    const result = valueBehind(whole, sign + 1)
    if (result !== null) return result
  }
  const direct = /^[\s,，]{0,4}(?=[-−\d$\\])/.test(text.slice(start, start + 8))
  const values = [...valuesFrom(whole, start)]
  return (direct ? values[0] : values.at(-1)) ?? null
}

/** What stands before a value that is one of several: `x = 3 or x = `, `$x = 3$ and $x = `. */
const one = String.raw`(?:(?<!\p{L})\p{L} ?= ?[-−\d./]{1,12}|\$[^$\n]{1,60}\$)`
const others = new RegExp(
  String.raw`${one}(?:, ${one}){0,4},? (?:and|or|und|oder|et|ou) (?:\p{L} ?= ?|\$(?:\p{L} ?= ?)?)?$`,
  'u',
)

/** Where the whole of an answer starts of which a part was found. */
function withOthers(text: string, value: Found): Found {
  const from = Math.max(0, value.start - 120)
  const before = others.exec(text.slice(from, value.start))
  return before === null ? value : (found(text, from + before.index, value.end) ?? value)
}

export interface Ending extends Found {
  readonly extraction: 'concluded' | 'equals' | 'last-number'
}

/**
 * A sentence that concludes, an equation that ends a line, or the last number: the one that is nearest to the end, but that
 * a number alone counts less than an equation which is as near as the tail.
 */
export function ending(text: string): Ending | null {
  const [conclusion, equation, number] = [concluded(text), equals(text), lastNumber(text)]
  const near = (found: Found) => text.length - found.end <= 2 * tailCharacters
  if (conclusion !== null && conclusion.start >= (equation?.start ?? -1) && near(conclusion)) {
    return { ...withOthers(text, conclusion), extraction: 'concluded' }
  }
  if (equation !== null && (near(equation) || number === null)) {
    return { ...withOthers(text, equation), extraction: 'equals' }
  }
  return number && { ...withOthers(text, number), extraction: 'last-number' }
}
