/** How an answer is written, and when two of them are the same value. */

import type { AnswerDecision, AnswerVerdict } from '../../types/public.js'
import { invalidValue } from '../base/errors.js'
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

/** The rules by which answers are found and compared; another number where old results may be judged otherwise. */
export const answerChecker = 2

/**
 * Whether an answer is the expected one, and why: by the kind of the expected one, exactly where both are fractions, to sixty
 * digits where they are not. Where any of several is right, the decision on the nearest one.
 *
 * @param found null for no answer
 * @throws TypeError where there is nothing to compare with
 * @see the page docs/answers.md, which compares it with math-verify
 */
export function decideAnswer(
  found: string | null,
  expected: string | readonly string[],
): AnswerDecision {
  const decisions = [expected].flat().map(one => compareAnswers(found, one))
  const of = (verdict: AnswerVerdict) => decisions.find(decision => decision.verdict === verdict)
  const decision = of('equal') ?? of('undecided') ?? of('different')
  if (decision === undefined) throw invalidValue('expected', 'an answer, or some', expected)
  return decision
}

/** Answers in groups of the same value, in the order in which they first stand there; null is in none. */
export function answerGroups(
  answers: readonly (string | null)[],
): { readonly answer: string; readonly count: number }[] {
  const groups: { readonly answer: string; count: number }[] = []
  for (const answer of answers) {
    if (answer === null) continue
    const group = groups.find(other => sameAnswer(other.answer, answer))
    if (group === undefined) groups.push({ answer, count: 1 })
    else group.count++
  }
  return groups
}

/** Whether two answers are surely the same value. No answer (null) is the same as nothing. */
export function sameAnswer(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && (a === b ? a !== '' : compareAnswers(a, b).verdict === 'equal')
}
