/** A trace's steps, scored in every way that a study compares. */

import type { ChosenHeads } from '../../../types/public.js'
import type { AggregateName, SegmentedTrace, Session } from '../../index.js'
import { scoreStepGraph, scoreWith } from '../../index.js'
import { observerNames } from '../run/names.js'

export interface EveryScoreInput {
  readonly session: Pick<Session, 'prefill' | 'scoreSteps' | 'stepGraph'>
  readonly trace: SegmentedTrace
  /** For 'step graph'. @default without it */
  readonly heads?: ChosenHeads | undefined
  /** Of the random scores. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** Shape (steps) each, by name. */
export type EveryScore = ReadonlyMap<string, readonly number[]>

const aggregates = ['sum', 'mean'] as const satisfies readonly AggregateName[]

/** One prefill, and one for the step graph; every observer is a token or a probe behind the first. */
export async function everyScore(input: EveryScoreInput): Promise<EveryScore> {
  const { session, trace, heads, seed, signal } = input
  const found = new Map<string, readonly number[]>()
  for (const name of ['random', 'recency', 'length'] as const) {
    found.set(name, scoreWith(trace, name, { seed }).scores)
  }
  await session.prefill(trace, { signal })
  for (const observer of observerNames) {
    for (const aggregate of aggregates) {
      const { scores } = await session.scoreSteps(trace, { observer, aggregate, signal })
      found.set(`${observer}, ${aggregate}`, scores)
    }
  }
  if (heads !== undefined) {
    const graph = await session.stepGraph(trace, { heads: heads.heads, signal })
    found.set('step graph, chosen heads', scoreStepGraph(trace, graph, heads.score).scores)
  }
  return found
}
