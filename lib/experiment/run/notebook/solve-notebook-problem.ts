/**
 * One problem in the loop of the seed notebook (its section 4), step by step as it is there. The
 * preset `notebook` lists the faults that this keeps.
 */

import type { Trace } from '../../../../types/public.js'
import { codePointLength } from '../../../base/text.js'
import { type Asked, describeProblem, generateTrace } from '../ask.js'
import type { ProblemResult, ThresholdResult } from '../result-types.js'
import type { Plan, Unit } from '../types.js'
import { extractNotebookAnswer, repromptText } from './answer.js'
import { pruneNotebook } from './prune.js'
import { scoreNotebook } from './score.js'
import { segmentNotebook } from './segment.js'
import type { NotebookScores } from './types.js'

/** What the results call its score. */
export const notebookMethod = 'notebook'

/** Solve one problem at all thresholds, each with its own sampled re-evaluation. */
export async function solveNotebookProblem(plan: Plan, unit: Unit): Promise<ProblemResult> {
  const start = performance.now()
  const { index } = unit
  const trace = await generateTrace(plan, unit)
  const asked = { ...describeProblem(plan, unit, trace), splitter: 'paragraph' }
  if (segmentNotebook(trace.text).steps.length === 0) {
    const correct = asked.expected === null ? null : false
    const thresholds = plan.thresholds.map(threshold => ({ ...emptyRow, correct, threshold }))
    return { ...asked, steps: [], methods: [], thresholds, millis: performance.now() - start }
  }
  plan.emit({ type: 'stage', index, stage: 'score' })
  const scoring = performance.now()
  const scores = await scoreNotebook(plan.session, trace, { signal: plan.signal })
  const method = {
    method: notebookMethod,
    scores: scores.steps.map(({ importance }) => importance),
    decodedTokens: scores.decodedTokens,
    millis: performance.now() - scoring,
  }
  plan.emit({ type: 'stage', index, stage: 'evaluate' })
  const thresholds: ThresholdResult[] = []
  for (const threshold of plan.thresholds) {
    thresholds.push(await evaluateThreshold({ plan, asked, trace, scores, threshold }))
  }
  return {
    ...asked,
    steps: scores.steps.map(({ index, text }) => ({ index, text, tokens: null })),
    methods: [method],
    thresholds,
    millis: performance.now() - start,
  }
}

/** The seed counts a problem without steps in the total, and as wrong, and in nothing else. */
const emptyRow: Omit<ThresholdResult, 'threshold'> = {
  method: notebookMethod,
  kept: [],
  keptSteps: 0,
  steps: 0,
  keptTokens: null,
  thinkingTokens: null,
  length: 0,
  predicted: null,
  source: 'none',
  extraction: null,
  correct: false,
  sameAs: null,
  decodedTokens: 0,
  output: null,
  millis: 0,
}

interface Scored {
  readonly plan: Plan
  readonly asked: Asked
  readonly trace: Trace
  readonly scores: NotebookScores
  readonly threshold: number
}

async function evaluateThreshold(scored: Scored): Promise<ThresholdResult> {
  const { asked, trace, scores, threshold } = scored
  const start = performance.now()
  const pruned = pruneNotebook(scores.steps, scores.thinking, scores.answer, threshold)
  const again = threshold === 0 ? null : await reprompt(scored, pruned.text)
  const read = extractNotebookAnswer(again?.text ?? trace.text)
  const number = read ?? (again && extractNotebookAnswer(pruned.text))
  const predicted = number === null ? null : String(number)
  return {
    ...emptyRow,
    threshold,
    kept: pruned.kept,
    keptSteps: pruned.kept.length,
    steps: scores.steps.length,
    length: codePointLength(pruned.text),
    predicted,
    source: again === null ? 'trace' : read === null ? 'pruned-text' : 'evaluation',
    correct: asked.expected === null ? null : predicted === asked.expected,
    decodedTokens: again === null ? 0 : again.prompt.tokens.length + again.tokens.length,
    output: again === null ? null : again.text,
    millis: performance.now() - start,
  }
}

/** The seed's `reevaluate`: a new conversation about the problem and the pruned text. */
function reprompt(scored: Scored, prunedText: string): Promise<Trace> {
  const { plan, asked, threshold } = scored
  const { mode: _, ...sampling } = plan.preset.evaluation
  const content = repromptText(asked.problem, prunedText)
  return plan.session
    .generate([{ role: 'user', content }], {
      ...sampling,
      // The notebook has no seeds; one for each threshold keeps its draws independent.
      seed: (asked.seed + 7919 * plan.thresholds.indexOf(threshold)) >>> 0,
      signal: plan.signal,
    })
    .finish()
}
