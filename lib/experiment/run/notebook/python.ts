/**
 * The few Python semantics that the seed notebook relies on and that JavaScript does not share.
 * Each was compared with CPython over all of Unicode (test/golden/make_notebook.py). Character
 * classes follow the Unicode version of the running engine, as Python's follow that of Python:
 * characters that only one of the two knows yet may differ.
 */

import { stripRange } from '../../../base/text.js'

/**
 * `\s` of a Python str pattern and what `str.strip()` removes, for use inside brackets. Needs
 * flag u. JavaScript's own `\s` and `trim()` lack U+001C to U+001F and U+0085 and have U+FEFF
 * on top.
 */
export const SPACES = String.raw`\t-\r\x1c-\x1f\x85\p{Z}`

/** `\d` of a Python str pattern: every decimal digit of Unicode, not only 0 to 9. Needs flag u. */
export const DIGIT = String.raw`\p{Nd}`

/**
 * `\w` of a Python str pattern: letters and numbers of all scripts and the underscore, but no
 * combining marks. JavaScript's `\w` is ASCII, and so is its `\b`, even with flag u: a Python `\b`
 * beside a digit becomes a look-around for this class. Needs flag u.
 */
export const WORD = String.raw`[\p{L}\p{N}_]`

/**
 * `$` of a Python MULTILINE pattern: before `\n` or at the end. JavaScript's flag m also stops
 * before `\r`, U+2028 and U+2029. For patterns without flag m, where `$` is the end alone.
 */
export const LINE_END = String.raw`(?=\n|$)`

/**
 * Non-ASCII characters that Python's IGNORECASE takes for an ASCII letter. JavaScript's flags iu
 * use Unicode's simple folding and miss both dotted and dotless i; flag i alone misses all four.
 */
const FOLDED: Readonly<Record<string, string>> = { i: '\u0130\u0131', k: '\u212a', s: '\u017f' }

/** A pattern without flag i that matches `literal` (lower case) as Python's IGNORECASE does. */
export function ignoreCase(literal: string): string {
  return literal.replace(
    /[a-z]/g,
    letter => `[${letter}${letter.toUpperCase()}${FOLDED[letter] ?? ''}]`,
  )
}

/** `text.strip()`: removes what `SPACES` lists from both ends. */
export function strip(text: string): string {
  const { start, end } = stripRange(text, 0, text.length)
  return text.slice(start, end)
}

/** `text[-count:]` in code points; 2·count units always hold that many. */
export function lastCodePoints(text: string, count: number): string {
  return Array.from(text.slice(-2 * count))
    .slice(-count)
    .join('')
}

/** `sys.get_int_max_str_digits()` of a CPython that nobody configured, leading zeros included. */
const MAX_INT_DIGITS = 4300

/**
 * `int(digits)` of what `\d+` matched, in any mix of scripts; null where Python raises ValueError
 * because there are too many digits.
 */
export function int(digits: string): bigint | null {
  const characters = Array.from(digits)
  if (characters.length > MAX_INT_DIGITS) return null
  return BigInt(characters.map(digitValue).join(''))
}

const digit = new RegExp(`^${DIGIT}$`, 'u')

/** Unicode lays decimal digits out in runs of ten, 0 first; neighbouring runs do not break that. */
function digitValue(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return code - 0x30
  let start = code
  while (digit.test(String.fromCodePoint(start - 1))) start--
  return (code - start) % 10
}

/**
 * `sum(values)` of floats since Python 3.12, the Python of the seed's run (Colab, February 2026):
 * compensated (Neumaier). Up to 3.11 it was a plain loop, which differs in the last bit.
 */
export function compensatedSum(values: readonly number[]): number {
  let total = 0
  let lost = 0
  for (const value of values) {
    const next = total + value
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total
    total = next
  }
  return Number.isFinite(lost) ? total + lost : total
}
