/** Options of the step graph. */

import type {
  GraphScoreOptions,
  HeadRef,
  LiveStepGraphOptions,
  ModelInfo,
  SegmentOptions,
  StepGraphOptions,
} from '../../../types/public.js'
import { boolean, checkKnown, isObject, keysOf, number, oneOf, signal } from '../../base/check.js'
import { invalidType } from '../../base/errors.js'
import { eachOnce, headListOf } from '../../engine/head-list.js'
import { checkHeads } from '../../engine/rows.js'
import { resolveSegmentOptions } from '../../segment/options.js'
import { graphAggregates, graphReductions } from '../../trace/graph-names.js'

export interface ResolvedStepGraphOptions {
  readonly heads: readonly HeadRef[]
  readonly signal: AbortSignal | null
}

const keys = keysOf<StepGraphOptions>({ heads: true, signal: true })

/** @throws TypeError or RangeError that names the option, or the head that there is not, or is twice */
export function resolveStepGraphOptions(
  options: StepGraphOptions,
  model: Pick<ModelInfo, 'layers' | 'heads'>,
): ResolvedStepGraphOptions {
  if (!isObject(options)) throw invalidType('options', 'an object with heads', options)
  checkKnown('options', options, keys)
  const heads = checkHeads(headListOf('options.heads', options.heads), model)
  eachOnce('options.heads', heads)
  return { heads, signal: signal('options.signal', options.signal) }
}

/* ---- while it is written ------------------------------------------------------------------ */

export interface ResolvedLiveGraph {
  readonly heads: readonly HeadRef[]
  readonly segmenting: SegmentOptions | undefined
  readonly score: ResolvedGraphScore
}

const liveKeys = keysOf<LiveStepGraphOptions>({ heads: true, segmenting: true, score: true })

/** null where there is none. @throws TypeError or RangeError that names the option */
export function resolveLiveGraph(
  value: LiveStepGraphOptions | undefined,
): ResolvedLiveGraph | null {
  if (value === undefined) return null
  const name = 'options.stepGraph'
  if (!isObject(value)) throw invalidType(name, 'an object with heads', value)
  checkKnown(name, value, liveKeys)
  resolveSegmentOptions(value.segmenting)
  return {
    heads: eachOnce(`${name}.heads`, headListOf(`${name}.heads`, value.heads)),
    segmenting: value.segmenting,
    score: resolveGraphScore(`${name}.score`, value.score),
  }
}

/* ---- scores ------------------------------------------------------------------------------- */

export type ResolvedGraphScore = {
  readonly [K in keyof GraphScoreOptions]-?: NonNullable<GraphScoreOptions[K]>
}

const scoreKeys = keysOf<GraphScoreOptions>({
  reduction: true,
  aggregate: true,
  inherit: true,
  distance: true,
})

/** @throws TypeError that names the option */
export function resolveGraphScore(
  name: string,
  options: GraphScoreOptions | undefined,
): ResolvedGraphScore {
  checkKnown(name, options, scoreKeys)
  const { reduction = 'received-max', aggregate = 'mean', distance = false } = options ?? {}
  const { inherit = 0.5 } = options ?? {}
  return {
    reduction: oneOf(`${name}.reduction`, reduction, graphReductions),
    aggregate: oneOf(`${name}.aggregate`, aggregate, graphAggregates),
    inherit: number(`${name}.inherit`, inherit, { min: 0, max: 1 }),
    distance: boolean(`${name}.distance`, distance),
  }
}
