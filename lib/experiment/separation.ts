/** How well a score tells needed steps from others, on traces with labels. */

import type { AggregateName, Model, SegmentedTrace, Session } from '../index.js'
import { CotPruneError, segment } from '../index.js'
import { randomNumbers } from '../random.js'
import { observerNames } from './names.js'
import { auc, mean, rankCorrelation, spread } from './stats.js'
import { stepEffects } from './step-effects.js'
import type { LabelledTrace, Separation } from './types.js'

/** One number for each step of a trace. */
type Scorer = (trace: SegmentedTrace, index: number) => Promise<readonly number[]>

export interface SeparationOptions {
  readonly model: Model
  readonly session: Session
  readonly traces: readonly LabelledTrace[]
  /** Also compare with what the absence of each step does to the right answer. @default false */
  readonly effects?: boolean | undefined
  /** Of the random scores. @default 1 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

const aggregates = ['sum', 'mean'] as const satisfies readonly AggregateName[]

/**
 * Reads every trace as text behind the model's own template and scores its steps in every way. For
 * each score the AUC of needed against other steps: the chance that a needed step is above another
 * one, 0.5 for a coin. The last step is left out: it states the result and is always needed. So are
 * traces whose other steps are all needed, or none.
 *
 * @returns one row a score, baselines first; mean over traces, half-width of its 95 % interval. With
 * `effects` also the rank correlation with what the absence of a step does, and that as a score itself.
 */
export async function separate(options: SeparationOptions): Promise<readonly Separation[]> {
  const { model, session, traces, effects = false, signal, onTrace } = options
  const found = new Map<string, Found>()
  const scorers = scorersOf(options)
  for (const [index, labelled] of traces.entries()) {
    signal?.throwIfAborted()
    const trace = await labelledTrace(model, labelled)
    const needed = labelled.steps.map((_, step) => labelled.needed.includes(step)).slice(0, -1)
    const effect = effects ? await stepEffects({ session, trace, signal }) : null
    const note = (name: string, scores: readonly number[]) => {
      const { aucs, ranks } = found.get(name) ?? { aucs: [], ranks: [] }
      const shown = scores.slice(0, -1)
      const rank = effect === null ? null : rankCorrelation(shown, effect.slice(0, -1))
      const area = auc(shown, needed)
      found.set(name, {
        aucs: area === null ? aucs : [...aucs, area],
        ranks: rank === null ? ranks : [...ranks, rank],
      })
    }
    for (const [name, score] of scorers) note(name, await score(trace, index))
    if (effect !== null) note('effect', effect)
    onTrace?.(index + 1, traces.length)
  }
  return [...found].map(([score, { aucs, ranks }]) => ({
    score,
    auc: mean(aucs) ?? Number.NaN,
    halfWidth: spread(aucs),
    traces: aucs.length,
    effectRank: mean(ranks),
  }))
}

interface Found {
  readonly aucs: readonly number[]
  readonly ranks: readonly number[]
}

/** The trace of a labelled chain of thought, one step for each of its steps. @throws ERR_DATASET */
export async function labelledTrace(
  model: Model,
  labelled: LabelledTrace,
): Promise<SegmentedTrace> {
  const trace = segment(
    await model.traceOf({
      messages: [{ role: 'user', content: labelled.problem }],
      thinking: labelled.steps.join('\n\n'),
      answer: labelled.reply,
    }),
    { minCharacters: 0 },
  )
  if (trace.steps.length === labelled.steps.length) return trace
  throw new CotPruneError(
    'ERR_DATASET',
    `trace ${labelled.id} has ${labelled.steps.length} steps and reads as ${trace.steps.length}: ` +
      'a step may hold no blank line',
  )
}

function scorersOf({ session, seed = 1, signal }: SeparationOptions): Map<string, Scorer> {
  const scorers = new Map<string, Scorer>([
    ['random', async (trace, index) => randomNumbers(trace.steps.length, seed + index)],
    ['recency', async trace => trace.steps.map(({ index }) => index)],
    ['length', async trace => trace.steps.map(step => step.tokenEnd - step.tokenStart)],
  ])
  for (const observer of observerNames) {
    for (const aggregate of aggregates) {
      scorers.set(`${observer}, ${aggregate}`, async trace => {
        return (await session.scoreSteps(trace, { observer, aggregate, signal })).scores
      })
    }
  }
  return scorers
}
