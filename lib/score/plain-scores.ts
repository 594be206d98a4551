/** 3. Segmented trace → one score per step, by what needs no model: baselines and users' own. */

import type {
  PlainScoring,
  ScoredTrace,
  Scorer,
  ScorerName,
  ScorerOptions,
  SegmentedTrace,
} from '../../types/public.js'
import { checkKnown, integer } from '../base/check.js'
import { invalidValue } from '../base/errors.js'
import { scorable } from './scorable.js'
import { resolveScorer } from './scorers/index.js'

/**
 * Scores steps without a model: to compare `session.scoreSteps` with, or to prune by a score of
 * one's own. Pure.
 *
 * @throws TypeError or RangeError that names the option, or what a custom scorer got wrong;
 * CotPruneError ERR_TRACE_INVALID (not segmented), ERR_NO_STEPS
 * @returns the trace with `scores`, shape (steps): finite, not negative
 * @see the released ablation of TRAAC (arXiv 2510.01581) for 'confidence-traac': 1 − H / ln k of the likeliest k tokens
 */
export function scoreWith(
  trace: SegmentedTrace,
  scorer: ScorerName | Scorer,
  options?: ScorerOptions,
): ScoredTrace & { readonly scoring: PlainScoring } {
  checkKnown('options', options, ['seed'])
  const seed = integer('options.seed', options?.seed ?? 0, { min: 0, max: 2 ** 32 - 1 })
  const resolved = resolveScorer(scorer)
  const unscored = scorable(trace)
  const scores = resolved.score(unscored, { seed })
  checkScores(resolved.name, scores, unscored.steps.length)
  return { ...unscored, scores, scoring: { kind: 'plain', scorer: resolved.name, seed } }
}

/** A scorer may be anybody's. */
function checkScores(name: string, scores: readonly number[], steps: number): void {
  const expected = `${steps} finite numbers from 0, one for each step`
  if (!Array.isArray(scores) || scores.length !== steps) {
    throw invalidValue(`what scorer '${name}' returns`, expected, scores)
  }
  const wrong = scores.findIndex(score => !(score >= 0 && score < Number.POSITIVE_INFINITY))
  if (wrong !== -1) {
    throw invalidValue(
      `score ${wrong} of scorer '${name}'`,
      'a finite number from 0',
      scores[wrong],
    )
  }
}
