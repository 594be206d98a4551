/** From one scored trace to a pruned one for each threshold of the sweep. Pure. */

import type { PrunedTrace, PruneOptions, ScoredTrace } from '../../../types/public.js'
import { prune } from '../../index.js'
import type { Preset, SweepRule } from './types.js'

/** A trace, pruned for one row of the results. */
export interface SweptTrace {
  readonly method: string
  readonly threshold: number
  readonly pruned: PrunedTrace
}

/** How a trace is pruned. */
export type Prune = (trace: ScoredTrace, options: PruneOptions) => PrunedTrace

/**
 * The first method is pruned by the preset's rule; the others keep as many tokens as the first does,
 * so that they differ from it in the choice alone.
 *
 * @param scored the same trace, scored by each method, in their order
 */
export function sweep(
  scored: readonly { readonly method: string; readonly trace: ScoredTrace }[],
  thresholds: readonly number[],
  { rule, protect }: Pick<Preset, 'rule' | 'protect'>,
  pruneOne: Prune = prune,
): SweptTrace[] {
  const [reference] = scored
  if (reference === undefined) return []
  const budgets = thresholds.map(threshold => {
    const pruned = pruneOne(reference.trace, {
      ...ruleOf(rule, threshold, reference.trace),
      protect,
    })
    return { threshold, pruned }
  })
  return scored.flatMap(({ method, trace }) =>
    budgets.map(({ threshold, pruned: first }) => {
      const tokenBudget = Math.max(1, first.prunedTokens.length)
      const pruned = trace === reference.trace ? first : pruneOne(trace, { tokenBudget, protect })
      return { method, threshold, pruned }
    }),
  )
}

function ruleOf(rule: SweepRule, value: number, { steps }: ScoredTrace): PruneOptions {
  if (rule === 'threshold') return { threshold: value }
  if (rule === 'ratio') return { ratio: value }
  if (rule === 'uniformity') return { uniformity: value }
  const tokens = steps.reduce((sum, step) => sum + step.tokenEnd - step.tokenStart, 0)
  return { tokenBudget: Math.max(1, Math.round((1 - value) * tokens)) }
}
