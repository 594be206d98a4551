import type { ScoredTrace, Step } from '../../../types/public.js'
import { assertFinite } from '../../base/numeric.js'

/** Steps that go whole, and the tokens that go from one more. */
export interface BudgetChoice {
  /** Shape (steps). */
  readonly kept: boolean[]
  /** Indices of generated tokens, ascending, all of one step that is kept. */
  readonly removedTokens: readonly number[]
}

const sizeOf = ({ tokenStart, tokenEnd }: Step) => tokenEnd - tokenStart

/**
 * Removes until at most `budget` tokens of steps are left: whole steps, the lowest first, while
 * they fit into what has to go; then only the lowest tokens of the next one (Think Clearly, arXiv
 * 2507.08806: structure first, then single tokens; the budget rule is reconstructed from its
 * abstract). Of equal scores the later go first. Protected steps count and stay. Where tokens have
 * no scores of their own, the last ones of the step go.
 */
export function tokenBudget(
  { steps, scores, tokenScores }: Pick<ScoredTrace, 'steps' | 'scores' | 'tokenScores'>,
  budget: number,
  isProtected: (index: number) => boolean,
): BudgetChoice {
  assertFinite(scores, 'scores')
  const kept = steps.map(() => true)
  let excess = steps.reduce((sum, step) => sum + sizeOf(step), 0) - budget
  const candidates = steps
    .filter(({ index }) => !isProtected(index))
    .sort((a, b) => (scores[a.index] ?? 0) - (scores[b.index] ?? 0) || b.index - a.index)
  for (const step of candidates) {
    if (excess <= 0) break
    if (sizeOf(step) > excess) return { kept, removedTokens: lowest(step, tokenScores, excess) }
    kept[step.index] = false
    excess -= sizeOf(step)
  }
  return { kept, removedTokens: [] }
}

function lowest(step: Step, scores: readonly number[] | undefined, count: number): number[] {
  const tokens = Array.from({ length: sizeOf(step) }, (_, i) => step.tokenStart + i)
  const order = tokens.sort((a, b) => (scores?.[a] ?? 0) - (scores?.[b] ?? 0) || b - a)
  return order.slice(0, count).sort((a, b) => a - b)
}
