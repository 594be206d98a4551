/** From the steps so far and their scores to the tokens that go. Pure. */

import type { ScoredTrace, Step } from '../../../types/public.js'
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

/** Scores of cached steps: `tokenScores` has the shape (cached tokens). */
export type CachedScores = Pick<ScoredTrace, 'scores' | 'tokenScores'>

/** Ranks of the cached tokens that go: whole lowest steps first, then tokens of one more. */
export function chooseTokens(
  steps: readonly CachedStep[],
  scores: CachedScores,
  cached: CachedTrace,
  { budget, window }: Pick<ResolvedPruning, 'budget' | 'window'>,
): ReadonlySet<number> {
  const size = steps.reduce((sum, { tokenStart, tokenEnd }) => sum + tokenEnd - tokenStart, 0)
  const goal = 'ratio' in budget ? Math.floor(size * budget.ratio) : cached.length - budget.tokens
  const going = Math.min(size, goal)
  if (going <= 0) return new Set()
  const recent = cached.length - window
  const isProtected = (index: number) => (steps[index]?.tokenEnd ?? 0) > recent
  const { kept, removedTokens } = tokenBudget({ steps, ...scores }, size - going, isProtected)
  const gone = new Set(removedTokens)
  for (const { index, tokenStart, tokenEnd } of steps) {
    for (let rank = tokenStart; !kept[index] && rank < tokenEnd; rank++) gone.add(rank)
  }
  return gone
}
