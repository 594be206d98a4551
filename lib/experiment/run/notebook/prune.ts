/** `prune_steps` of the seed notebook (cell 5). */
import { CotPruneError } from '../../../base/errors.js'
import { percentile } from '../../../base/numeric.js'
import type { NotebookStep } from './segment.js'

export interface ScoredNotebookStep extends NotebookStep {
  readonly importance: number
}

export interface NotebookPruned {
  /** Kept steps, then the answer of the full text: what the seed shows the model again. */
  readonly text: string
  /** Ascending positions in `steps`. */
  readonly kept: readonly number[]
}

/**
 * Keeps the steps at or above the percentile 100·`threshold` of importance. Threshold 0 keeps the
 * thinking text as it is, short chunks included. Without steps any other threshold throws (here
 * with ERR_NO_STEPS), as in the seed, which skips such problems before it gets here.
 */
export function pruneNotebook(
  steps: readonly ScoredNotebookStep[],
  thinking: string,
  answer: string,
  threshold: number,
): NotebookPruned {
  if (threshold === 0) return { text: `${thinking}\n${answer}`, kept: [...steps.keys()] }
  const kept = keptPositions(
    steps.map(step => step.importance),
    threshold,
  )
  const texts = kept.map(position => steps[position]?.text ?? '')
  return { text: `${texts.join('\n\n')}\n${answer}`, kept }
}

function keptPositions(importances: readonly number[], threshold: number): number[] {
  if (importances.length === 0) throw new CotPruneError('ERR_NO_STEPS', 'There is no step to prune')
  const cutoff = cutoffOf(importances, threshold)
  const kept = [...importances.keys()].filter(i => (importances[i] ?? 0) >= cutoff)
  return kept.length > 0 ? kept : [firstMaximum(importances)]
}

/** `np.percentile` is NaN as soon as one value is; nothing is at or above that. */
function cutoffOf(importances: readonly number[], threshold: number): number {
  return importances.some(Number.isNaN) ? Number.NaN : percentile(importances, threshold * 100)
}

/** `max(steps, key=…)`: the first of equals; a NaN in front wins, a later one never does. */
function firstMaximum(importances: readonly number[]): number {
  let best = 0
  for (const [i, value] of importances.entries()) {
    if (value > (importances[best] ?? 0)) best = i
  }
  return best
}
