/**
 * Which heads follow the needed steps: found on traces where it is known, or measured, which those are, and judged
 * on kinds of problems that were not used to choose them.
 */

import type { ChosenHeads } from '../../../types/public.js'
import { checkKnown, integer, keysOf } from '../../base/check.js'
import { outOfRange } from '../../base/errors.js'
import type { ChainScore, HeadExample, HeadRef, Model, Session } from '../../index.js'
import {
  CotPruneError,
  graphAggregates,
  HeadChooser,
  scoreStepGraph,
  scoreWith,
} from '../../index.js'
import { auc, mean, rankCorrelation, spread } from '../results/statistics.js'
import { labelledTrace } from './labelled-traces.js'
import type { LabelledTrace } from './types.js'

/** What every calibration takes, whatever says which steps of its traces matter. */
export interface CalibrationInput<T> {
  readonly model: Model
  readonly session: Session
  readonly traces: readonly T[]
  /** How many are chosen at most. @default 4 */
  readonly heads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called behind each trace, with how many are done. */
  readonly onTrace?: ((done: number, total: number) => void) | undefined
}

/** What `calibrateHeads` takes. */
export type CalibrationOptions = CalibrationInput<LabelledTrace>

/** How well something ranks steps, on traces. */
export interface Judgement {
  readonly score: string
  /** Mean over traces, in the calibration's measure. */
  readonly value: number
  /** Of its 95 % interval. */
  readonly halfWidth: number
  readonly traces: number
}

/** Heads that a calibration chose, and how well they and what needs no choice rank steps. */
export interface Calibration extends ChosenHeads {
  /** By what: steps known to be needed, or what is missed where a step is left out. */
  readonly labels: 'needed' | 'deletion'
  /** AUC of needed against other steps, or Spearman's rank correlation with the effect of deletion. */
  readonly measure: 'auc' | 'rank-correlation'
  /** The best one first. */
  readonly heads: readonly HeadRef[]
  readonly score: ChainScore
  /** On kinds that were not used to choose. */
  readonly value: number
  /** Of its 95 % interval. */
  readonly halfWidth: number
  readonly kinds: readonly string[]
  /** For each kind what is chosen without it: for scores that are judged on that kind. */
  readonly without: readonly (ChosenHeads & { readonly kind: string })[]
  /** On each kind what was chosen without it; then what needs no choice. */
  readonly rows: readonly Judgement[]
  /** Every head alone, the best first. */
  readonly ranking: readonly (HeadRef & { readonly value: number })[]
}

export const calibrationKeys = keysOf<CalibrationInput<unknown>>({
  model: true,
  session: true,
  traces: true,
  heads: true,
  signal: true,
  onTrace: true,
})

/**
 * Heads whose chains of looks find the needed steps of labelled traces. One prefill a trace, all heads at every
 * token.
 *
 * @throws RangeError that names the option; CotPruneError as `session.stepGraph`
 */
export async function calibrateHeads(options: CalibrationOptions): Promise<Calibration> {
  checkKnown('options', options, calibrationKeys)
  const { model, session, traces, onTrace, signal } = options
  const all = allHeads(model.info)
  const count = headCount(options.heads, all)
  const examples: HeadExample[] = []
  for (const [index, labelled] of traces.entries()) {
    signal?.throwIfAborted()
    const trace = await labelledTrace(model, labelled)
    const graph = await session.stepGraph(trace, { heads: all, signal })
    // the last one states the result: it is always needed and left out
    const needed = labelled.steps.map((_, i) => labelled.needed.includes(i)).slice(0, -1)
    const judge = (scores: readonly number[]) => auc(scores.slice(0, -1), needed)
    examples.push({ kind: labelled.kind, trace, graph, judge })
    onTrace?.(index + 1, traces.length)
  }
  return { labels: 'needed', measure: 'auc', ...calibrate(examples, all, count) }
}

/** Of the layers that attend to the whole context: a window's heads see too little of a trace to be compared. */
export const allHeads = ({
  attentionLayers,
  heads,
}: Pick<Model['info'], 'attentionLayers' | 'heads'>): HeadRef[] =>
  attentionLayers.flatMap(layer => Array.from({ length: heads }, (_, head) => ({ layer, head })))

export const headCount = (heads: number | undefined, all: readonly HeadRef[]): number =>
  integer('options.heads', heads ?? 4, { min: 1, max: all.length })

/** Choose on all kinds; judge on each what is chosen on the others. Pure. */
export function calibrate(
  examples: readonly HeadExample[],
  all: readonly HeadRef[],
  count: number,
): Omit<Calibration, 'labels' | 'measure'> {
  if (examples.every(({ trace, judge }) => judge(trace.steps.map(({ index }) => index)) === null)) {
    const expected = 'a trace in which some steps matter more than others'
    throw new CotPruneError('ERR_DATASET', `expected ${expected}; the last one is left out`)
  }
  const chooser = new HeadChooser(examples, count)
  const { kinds } = chooser
  const { heads, score } = chooser.choose()
  const ofKinds = kinds.map(kind => {
    const others = kinds.filter(other => other !== kind)
    const choice = chooser.choose(others.length > 0 ? others : kinds)
    return { kind, choice, values: chooser.judge([kind], choice) }
  })
  const found = ofKinds.flatMap(({ values }) => values)
  const refs = (indices: readonly number[]) => indices.flatMap(head => all[head] ?? [])
  return {
    heads: refs(heads),
    score,
    value: mean(found) ?? Number.NaN,
    halfWidth: spread(found),
    kinds,
    without: ofKinds.map(({ kind, choice }) => ({
      kind,
      heads: refs(choice.heads),
      score: choice.score,
    })),
    rows: [
      ...ofKinds.map(({ kind, values }) => judgement(`chosen heads, on ${kind}`, values)),
      judgement('chosen heads, on all kinds', found),
      ...unchosen(examples),
    ],
    ranking: chooser.rank(score).flatMap(({ head, value }) => {
      const ref = all[head]
      return ref === undefined ? [] : [{ ...ref, value }]
    }),
  }
}

/** For a score that is judged on `kind`: what was chosen without it, where there is such a choice. */
export const headsWithout = (calibration: Calibration, kind: string): ChosenHeads =>
  calibration.without.find(choice => choice.kind === kind) ?? calibration

/** How far two calibrations of a model agree on which heads are good. */
export interface HeadAgreement {
  /** Spearman's, of what each head is worth alone; null where it does not vary. */
  readonly rankCorrelation: number | null
  /** Heads that are among the best of both, and among how many best of each was looked. */
  readonly shared: number
  readonly of: number
}

/**
 * How far two calibrations of one model agree on its heads. Pure.
 *
 * @param best among how many best heads of each is looked
 * @throws RangeError for rankings of different models
 */
export function headAgreement(
  one: Pick<Calibration, 'ranking'>,
  other: Pick<Calibration, 'ranking'>,
  best = 8,
): HeadAgreement {
  const key = ({ layer, head }: HeadRef) => `${layer}/${head}`
  const values = new Map(other.ranking.map(ref => [key(ref), ref.value]))
  const theirs = one.ranking.map(ref => values.get(key(ref)) ?? Number.NaN)
  if (values.size !== one.ranking.length || theirs.some(Number.isNaN)) {
    throw outOfRange(
      'other.ranking',
      `the ${one.ranking.length} heads of the same model`,
      values.size,
    )
  }
  const top = new Set(other.ranking.slice(0, best).map(key))
  const ours = one.ranking.slice(0, best)
  return {
    rankCorrelation: rankCorrelation(
      one.ranking.map(({ value }) => value),
      theirs,
    ),
    shared: ours.filter(ref => top.has(key(ref))).length,
    of: ours.length,
  }
}

/** What can be had without a choice of heads. */
function unchosen(examples: readonly HeadExample[]): Judgement[] {
  const scorers = ['random', 'recency', 'length'] as const
  const judged = (score: (example: HeadExample, index: number) => readonly number[]) =>
    examples.flatMap((example, index) => example.judge(score(example, index)) ?? [])
  return [
    ...graphAggregates.map(aggregate =>
      judgement(
        `all heads, received-max, ${aggregate}`,
        judged(({ trace, graph }) => scoreStepGraph(trace, graph, { aggregate }).scores),
      ),
    ),
    ...scorers.map(name =>
      judgement(
        name,
        judged(({ trace }, index) => scoreWith(trace, name, { seed: index + 1 }).scores),
      ),
    ),
  ]
}

const judgement = (score: string, values: readonly number[]): Judgement => ({
  score,
  value: mean(values) ?? Number.NaN,
  halfWidth: spread(values),
  traces: values.length,
})
