/** Heads for pruning in flight, chosen without any label: by how well their newest looks foretell later ones. */

import type { HeadRef } from '../../../../types/public.js'
import { checkKnown } from '../../../base/check.js'
import { CotPruneError } from '../../../index.js'
import { allHeads, type CalibrationInput, calibrationKeys, headCount } from '../calibration.js'
import type { OwnTrace } from '../own-traces.js'
import { chooseFuture, type Foretold, judgeFuture } from './choose.js'
import type { Mix } from './mix.js'
import { momentsOf } from './moments.js'
import type { Moment } from './types.js'

/** Heads for pruning in flight, chosen without labels, and how well they foretell what is looked at later. */
export interface FutureCalibration {
  readonly labels: 'future'
  /** The best one alone first. */
  readonly heads: readonly HeadRef[]
  /** Of how many newest rows of the step graph, that of what is being written included, the mean is taken. */
  readonly newest: number
  /** Null where it foretells no better than the heads alone, on kinds that it was not fitted on. */
  readonly mix: Mix | null
  readonly kinds: readonly string[]
  /** Spearman's rank correlation with what is looked at later. */
  readonly rows: readonly Foretold[]
}

/**
 * Chooses heads whose newest looks foretell which steps later ones look at. One prefill a trace, all heads at every token; of the traces
 * see `ownTraces`. A definition of ours: docs/in-flight.md.
 *
 * @throws RangeError that names the option; CotPruneError ERR_NO_STEPS (no trace is long enough), and as
 * `session.stepGraph`
 */
export async function calibrateByFuture(
  options: CalibrationInput<OwnTrace>,
): Promise<FutureCalibration> {
  checkKnown('options', options, calibrationKeys)
  const { model, session, traces, onTrace, signal } = options
  const all = allHeads(model.info)
  const count = headCount(options.heads, all)
  const moments: Moment[] = []
  for (const [index, { kind, trace }] of traces.entries()) {
    signal?.throwIfAborted()
    const graph = await session.stepGraph(trace, { heads: all, signal })
    moments.push(...momentsOf(kind, trace, graph))
    onTrace?.(index + 1, traces.length)
  }
  if (moments.length === 0) {
    throw new CotPruneError('ERR_NO_STEPS', 'no trace has enough steps to foretell anything')
  }
  return calibrationOf(moments, all, count)
}

/** Pure. */
export function calibrationOf(
  moments: readonly Moment[],
  all: readonly HeadRef[],
  count: number,
): FutureCalibration {
  const { heads, newest, mix } = chooseFuture(moments, count)
  const { rows, mixCarriesOver } = judgeFuture(moments, count)
  return {
    labels: 'future',
    heads: heads.flatMap(head => all[head] ?? []),
    newest,
    mix: mixCarriesOver ? mix : null,
    kinds: [...new Set(moments.map(({ kind }) => kind))],
    rows,
  }
}
