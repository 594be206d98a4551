/** The problems of a study, solved once: what every part that looks at the model's own traces begins with. */

import type { Trace } from '../../../types/public.js'
import { decideAnswer, ownAnswer } from '../../index.js'
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

/** What `solveProblems` takes. */
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

/** A problem, solved once. */
export interface SolvedProblem {
  readonly id: string
  /** Null where no answer is known to be right; a thinking that was cut off has none. */
  readonly correct: boolean | null
  /** Surely neither equal nor different, which counts as not right. */
  readonly undecided?: true | undefined
  readonly end: ThinkingEnd
  readonly trace: Trace
}

/** What became of all of them; the traces stay out of it. */
export interface SolvedSummary {
  readonly problems: number
  /** Of those whose answer is known. */
  readonly correct: number
  readonly total: number
  /** Of `total`: counted as not right; missing where there are none. */
  readonly undecided?: number | undefined
  readonly ends: Readonly<Record<ThinkingEnd, number>>
  /** As `trace.looping`. */
  readonly looping: number
  /** Mean of what was generated. */
  readonly tokens: number | null
  /** Of the generations. */
  readonly millis: number
}

/**
 * Solve each problem once, each from an empty cache.
 *
 * @returns results, in the order of the problems, as they come
 * @throws as `session.generate`; `signal.reason`
 */
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
    yield { id: problem.id, ...judged(trace, end, expected), end, trace }
  }
}

function judged(
  trace: Trace,
  end: ThinkingEnd,
  expected: readonly string[],
): Pick<SolvedProblem, 'correct' | 'undecided'> {
  if (expected.length === 0) return { correct: null }
  // the last number of a thought that was cut off is no answer
  if (end === 'cut') return { correct: false }
  const { verdict } = decideAnswer(ownAnswer(trace).value, expected)
  return { correct: verdict === 'equal', ...(verdict === 'undecided' && { undecided: true }) }
}

/** What became of the problems of `solveProblems`: counts, tokens in the mean, milliseconds in sum. Pure. */
export function summarizeSolved(solved: readonly SolvedProblem[]): SolvedSummary {
  const judged = solved.filter(({ correct }) => correct !== null)
  const undecided = judged.filter(of => of.undecided).length
  const ended = (end: ThinkingEnd) => solved.filter(of => of.end === end).length
  return {
    problems: solved.length,
    correct: judged.filter(({ correct }) => correct).length,
    total: judged.length,
    ...(undecided > 0 && { undecided }),
    ends: { closed: ended('closed'), cut: ended('cut'), 'never-opened': ended('never-opened') },
    looping: solved.filter(({ trace }) => trace.looping === true).length,
    tokens: mean(solved.map(({ trace }) => trace.tokens.length)),
    millis: solved.reduce((sum, { trace }) => sum + trace.millis.generation, 0),
  }
}
