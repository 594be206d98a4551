/** Names that options of an experiment may have. The command line reads them before anything is loaded. */

import type {
  EvaluationMode,
  LiveScoreName,
  ObserverName,
  ScorerName,
  SplitterName,
} from '../../../types/public.js'
import type { SweepRule } from './types.js'

/** Observers of the preset's kind of attention. */
export const observerNames = [
  'last-token',
  'think-end',
  'think-clearly',
  'traac',
  'window',
] as const satisfies readonly ObserverName[]

/** Scores that no model is needed for. */
export const scorerNames = [
  'random',
  'recency',
  'length',
  'confidence',
  'confidence-traac',
] as const satisfies readonly ScorerName[]

/** What `--method` and `methods` take by name; see `MethodChoice`. */
export const methodNames = ['attention', 'step-graph', ...observerNames, ...scorerNames] as const
/** A way to score, by name. */
export type MethodName = (typeof methodNames)[number]

/** Scores that only pruning in flight has. */
export const liveScoreNames = Object.keys({
  decay: true,
  gap: true,
  'window-max': true,
  plan: true,
  'two-probes': true,
  'value-attention': true,
  'value-range': true,
  distinct: true,
} satisfies Record<LiveScoreName, true>) as readonly LiveScoreName[]

/** Beside the methods of a run: 'decay-graph' is 'decay' by the step graph, 'oracle' and what begins with it are ceilings. */
export const inFlightMethodNames = [
  ...methodNames,
  ...liveScoreNames,
  'decay-graph',
  'future',
  'oracle',
  'oracle-heads',
  'oracle-deletion',
] as const
/** A way to score in flight, by name. */
export type InFlightMethodName = (typeof inFlightMethodNames)[number]

/** The floor of 'resume': the row in which nothing of the thinking is left. */
export const nothingKept = { method: 'nothing kept', threshold: 1 } as const

/** What the numbers of a sweep may mean, by name; `SweepRule` says what each does. */
export const sweepRules: readonly SweepRule[] = ['threshold', 'ratio', 'uniformity', 'tokens']

/** What finds the steps; a missing one does not compile. */
export const splitterNames = Object.keys({
  auto: true,
  paragraph: true,
  'control-words': true,
  'control-words-traac-code': true,
  sentence: true,
  line: true,
} satisfies Record<SplitterName | 'auto', true>) as readonly (SplitterName | 'auto')[]

/** How pruned traces may be asked again, by name; see `EvaluateOptions.mode`. */
export const evaluationModes: readonly EvaluationMode[] = [
  'continue',
  'reprompt',
  'evict',
  'resume',
]
