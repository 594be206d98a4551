/**
 * Heads chosen without any label: on traces that the model wrote itself, by what becomes less likely where a step
 * is left out.
 */

import { checkKnown } from '../../base/check.js'
import type { HeadExample } from '../../index.js'
import { CotPruneError } from '../../index.js'
import { rankCorrelation } from '../results/statistics.js'
import {
  allHeads,
  type Calibration,
  type CalibrationInput,
  calibrate,
  calibrationKeys,
  headCount,
} from './calibration.js'
import type { OwnTrace } from './own-traces.js'
import { stepEffects } from './step-effects.js'

/** Of the traces see `ownTraces`. */
export type DeletionOptions = CalibrationInput<OwnTrace>

/**
 * Heads whose chains of looks correlate with how much less likely the rest of the thinking is without a step: one
 * prefill for each step.
 *
 * @throws RangeError that names the option; CotPruneError ERR_NO_STEPS (no traces), and as `session.stepGraph`
 */
export async function calibrateByDeletion(options: DeletionOptions): Promise<Calibration> {
  checkKnown('options', options, calibrationKeys)
  const { model, session, traces, onTrace, signal } = options
  const all = allHeads(model.info)
  const count = headCount(options.heads, all)
  if (traces.length === 0) {
    throw new CotPruneError('ERR_NO_STEPS', 'no trace has steps to leave out')
  }
  const examples: HeadExample[] = []
  for (const [index, { kind, trace }] of traces.entries()) {
    signal?.throwIfAborted()
    const { rest } = await stepEffects({ model, session, trace, signal })
    const graph = await session.stepGraph(trace, { heads: all, signal })
    const effects = rest.slice(0, -1)
    const judge = (scores: readonly number[]) => rankCorrelation(scores.slice(0, -1), effects)
    examples.push({ kind, trace, graph, judge })
    onTrace?.(index + 1, traces.length)
  }
  return { labels: 'deletion', measure: 'rank-correlation', ...calibrate(examples, all, count) }
}
