/**
 * One problem in the standard loop: generate, segment, score in every way, then prune at every
 * threshold and read all answers in one batch. Threshold 0 is the trace itself: nothing is decoded,
 * but where all rows have to be asked alike.
 */

import type { Evaluation, PrunedTrace } from '../../../types/public.js'
import { type ScoredTrace, type SegmentedTrace, segment } from '../../index.js'
import { rightAnswers } from '../datasets/right-answers.js'
import { describeProblem, generateTrace, seedOf, thinkingEnd } from './ask.js'
import { nothingKept } from './names.js'
import type { MethodResult, ProblemResult } from './result-types.js'
import { baselineRow, emptyRow, keyOf, rowsOf } from './rows.js'
import {
  answersOf,
  cutSubject,
  hiddenSubject,
  pruneAll,
  pruneHidden,
  type Subject,
} from './subject.js'
import { type Prune, type SweptTrace, sweep } from './sweep.js'
import type { Plan, Unit } from './types.js'

/** Solve one problem with all methods at all thresholds. */
export async function solveProblem(plan: Plan, unit: Unit): Promise<ProblemResult> {
  const start = performance.now()
  const expected = rightAnswers(unit.problem, plan.preset.expects)
  const trace = await generateTrace(plan, unit)
  const segmented = segment(trace, plan.preset.segmenting)
  const cutOff = thinkingEnd(trace) === 'cut'
  // the last number of a thought that was cut off is no answer
  const answers = cutOff ? answersOf(null, expected) : answersOf(segmented, expected)
  const subject = subjectOf(plan, segmented, answers)
  const described = describeProblem(plan, unit, trace)
  const result = {
    ...described,
    splitter: segmented.splitter,
    ...(subject.leaks && { leaks: true }),
  }
  if (subject.trace === null || subject.trace.steps.length === 0) {
    const alike = plan.resume !== null || plan.hideAnswer
    const row = alike ? emptyRow(trace) : baselineRow(trace, 0, expected)
    const thresholds = placesOf(plan).map(place => ({ ...row, ...place, sameAs: null }))
    return { ...result, steps: [], methods: [], thresholds, millis: performance.now() - start }
  }
  const scored = await scoreAll(plan, unit, subject.trace)
  const swept = sweepAll(plan, scored, answers)
  // of a thinking that was cut off, the pruned rows alone would get an end and an answer
  const askAll = plan.askAgain || plan.resume !== null || plan.hideAnswer || cutOff
  const evaluated = await evaluateDistinct(plan, unit, swept, {
    askAll,
    length: trace.tokens.length,
  })
  return {
    ...result,
    steps: subject.trace.steps.map(({ index, text, tokenStart, tokenEnd }) => ({
      index,
      text,
      tokens: tokenEnd - tokenStart,
    })),
    methods: scored.map(({ result: method }) => method),
    thresholds: rowsOf(swept, evaluated, expected),
    millis: performance.now() - start,
  }
}

function subjectOf(plan: Plan, trace: SegmentedTrace, answers: readonly string[]): Subject {
  if (plan.resume !== null) return cutSubject(trace, plan.resume.cut, answers)
  return plan.hideAnswer ? hiddenSubject(trace, answers) : { trace, leaks: false }
}

/** The rows that every problem has, in their order. */
const placesOf = ({ methods, thresholds, resume }: Plan) => [
  ...methods.flatMap(({ name: method }) => thresholds.map(threshold => ({ method, threshold }))),
  ...(resume === null ? [] : [nothingKept]),
]

interface Scored {
  readonly method: string
  readonly trace: ScoredTrace
  readonly result: MethodResult
}

async function scoreAll(plan: Plan, unit: Unit, segmented: SegmentedTrace): Promise<Scored[]> {
  plan.emit({ type: 'stage', index: unit.index, stage: 'score' })
  const all: Scored[] = []
  for (const { name: method, score, picture } of plan.methods) {
    plan.signal?.throwIfAborted()
    const start = performance.now()
    const trace = await score(segmented, seedOf(plan, unit))
    const { scores, scoring } = trace
    const decodedTokens = 'decodedTokens' in scoring ? scoring.decodedTokens : 0
    const millis = performance.now() - start
    const pictures = plan.pictures ? await picture?.(segmented) : undefined
    const result = { method, scores, decodedTokens, millis, ...pictures }
    all.push({ method, trace, result })
  }
  return all
}

function sweepAll(plan: Plan, scored: readonly Scored[], answers: readonly string[]): SweptTrace[] {
  const hidden: Prune = (trace, options) => pruneHidden(trace, answers, options)
  const swept = sweep(scored, plan.thresholds, plan.preset, plan.hideAnswer ? hidden : undefined)
  const [first] = scored
  if (plan.resume === null || first === undefined) return swept
  return [...swept, { ...nothingKept, pruned: pruneAll(first.trace) }]
}

/** Whether all rows are asked, and how many tokens the whole trace had. */
interface Asking {
  readonly askAll: boolean
  readonly length: number
}

/**
 * Evaluate each kept set once; a set that lacks nothing is the trace itself, whose answer is there.
 * Sampled evaluations of equal sets would differ by their seeds alone, so they share one as well.
 */
async function evaluateDistinct(
  plan: Plan,
  unit: Unit,
  swept: readonly SweptTrace[],
  { askAll, length }: Asking,
): Promise<ReadonlyMap<string, Evaluation>> {
  const distinct = new Map<string, PrunedTrace>()
  for (const { pruned } of swept) {
    if (askAll || pruned.removedTokens.length > 0) distinct.set(keyOf(pruned), pruned)
  }
  if (distinct.size === 0) return new Map()
  plan.emit({ type: 'stage', index: unit.index, stage: 'evaluate' })
  const { evaluation } = plan.preset
  const thinks = evaluation.mode === 'reprompt' || evaluation.mode === 'resume'
  const evaluations = await plan.session.evaluateAll([...distinct.values()], {
    // where the model thinks, it does as it did
    ...(thinks && samplingOf(plan.ask)),
    ...evaluation,
    ...(plan.resume !== null && { maxTokens: plan.resume.maxTokens ?? Math.max(512, 2 * length) }),
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

const samplingOf = ({ sampling: { from: _, ...sampling } }: Plan['ask']) => sampling
