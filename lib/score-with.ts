/** 3. Segmented trace → one score per step, by what needs no model: baselines and users' own. */

import type {
  PlainScoring,
  ScoredTrace,
  Scorer,
  ScorerName,
  ScorerOptions,
  SegmentedTrace,
} from '../types/public.js'
import { CotPruneError, invalidValue } from './errors.js'
import { checkKnown, integer } from './options/check.js'
import { resolveScorer } from './scorers/index.js'
import { hasSteps, readTrace } from './trace.js'

/**
 * Scores steps without a model: to compare `session.scoreSteps` with, or to prune by a score of
 * one's own. Pure.
 *
 * @throws TypeError or RangeError that names the option, or what a custom scorer got wrong;
 * CotPruneError ERR_TRACE_INVALID (not segmented), ERR_NO_STEPS
 */
export function scoreWith(
  trace: SegmentedTrace,
  scorer: ScorerName | Scorer,
  options?: ScorerOptions,
): ScoredTrace & { readonly scoring: PlainScoring } {
  checkKnown('options', options, ['seed'])
  const seed = integer('options.seed', options?.seed ?? 0, { min: 0, max: 2 ** 32 - 1 })
  const { name, score } = resolveScorer(scorer)
  checkSteps(trace)
  const scores = score(trace, { seed })
  checkScores(name, scores, trace.steps.length)
  // scores that another way to score left behind
  const {
    headScores: _,
    tokenScores: __,
    ...rest
  } = {
    headScores: undefined,
    tokenScores: undefined,
    ...trace,
  }
  return { ...rest, scores, scoring: { kind: 'plain', scorer: name, seed } }
}

/** A trace with steps, at least one: what every way to score needs. */
export function checkSteps(trace: SegmentedTrace): void {
  if (!hasSteps(readTrace(trace))) {
    throw new CotPruneError('ERR_TRACE_INVALID', 'the trace has no steps list: segment() it first')
  }
  if (trace.steps.length === 0) {
    throw new CotPruneError('ERR_NO_STEPS', 'the trace has no steps to score')
  }
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
