/** The model's own traces, cut in several places, pruned, and thought on from there: one curve over the cuts. */

import type { ChosenHeads, CutPoint } from '../../../types/public.js'
import type { Dataset } from '../datasets/types.js'
import { summarize, summaryContext } from '../results/summary.js'
import type { ExperimentSummary } from '../results/types.js'
import type { AskOptions } from '../run/ask-options.js'
import type { ProblemResult } from '../run/result-types.js'
import { runExperiment } from '../run/run.js'
import type { ExperimentSession, MethodChoice } from '../run/types.js'

/** What `resumeCurve` takes. */
export interface ResumeCurveOptions {
  /** Of `replaySession`, where the traces are not to be generated again for each cut. */
  readonly session: ExperimentSession
  readonly dataset: Dataset
  /** What the first method, 'step-graph', reads. */
  readonly heads: ChosenHeads
  /** Shares of the thinking at which it is cut, beside 'before-answer'. @default 0.3, 0.5, 0.7, 0.9 */
  readonly shares?: readonly number[] | undefined
  readonly ask?: AskOptions | undefined
  readonly maxTokens?: number | undefined
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each result, with how many of all cuts are done. */
  readonly onResult?: ((done: number, total: number) => void) | undefined
}

/** One cut, over all problems. */
export interface ResumeAtCut {
  readonly cut: CutPoint
  readonly summary: ExperimentSummary
}

/** Shares of the thinking at which `resumeCurve` cuts. */
export const resumeShares: readonly number[] = [0.3, 0.5, 0.7, 0.9]
/** At equal kept tokens; the first prunes by the threshold. */
export const resumeMethods = [
  'step-graph',
  'recency',
  'random',
] as const satisfies readonly MethodChoice[]
export const resumeThresholds: readonly number[] = [0.3, 0.5]

/**
 * Cuts traces in several places, prunes them by `step-graph`, `recency` and `random` at equal kept tokens, and lets the model think on.
 *
 * @returns a summary for each cut: 'before-answer' first, then by share
 * @throws as `runExperiment`; `signal.reason`
 */
export async function resumeCurve(options: ResumeCurveOptions): Promise<readonly ResumeAtCut[]> {
  const { shares = resumeShares, onResult, ...rest } = options
  const cuts: CutPoint[] = ['before-answer', ...shares.map(share => ({ share }))]
  const total = cuts.length * options.dataset.problems.length
  const found: ResumeAtCut[] = []
  let done = 0
  for (const cut of cuts) {
    const run = {
      ...rest,
      methods: resumeMethods,
      thresholds: resumeThresholds,
      evaluation: 'resume',
      resume: { cut },
    } as const
    const results: ProblemResult[] = []
    for await (const result of runExperiment(run)) {
      results.push(result)
      onResult?.(++done, total)
    }
    found.push({ cut, summary: summarize(results, summaryContext(run)) })
  }
  return found
}
