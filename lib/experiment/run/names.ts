/** Names that options of an experiment may have. The command line reads them before anything is loaded. */

import type { EvaluationMode, ObserverName, ScorerName } from '../../../types/public.js'
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

export const methodNames = ['attention', 'step-graph', ...observerNames, ...scorerNames] as const
export type MethodName = (typeof methodNames)[number]

export const sweepRules: readonly SweepRule[] = ['threshold', 'ratio', 'uniformity', 'tokens']

export const evaluationModes: readonly EvaluationMode[] = ['continue', 'reprompt', 'evict']
