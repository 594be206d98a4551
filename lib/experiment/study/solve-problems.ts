/** The problems of a study, solved once: what every part that looks at the model's own traces begins with. */

import type { Trace } from '../../../types/public.js'
import { ownAnswer, sameAnswer } from '../../index.js'
import { rightAnswers } from '../datasets/right-answers.js'
import type { Dataset } from '../datasets/types.js'
import { mean } from '../results/statistics.js'
import { thinkingEnd } from '../run/ask.js'
import {
  type AskOptions,
  askFor,
  generationOptions,
  messagesFor,
  resolveAsk,
} from '../run/ask-options.js'
import type { ThinkingEnd } from '../run/result-types.js'
import type { ExperimentSession } from '../run/types.js'

export interface SolveOptions {
  readonly session: Pick<ExperimentSession, 'generate' | 'clear' | 'model'>
  readonly dataset: Dataset
  readonly ask?: AskOptions | undefined
  readonly maxTokens: number
  /** Problem i is generated with seed + i. @default 0 */
  readonly seed?: number | undefined
  /** So many of the first problems are solved already. @default 0 */
  readonly from?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface SolvedProblem {
  readonly id: string
  /** Null where no answer is known to be right; a thinking that was cut off has none. */
  readonly correct: boolean | null
  readonly end: ThinkingEnd
  readonly trace: Trace
}

/** What became of all of them; the traces stay out of it. */
export interface SolvedSummary {
  readonly problems: number
  /** Of those whose answer is known. */
  readonly correct: number
  readonly total: number
  readonly ends: Readonly<Record<ThinkingEnd, number>>
  /** As `trace.looping`. */
  readonly looping: number
  /** Mean of what was generated. */
  readonly tokens: number | null
  /** Of the generations. */
  readonly millis: number
}

export async function* solveProblems(
  options: SolveOptions,
): AsyncGenerator<SolvedProblem, void, undefined> {
  const { session, dataset, maxTokens, seed = 0, from = 0, signal } = options
  const ask = resolveAsk(askFor(dataset, options.ask), {}, session.model.info?.sampling)
  for (const [index, problem] of dataset.problems.entries()) {
    if (index < from) continue
    signal?.throwIfAborted()
    await session.clear()
    const how = { ...generationOptions(ask), maxTokens, seed: (seed + index) >>> 0, signal }
    const trace = await session.generate(messagesFor(problem, ask), how).finish()
    const expected = rightAnswers(problem)
    const end = thinkingEnd(trace)
    const correct = expected.length === 0 ? null : isRight(trace, end, expected)
    yield { id: problem.id, correct, end, trace }
  }
}

function isRight(trace: Trace, end: ThinkingEnd, expected: readonly string[]): boolean {
  const { value } = ownAnswer(trace)
  return end !== 'cut' && expected.some(answer => sameAnswer(value, answer))
}

/** Pure. */
export function summarizeSolved(solved: readonly SolvedProblem[]): SolvedSummary {
  const judged = solved.filter(({ correct }) => correct !== null)
  const ended = (end: ThinkingEnd) => solved.filter(of => of.end === end).length
  return {
    problems: solved.length,
    correct: judged.filter(({ correct }) => correct).length,
    total: judged.length,
    ends: { closed: ended('closed'), cut: ended('cut'), 'never-opened': ended('never-opened') },
    looping: solved.filter(({ trace }) => trace.looping === true).length,
    tokens: mean(solved.map(({ trace }) => trace.tokens.length)),
    millis: solved.reduce((sum, { trace }) => sum + trace.millis.generation, 0),
  }
}
