/** How an answer is written, and when two of them are the same value. */

// Texts come from models and may be long and repetitive: no pattern here may backtrack over a run
// of unlimited length, hence the bounds.

/** A number as people write it: 1234, 1,234 or 1{,}234, decimals, the other part of a fraction. */
export const digits = String.raw`(?:(?:\d{1,3}(?:(?:,|\{,\})\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:\/\d+)?`
export const numberPattern = String.raw`[-+\u2212]?\s?${digits}`

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
