/** What each way of pruning made of one trace: the rows of its result. Pure. */

import type { Evaluation, ExtractedAnswer, PrunedTrace, Trace } from '../../../types/public.js'
import { codePointLength } from '../../base/text.js'
import { decideAnswer, ownAnswer } from '../../index.js'
import type { Resumed, ThresholdResult } from './result-types.js'
import { derivedAgain } from './subject.js'
import type { SweptTrace } from './sweep.js'

export function rowsOf(
  swept: readonly SweptTrace[],
  evaluated: ReadonlyMap<string, Evaluation>,
  expected: readonly string[],
): ThresholdResult[] {
  const first = new Map<string, Pick<ThresholdResult, 'method' | 'threshold'>>()
  return swept.map(({ method, threshold, pruned }) => {
    const key = keyOf(pruned)
    const sameAs = first.get(key) ?? null
    if (sameAs === null) first.set(key, { method, threshold })
    const evaluation = evaluated.get(key)
    const row = evaluation
      ? prunedRow(pruned, evaluation, sameAs === null, expected)
      : baselineRow(pruned, pruned.steps.length, expected)
    return { ...row, method, threshold, sameAs }
  })
}

type Row = Omit<ThresholdResult, 'method' | 'threshold' | 'sameAs'>

/** The row of a trace from which nothing was removed: its own answer, nothing decoded. */
export function baselineRow(trace: Trace, steps: number, expected: readonly string[]): Row {
  const { charStart, charEnd, tokenStart, tokenEnd } = trace.thinking
  const answer = ownAnswer(trace)
  return {
    kept: Array.from({ length: steps }, (_, index) => index),
    keptSteps: steps,
    steps,
    keptTokens: tokenEnd - tokenStart,
    thinkingTokens: tokenEnd - tokenStart,
    length: codePointLength(trace.text.slice(charStart, charEnd)),
    predicted: answer.value,
    source: 'trace',
    extraction: answer.extraction,
    ...judged(answer, expected),
    decodedTokens: 0,
    output: null,
    millis: 0,
  }
}

/** The row of a trace of which nothing is left to ask about: it is judged nowhere. */
export const emptyRow = (trace: Trace): Row => ({
  ...baselineRow(trace, 0, []),
  predicted: null,
  source: 'none',
  extraction: 'none',
})

/** @param fresh the evaluation was made for this row */
function prunedRow(
  trace: PrunedTrace,
  evaluation: Evaluation,
  fresh: boolean,
  expected: readonly string[],
): Row {
  return {
    kept: trace.kept,
    keptSteps: trace.kept.length,
    steps: trace.steps.length,
    keptTokens: trace.prunedTokens.length,
    thinkingTokens: trace.thinking.tokenEnd - trace.thinking.tokenStart,
    length: codePointLength(trace.prunedText),
    predicted: evaluation.answer.value,
    source: 'evaluation',
    extraction: evaluation.answer.extraction,
    ...judged(evaluation.answer, expected),
    decodedTokens: fresh ? evaluation.tokens.decoded + evaluation.tokens.generated : 0,
    ...(evaluation.mode === 'resume' && { resumed: resumedOf(trace, evaluation) }),
    output: evaluation.text,
    millis: fresh ? evaluation.millis : 0,
  }
}

const resumedOf = (trace: PrunedTrace, { tokens, finish, looping, text }: Evaluation): Resumed => ({
  tokens: tokens.generated,
  finish,
  ...(looping && { looping }),
  ...derivedAgain(trace, text),
})

/** What is undecided is not right: an accuracy is never higher than what is sure. */
export function judged(
  { value }: ExtractedAnswer,
  expected: readonly string[],
): Pick<ThresholdResult, 'correct' | 'decision'> {
  if (expected.length === 0) return { correct: null, decision: null }
  const decision = decideAnswer(value, expected)
  return { correct: decision.verdict === 'equal', decision }
}

/** Which tokens are left: the same steps may have lost different tokens. */
export function keyOf({ removedTokens }: PrunedTrace): string {
  return removedTokens.map(({ start, end }) => `${start}-${end}`).join()
}
