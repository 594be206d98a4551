/** Scores that need no model, by name. A new scorer is a file beside this and a line here. */

import type { Scorer, ScorerName } from '../../../types/public.js'
import { builtInOrOwn } from '../../base/choice.js'
import { confidence } from './confidence.js'
import { confidenceTraac } from './confidence-traac.js'
import { length } from './length.js'
import { random } from './random.js'
import { recency } from './recency.js'

export const scorers: Readonly<Record<ScorerName, Scorer>> = {
  random,
  recency,
  length,
  confidence,
  'confidence-traac': confidenceTraac,
}

/** @throws TypeError for an unknown name and for an object that is no scorer */
export const resolveScorer = (choice: unknown): Scorer =>
  builtInOrOwn('scorer', choice, Object.values(scorers), 'score')
