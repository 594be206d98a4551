/** Which scores tell the steps that matter: by labels, and by what is missed where a step is left out. */

import type { ChosenHeads } from '../../../types/public.js'
import type { Model, SegmentedTrace, Session } from '../../index.js'
import { prune, scoreWith } from '../../index.js'
import { auc, mean, rankCorrelation, spread } from '../results/statistics.js'
import { type EveryScore, everyScore } from './every-score.js'
import { labelledTrace } from './labelled-traces.js'
import type { OwnTrace } from './own-traces.js'
import { type StepEffects, stepEffects } from './step-effects.js'
import type { Compression, Estimate, LabelledTrace, Separation } from './types.js'

/** What `studySteps` takes. */
export interface SeparationOptions {
  readonly model: Model
  readonly session: Session
  /** Labelled ones are read as text behind the model's own template. */
  readonly traces: readonly (LabelledTrace | OwnTrace)[]
  /** For the score 'step graph', of traces of a kind: see `headsWithout`. @default without it */
  readonly heads?: ((kind: string) => ChosenHeads) | undefined
  /** Also measure what is missed where a step is left out: one prefill a step. @default false */
  readonly effects?: boolean | undefined
  /** Of the random scores. @default 1 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each trace, with how many are done. */
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

/** A trace with all that is known of its steps, shape (steps) each. */
export interface StudiedTrace {
  readonly trace: SegmentedTrace
  readonly needed: readonly boolean[] | null
  readonly effects: StepEffects | null
  readonly scores: EveryScore
}

/** Score every trace in every way; what is read from it is `separations` and `compressions`. @throws as `session.scoreSteps`; `signal.reason` */
export async function studySteps(options: SeparationOptions): Promise<readonly StudiedTrace[]> {
  const { model, session, traces, heads, effects = false, seed = 1, signal, onTrace } = options
  const studied: StudiedTrace[] = []
  for (const [index, given] of traces.entries()) {
    signal?.throwIfAborted()
    const labelled = 'needed' in given ? given : null
    const trace = 'trace' in given ? given.trace : await labelledTrace(model, given)
    const answer = 'trace' in given ? (given.answer ?? undefined) : undefined
    studied.push({
      trace,
      needed: labelled?.steps.map((_, step) => labelled.needed.includes(step)) ?? null,
      scores: await everyScore({
        session,
        trace,
        heads: heads?.(given.kind),
        seed: seed + index,
        signal,
      }),
      effects: effects ? await stepEffects({ model, session, trace, answer, signal }) : null,
    })
    onTrace?.(index + 1, traces.length)
  }
  return studied
}

/**
 * How well each score finds the needed steps, as an AUC, or what is missed, as a rank correlation: one row a score. The last step is left out: it states the result and is always needed. A trace whose other
 * steps are all needed, or none, has no AUC. Where effects were measured, they are scores themselves. Pure.
 */
export function separations(studied: readonly StudiedTrace[]): readonly Separation[] {
  const names = [...(studied[0]?.scores.keys() ?? [])]
  if (studied.some(({ effects }) => effects !== null)) names.push(...effectNames)
  return names.map(score => {
    const over = (judge: (scores: readonly number[], trace: StudiedTrace) => number | null) =>
      estimate(studied.map(trace => judge(scoresOf(trace, score).slice(0, -1), trace)))
    return {
      score,
      auc: over((scores, { needed }) => needed && auc(scores, needed.slice(0, -1))),
      rest: over((scores, { effects }) => correlation(scores, effects?.rest)),
      answer: over((scores, { effects }) => correlation(scores, effects?.answer)),
    }
  })
}

/** What is left of the labelled traces at each threshold, the last step protected. Pure. */
export function compressions(
  studied: readonly StudiedTrace[],
  thresholds: readonly number[],
): readonly Compression[] {
  const labelled = studied.filter(({ needed }) => needed !== null)
  const names = [...(labelled[0]?.scores.keys() ?? [])]
  return names.flatMap(score =>
    thresholds.map(threshold => {
      const left = labelled.map(trace => leftOf(trace, scoresOf(trace, score), threshold))
      const over = (share: (of: Left) => number | null) =>
        estimate(left.map(share))?.mean ?? Number.NaN
      return {
        score,
        threshold,
        neededKept: over(({ neededKept }) => neededKept),
        othersRemoved: over(({ othersRemoved }) => othersRemoved),
        tokensKept: over(({ tokensKept }) => tokensKept),
        traces: left.length,
      }
    }),
  )
}

/** Shares; null where there is nothing of the kind. */
interface Left {
  readonly neededKept: number | null
  readonly othersRemoved: number | null
  readonly tokensKept: number
}

function leftOf({ trace, needed }: StudiedTrace, scores: readonly number[], at: number): Left {
  const scored = scoreWith(trace, { name: 'given', score: () => scores })
  const { kept, removed } = prune(scored, { threshold: at, protect: { last: 1 } })
  const isNeeded = (index: number) => needed?.[index] === true
  const others = trace.steps.filter(({ index }) => !isNeeded(index)).length
  const tokens = (indices: readonly number[]) =>
    indices.reduce((sum, index) => {
      const { tokenStart = 0, tokenEnd = 0 } = trace.steps[index] ?? {}
      return sum + tokenEnd - tokenStart
    }, 0)
  return {
    neededKept: kept.filter(isNeeded).length / (trace.steps.length - others),
    othersRemoved: others === 0 ? null : removed.filter(index => !isNeeded(index)).length / others,
    tokensKept: tokens(kept) / tokens(trace.steps.map(({ index }) => index)),
  }
}

const effectNames = ['missed by the rest', 'missed by the answer'] as const

function scoresOf({ scores, effects }: StudiedTrace, name: string): readonly number[] {
  if (name === effectNames[0]) return effects?.rest ?? []
  if (name === effectNames[1]) return effects?.answer ?? []
  return scores.get(name) ?? []
}

/** null where it was not measured, or a side does not vary. */
function correlation(
  scores: readonly number[],
  effects: readonly number[] | undefined,
): number | null {
  if (effects === undefined || effects.some(Number.isNaN)) return null
  return rankCorrelation(scores, effects.slice(0, -1))
}

function estimate(values: readonly (number | null)[]): Estimate | null {
  const found = values.filter(value => value !== null)
  const centre = mean(found)
  if (centre === null) return null
  return { mean: centre, halfWidth: spread(found), traces: found.length }
}
