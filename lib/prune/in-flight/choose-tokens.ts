/** From the steps so far and their scores to the tokens that go. Pure. */

import type { LiveScores, ScoredTrace, Step } from '../../../types/public.js'
import { invalidValue } from '../../base/errors.js'
import { tokenBudget } from '../rules/index.js'
import type { CachedTrace } from './cached-trace.js'
import type { ResolvedPruning } from './options.js'

/** A finished step, with ranks among the cached tokens for its tokens. */
export interface CachedStep extends Step {
  /** Its index in the trace; `index` is its place among these. */
  readonly step: number
}

/** Finished steps of which something is cached. The last step is unfinished. */
export function cachedSteps(steps: readonly Step[], cached: CachedTrace): CachedStep[] {
  return steps
    .slice(0, -1)
    .map(step => ({
      ...step,
      step: step.index,
      tokenStart: cached.rank(step.tokenStart),
      tokenEnd: cached.rank(step.tokenEnd),
    }))
    .filter(({ tokenStart, tokenEnd }) => tokenStart < tokenEnd)
    .map((step, index) => ({ ...step, index }))
}

/** Scores of cached steps: `tokenScores` has the shape (cached tokens), as `stays`. */
export type CachedScores = Pick<ScoredTrace, 'scores' | 'tokenScores'> & Pick<LiveScores, 'stays'>

/** @throws TypeError where a score of one's own returns anything but a number for each step */
export function checkedScores(
  name: string,
  scored: readonly number[] | LiveScores,
  steps: number,
): CachedScores {
  const all = 'scores' in scored ? scored : { scores: scored }
  if (Array.isArray(all.scores) && all.scores.length === steps) return all
  throw invalidValue(`what score '${name}' returns`, `${steps} numbers`, all.scores)
}

/**
 * Ranks of the cached tokens that go: whole lowest steps first, then tokens of one more. Of a whole step, too, its
 * last `remnant` tokens stay, whatever their scores: there it says what it came to; and so do those that `stays` names.
 */
export function chooseTokens(
  steps: readonly CachedStep[],
  { scores, tokenScores, stays }: CachedScores,
  cached: CachedTrace,
  { budget, window, remnant }: Pick<ResolvedPruning, 'budget' | 'window' | 'remnant'>,
): ReadonlySet<number> {
  const size = steps.reduce((sum, { tokenStart, tokenEnd }) => sum + tokenEnd - tokenStart, 0)
  const goal = 'ratio' in budget ? Math.floor(size * budget.ratio) : cached.length - budget.tokens
  const going = Math.min(size, goal)
  if (going <= 0) return new Set()
  const recent = cached.length - window
  const isProtected = (index: number) => (steps[index]?.tokenEnd ?? 0) > recent
  // what may go, as if it were all there is
  const ranks: number[] = []
  const shrunken = steps.map(step => {
    const tokenStart = ranks.length
    for (let rank = step.tokenStart; rank < step.tokenEnd - remnant; rank++) {
      if (stays?.[rank] !== true) ranks.push(rank)
    }
    return { ...step, tokenStart, tokenEnd: ranks.length }
  })
  const scored = {
    steps: shrunken,
    scores,
    ...(tokenScores && { tokenScores: ranks.map(rank => tokenScores[rank] ?? 0) }),
  }
  const { kept, removedTokens } = tokenBudget(scored, ranks.length - going, isProtected)
  const gone = new Set(removedTokens.map(at => ranks[at] ?? 0))
  for (const { index, tokenStart, tokenEnd } of shrunken) {
    for (let at = tokenStart; !kept[index] && at < tokenEnd; at++) gone.add(ranks[at] ?? 0)
  }
  return gone
}
