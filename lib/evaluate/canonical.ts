/** How an answer is written, and when two of them are the same value. */

import type { AnswerDecision } from '../../types/public.js'
import { compareAnswers } from './checker/compare.js'
import { plainText } from './plain.js'

// Texts come from models and may be long and repetitive: no pattern here may backtrack over a run
// of unlimited length, hence the bounds.

/** A number as people write it: 1234, 1,234 or 1{,}234, decimals, the other part of a fraction. */
export const digits = String.raw`(?:(?:\d{1,3}(?:(?:,|\{,\})\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:\/\d+)?`
export const numberPattern = String.raw`[-+\u2212]?\s?${digits}`

const thousands = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?(?:%|\^\\circ)?$/
const integer = /^([-+]?)(\d+)(?:\.0*)?$/

const withoutLeadingZeros = (value: string): string => value.replace(/^0+(?=\d)/, '')

/**
 * An integer without leading zeros, separators, plus or `.0`; anything else as written, without what only says how it looks:
 * `$`, LaTeX spaces and wrappers, sizes, colours, a full stop. '' where nothing is left.
 */
export function canonicalAnswer(written: string): string {
  const bare = plainText(written).replace(/\^\{?\\circ\s*\}?/g, '°')
  const number = thousands.test(bare) ? bare.replaceAll(',', '') : bare
  const [, sign, value] = integer.exec(number) ?? []
  if (value === undefined) return number
  const short = withoutLeadingZeros(value)
  return sign === '-' && short !== '0' ? `-${short}` : short
}

/**
 * Whether an answer is the expected one, and why: by the kind of the expected one, exactly where both are fractions, to sixty
 * digits where they are not. `null` for no answer.
 */
export const decideAnswer = (found: string | null, expected: string): AnswerDecision =>
  compareAnswers(found, expected)

/** Whether two answers are surely the same value. No answer (null) is the same as nothing. */
export function sameAnswer(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && (a === b ? a !== '' : compareAnswers(a, b).verdict === 'equal')
}
