/**
 * One problem in the standard loop: generate, segment, score in every way, then prune at every
 * threshold and read all answers in one batch. Threshold 0 is the trace itself: nothing is decoded.
 */

import type { Evaluation, ExtractedAnswer, PrunedTrace, Trace } from '../../../types/public.js'
import { codePointLength } from '../../base/text.js'
import {
  ownAnswer,
  type ScoredTrace,
  type SegmentedTrace,
  sameAnswer,
  segment,
} from '../../index.js'
import { describeProblem, expectedAnswer, generateTrace, seedOf } from './ask.js'
import type { MethodResult, ProblemResult, ThresholdResult } from './result-types.js'
import { type SweptTrace, sweep } from './sweep.js'
import type { Plan, Unit } from './types.js'

/** Solve one problem with all methods at all thresholds. */
export async function solveProblem(plan: Plan, unit: Unit): Promise<ProblemResult> {
  const start = performance.now()
  const expected = expectedAnswer(plan, unit.problem)
  const trace = await generateTrace(plan, unit)
  const segmented = segment(trace, plan.preset.segmenting)
  const result = { ...describeProblem(plan, unit, trace), splitter: segmented.splitter }
  if (segmented.steps.length === 0) {
    const row = baselineRow(trace, 0, expected)
    const thresholds = plan.methods.flatMap(({ name: method }) =>
      plan.thresholds.map(threshold => ({ ...row, method, threshold, sameAs: null })),
    )
    return { ...result, steps: [], methods: [], thresholds, millis: performance.now() - start }
  }
  const scored = await scoreAll(plan, unit, segmented)
  const swept = sweep(scored, plan.thresholds, plan.preset)
  const evaluated = await evaluateDistinct(plan, unit, swept)
  return {
    ...result,
    steps: segmented.steps.map(({ index, text, tokenStart, tokenEnd }) => ({
      index,
      text,
      tokens: tokenEnd - tokenStart,
    })),
    methods: scored.map(({ result: method }) => method),
    thresholds: rows(swept, evaluated, expected),
    millis: performance.now() - start,
  }
}

const samplingOf = ({ sampling: { from: _, ...sampling } }: Plan['ask']) => sampling

interface Scored {
  readonly method: string
  readonly trace: ScoredTrace
  readonly result: MethodResult
}

async function scoreAll(plan: Plan, unit: Unit, segmented: SegmentedTrace): Promise<Scored[]> {
  plan.emit({ type: 'stage', index: unit.index, stage: 'score' })
  const all: Scored[] = []
  for (const { name: method, score } of plan.methods) {
    plan.signal?.throwIfAborted()
    const start = performance.now()
    const trace = await score(segmented, seedOf(plan, unit))
    const { scores, scoring } = trace
    const decodedTokens = 'decodedTokens' in scoring ? scoring.decodedTokens : 0
    const result = { method, scores, decodedTokens, millis: performance.now() - start }
    all.push({ method, trace, result })
  }
  return all
}

/**
 * Evaluate each kept set once; a set that lacks nothing is the trace itself, whose answer is there.
 * Sampled evaluations of equal sets would differ by their seeds alone, so they share one as well.
 */
async function evaluateDistinct(
  plan: Plan,
  unit: Unit,
  swept: readonly SweptTrace[],
): Promise<ReadonlyMap<string, Evaluation>> {
  const distinct = new Map<string, PrunedTrace>()
  for (const { pruned } of swept) {
    if (plan.askAgain || pruned.removedTokens.length > 0) distinct.set(keyOf(pruned), pruned)
  }
  if (distinct.size === 0) return new Map()
  plan.emit({ type: 'stage', index: unit.index, stage: 'evaluate' })
  const evaluations = await plan.session.evaluateAll([...distinct.values()], {
    // where the model thinks anew, it does as it did
    ...(plan.preset.evaluation.mode === 'reprompt' && samplingOf(plan.ask)),
    ...plan.preset.evaluation,
    seed: seedOf(plan, unit),
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
  swept: readonly SweptTrace[],
  evaluated: ReadonlyMap<string, Evaluation>,
  expected: string | null,
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
function baselineRow(trace: Trace, steps: number, expected: string | null): Row {
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
    correct: isCorrect(answer, expected),
    decodedTokens: 0,
    output: null,
    millis: 0,
  }
}

/** @param fresh the evaluation was made for this row */
function prunedRow(
  trace: PrunedTrace,
  evaluation: Evaluation,
  fresh: boolean,
  expected: string | null,
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
    correct: isCorrect(evaluation.answer, expected),
    decodedTokens: fresh ? evaluation.tokens.decoded + evaluation.tokens.generated : 0,
    output: evaluation.text,
    millis: fresh ? evaluation.millis : 0,
  }
}

function isCorrect(answer: ExtractedAnswer, expected: string | null): boolean | null {
  if (expected === null) return null
  return answer.value !== null && sameAnswer(answer.value, expected)
}

/** Which tokens are left: the same steps may have lost different tokens. */
function keyOf({ removedTokens }: PrunedTrace): string {
  return removedTokens.map(({ start, end }) => `${start}-${end}`).join()
}
