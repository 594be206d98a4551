/**
 * One problem in the standard loop: generate, segment, score, then prune at every threshold and
 * read all answers in one batch. Threshold 0 is the trace itself: nothing is decoded for it.
 */

import type { Evaluation, ExtractedAnswer, PrunedTrace, Trace } from '../../types/public.js'
import { prune, sameAnswer, segment } from '../index.js'
import { ownAnswer } from '../report/report.js'
import { codePointLength } from '../text.js'
import { describeProblem, expectedAnswer, generateTrace, seedOf } from './generate.js'
import type { Plan, Problem, ProblemResult, ThresholdResult } from './types.js'

/** Solve one problem at all thresholds. */
export async function solveProblem(
  plan: Plan,
  problem: Problem,
  index: number,
): Promise<ProblemResult> {
  const start = performance.now()
  const expected = expectedAnswer(plan, problem)
  const trace = await generateTrace(plan, problem.problem, index)
  const segmented = segment(trace, plan.preset.segmenting)
  const result = describeProblem(plan, problem, index, trace)
  if (segmented.steps.length === 0) {
    const row = baselineRow(trace, 0, 0, expected)
    const thresholds = plan.thresholds.map(threshold => ({ ...row, threshold }))
    return { ...result, steps: [], thresholds, millis: performance.now() - start }
  }
  plan.emit({ type: 'stage', index, stage: 'score' })
  const scored = await plan.session.scoreSteps(segmented, {
    ...plan.preset.scoring,
    signal: plan.signal,
  })
  const pruned = plan.thresholds.map(threshold => prune(scored, { threshold }))
  const evaluated = await evaluateDistinct(plan, pruned, index)
  return {
    ...result,
    steps: scored.steps.map(step => ({
      index: step.index,
      text: step.text,
      score: scored.scores[step.index] ?? Number.NaN,
      tokens: step.tokenEnd - step.tokenStart,
    })),
    thresholds: rows(plan, pruned, evaluated, expected),
    millis: performance.now() - start,
  }
}

/**
 * Evaluate each kept set once; a set that lacks nothing is the trace itself and not evaluated.
 * Sampled evaluations of equal sets would differ by their seeds alone, so they share one as well.
 */
async function evaluateDistinct(
  plan: Plan,
  pruned: readonly PrunedTrace[],
  index: number,
): Promise<ReadonlyMap<string, Evaluation>> {
  const distinct = new Map<string, PrunedTrace>()
  for (const trace of pruned) {
    const key = keyOf(trace)
    if (trace.removed.length > 0 && !distinct.has(key)) distinct.set(key, trace)
  }
  if (distinct.size === 0) return new Map()
  plan.emit({ type: 'stage', index, stage: 'evaluate' })
  const evaluations = await plan.session.evaluateAll([...distinct.values()], {
    ...plan.preset.evaluation,
    seed: seedOf(plan, index),
    signal: plan.signal,
  })
  const byKey = new Map<string, Evaluation>()
  for (const [place, key] of [...distinct.keys()].entries()) {
    const evaluation = evaluations[place]
    if (evaluation) byKey.set(key, evaluation)
  }
  return byKey
}

function rows(
  plan: Plan,
  pruned: readonly PrunedTrace[],
  evaluated: ReadonlyMap<string, Evaluation>,
  expected: string | null,
): ThresholdResult[] {
  const first = new Map<string, number>()
  return pruned.map((trace, place) => {
    const threshold = plan.thresholds[place] ?? Number.NaN
    const key = keyOf(trace)
    const sameAs = first.get(key) ?? null
    if (sameAs === null) first.set(key, threshold)
    const evaluation = evaluated.get(key)
    if (!evaluation) {
      return { ...baselineRow(trace, threshold, trace.steps.length, expected), sameAs }
    }
    return prunedRow(trace, evaluation, { threshold, sameAs, expected })
  })
}

/** The row of a trace from which nothing was removed: its own answer, nothing decoded. */
function baselineRow(
  trace: Trace,
  threshold: number,
  steps: number,
  expected: string | null,
): ThresholdResult {
  const { charStart, charEnd, tokenStart, tokenEnd } = trace.thinking
  const answer = ownAnswer(trace)
  return {
    threshold,
    kept: Array.from({ length: steps }, (_, index) => index),
    keptSteps: steps,
    steps,
    keptTokens: tokenEnd - tokenStart,
    thinkingTokens: tokenEnd - tokenStart,
    length: codePointLength(trace.text.slice(charStart, charEnd)),
    predicted: answer.value,
    source: 'trace',
    extraction: answer.extraction,
    correct: isCorrect(answer, expected),
    sameAs: null,
    decodedTokens: 0,
    output: null,
    millis: 0,
  }
}

function prunedRow(
  trace: PrunedTrace,
  evaluation: Evaluation,
  row: { threshold: number; sameAs: number | null; expected: string | null },
): ThresholdResult {
  const fresh = row.sameAs === null
  return {
    threshold: row.threshold,
    kept: trace.kept,
    keptSteps: trace.kept.length,
    steps: trace.steps.length,
    keptTokens: trace.prunedTokens.length,
    thinkingTokens: trace.thinking.tokenEnd - trace.thinking.tokenStart,
    length: codePointLength(trace.prunedText),
    predicted: evaluation.answer.value,
    source: 'evaluation',
    extraction: evaluation.answer.extraction,
    correct: isCorrect(evaluation.answer, row.expected),
    sameAs: row.sameAs,
    decodedTokens: fresh ? evaluation.tokens.decoded + evaluation.tokens.generated : 0,
    output: evaluation.text,
    millis: fresh ? evaluation.millis : 0,
  }
}

function isCorrect(answer: ExtractedAnswer, expected: string | null): boolean | null {
  if (expected === null) return null
  return answer.value !== null && sameAnswer(answer.value, expected)
}

function keyOf(trace: PrunedTrace): string {
  return trace.kept.join()
}
