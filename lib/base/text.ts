/** Text measured as Python measures it, in which the methods and their references are written. */

import type { TextRange } from '../../types/public.js'

/** `str.isspace` of Python 3 for one UTF-16 unit. Unlike JavaScript's, without U+FEFF. */
function isSpace(unit: number): boolean {
  if (unit < 0x1680) {
    return (
      unit === 0x20 ||
      (unit >= 0x09 && unit <= 0x0d) ||
      (unit >= 0x1c && unit <= 0x1f) ||
      unit === 0x85 ||
      unit === 0xa0
    )
  }
  return (
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  )
}

/** `text[start:end].strip()` of Python, as a range; empty at `end` where all of it is space. */
export function stripRange(text: string, start: number, end: number): TextRange {
  let from = start
  let to = end
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return { start: from, end: to }
}

/** `len` of Python: code points of [start, end) in UTF-16 units. A lone surrogate is one. */
export function codePointLength(text: string, start = 0, end = text.length): number {
  let count = 0
  for (let i = start; i < end; count++) {
    i += (text.codePointAt(i) ?? 0) > 0xffff && i + 1 < end ? 2 : 1
  }
  return count
}

/** Scripts that write a word in a character or two, and their punctuation. */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u

/** Code points of [start, end), those of wide scripts counted twice: how much a text says, roughly. */
export function textWidth(text: string, start = 0, end = text.length): number {
  let width = 0
  for (const character of text.slice(start, end)) width += wide.test(character) ? 2 : 1
  return width
}
