/** Scores that need no model, by name. A new scorer is a file beside this and a line here. */

import type { Scorer, ScorerName } from '../../types/public.js'
import { invalidType } from '../errors.js'
import { oneOf } from '../options/check.js'
import { confidence } from './confidence.js'
import { length } from './length.js'
import { random } from './random.js'
import { recency } from './recency.js'

const scorers: Readonly<Record<ScorerName, Scorer>> = { random, recency, length, confidence }

export const scorerNames = Object.keys(scorers) as readonly ScorerName[]

/** @throws TypeError for an unknown name and for an object that is no scorer */
export function resolveScorer(choice: unknown): Scorer {
  if (isScorer(choice)) return choice
  if (typeof choice === 'string') return scorers[oneOf('scorer', choice, scorerNames)]
  throw invalidType('scorer', 'a name, or an object with a name and a score function', choice)
}

function isScorer(value: unknown): value is Scorer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    value.name !== '' &&
    'score' in value &&
    typeof value.score === 'function'
  )
}
