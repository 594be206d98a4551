/** Words that say where the answer stands, in some languages. Pure. */

import { type Found, found } from './found.js'
import { endsLine, isFormula, valueBehind } from './written-value.js'

/** The last match of a phrase that a value stands behind. */
function lastBehind(text: string, pattern: RegExp): Found | null {
  for (const { 0: phrase, index } of [...text.matchAll(pattern)].reverse()) {
    const value = valueBehind(text, index + phrase.length)
    if (value !== null) return value
  }
  return null
}

const later = (a: Found | null, b: Found | null): Found | null =>
  a === null || (b !== null && b.start > a.start) ? b : a

/** `#### 73`, and nothing else on the line: a heading says more. */
export function hash(text: string): Found | null {
  for (const { 0: mark, index } of [...text.matchAll(/^[ \t]{0,8}####(?!#)/gm)].reverse()) {
    const value = valueBehind(text, index + mark.length)
    const isThere = value !== null && !text.slice(index, value.start).includes('\n')
    if (isThere && endsLine(text, value)) return value
  }
  return null
}

const label =
  /(?<!\p{L})(?:final\s{1,3})?(?:answer|ans)(?!\p{L})[*_\s]{0,8}[:：=]|final\s{1,3}answer[*_\s]{0,4}\n|(?:最终|正确)?答案[*_\s]{0,4}(?:[:：])|(?<!\p{L})(?:antwort|réponse|respuesta|risposta|resposta|ответ|antwoord|odpowiedź|cevap)(?!\p{L})[^\n\p{L}:：\d]{0,6}[:：]|(?:答え|正解|정답|답)\s?[:：]/giu

/** Behind a label: `**Answer:** D`, a heading "Final Answer" and the line below, 答案：. */
export const labelled = (text: string): Found | null => lastBehind(text, label)

const says = [
  // English
  String.raw`(?<!\p{L})answers?\s{1,3}(?:is|are|was|would be|will be|should be|must be|comes out to|turns out to be)(?!\p{L})`,
  String.raw`(?<!\p{L})correct\s{1,3}(?:option|choice)\s{1,3}is(?!\p{L})`,
  // Chinese, Japanese, Korean
  '答案(?:应该|應該)?(?:是|为|為|等于|就是)',
  '(?:答え|正解)は',
  '(?:정답|답)[은는]',
  // German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian
  String.raw`(?<!\p{L})(?:antwort|lösung|ergebnis)\s{1,3}(?:ist|lautet|beträgt)(?!\p{L})`,
  String.raw`(?<!\p{L})réponse\s{1,3}(?:finale\s{1,3})?est(?!\p{L})`,
  String.raw`(?<!\p{L})respuesta\s{1,3}(?:final\s{1,3}|correcta\s{1,3})?es(?!\p{L})`,
  String.raw`(?<!\p{L})risposta\s{1,3}(?:finale\s{1,3})?è(?!\p{L})`,
  String.raw`(?<!\p{L})resposta\s{1,3}(?:final\s{1,3})?é(?!\p{L})`,
  String.raw`(?<!\p{L})antwoord\s{1,3}is(?!\p{L})`,
  String.raw`(?<!\p{L})odpowiedź\s{1,3}to(?!\p{L})`,
  String.raw`(?<!\p{L})ответ(?:ом)?\s{0,3}(?:равен|является|—|–|-)`,
].join('|')
const saying = new RegExp(says, 'giu')

const before =
  /(?<=[\s*(]|^)([-−]?\d[\d,.]{0,40}(?:\/\d{1,20})?|\$[^$\n]{1,200}\$)[*_\s]{1,4}(?:is|are)\s{1,3}(?:the|our|my)\s{1,3}(?:final\s{1,3}|correct\s{1,3})?(?:answer|result)/dgiu
const option =
  /(?<!\p{L})(?:option|choice)\s{1,3}[*_(]{0,3}([A-Z])(?=[)*_]{0,3}(?:[.,;:\n]|\s{0,4}$|\s{1,3}(?:is\s{1,3}(?:the\s{1,3})?(?:correct|right|answer|true)|because|since)))/dgu

/** The group of the last match. */
function lastGroup(text: string, pattern: RegExp): Found | null {
  let last: Found | null = null
  for (const { indices } of text.matchAll(pattern)) {
    const place = indices?.[1]
    if (place === undefined) continue
    const isMath = text.charAt(place[0]) === '$'
    if (isMath && !isFormula(text.slice(...place))) continue
    last = found(text, ...place) ?? last
  }
  return last
}

/** "The answer is 73", "73 is the answer", "option C". */
export const said = (text: string): Found | null =>
  [lastBehind(text, saying), lastGroup(text, before), lastGroup(text, option)].reduce(later)
