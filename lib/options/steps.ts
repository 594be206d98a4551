/** Options of what is done to steps: segment, score, prune. */

import type {
  AggregateName,
  LayerChoice,
  ObserverName,
  PrunedTrace,
  PruneOptions,
  ScoreOptions,
  SegmentOptions,
  Splitter,
} from '../../types/public.js'
import { invalidValue } from '../errors.js'
import { layerList } from '../score-math.js'
import { resolveSplitter } from '../splitters/index.js'
import { array, boolean, checkKnown, integer, keysOf, number, oneOf, signal } from './check.js'

const maxInt32 = 2 ** 31 - 1

/* ---- segment ------------------------------------------------------------------------------ */

export interface ResolvedSegmentOptions {
  readonly splitter: Splitter
  /** Code points. */
  readonly minCharacters: number
  readonly short: 'join' | 'drop'
}

const segmentKeys = keysOf<SegmentOptions>({ splitter: true, minCharacters: true, short: true })

/** @throws TypeError or RangeError that names the option */
export function resolveSegmentOptions(options?: SegmentOptions): ResolvedSegmentOptions {
  checkKnown('options', options, segmentKeys)
  const { splitter = 'paragraph', minCharacters = 10, short = 'join' } = options ?? {}
  return {
    splitter: resolveSplitter(splitter),
    minCharacters: integer('options.minCharacters', minCharacters, { min: 0, max: maxInt32 }),
    short: oneOf('options.short', short, ['join', 'drop']),
  }
}

/* ---- score -------------------------------------------------------------------------------- */

export interface ResolvedScoreOptions {
  /** null: 'think-end' where the trace has one, else 'last-token'. */
  readonly observer: ObserverName | null
  readonly aggregate: AggregateName
  /** Checked against the model; `layerList` turns it into a list. */
  readonly layers: LayerChoice
  readonly perHead: boolean
  readonly includePrompt: boolean
  readonly includeSink: boolean
  readonly sinkTokens: number
  readonly signal: AbortSignal | null
}

const scoreKeys = keysOf<ScoreOptions>({
  observer: true,
  aggregate: true,
  layers: true,
  perHead: true,
  includePrompt: true,
  includeSink: true,
  sinkTokens: true,
  signal: true,
})

const observers = ['last-token', 'think-end'] as const satisfies readonly ObserverName[]
const aggregates = ['sum', 'mean'] as const satisfies readonly AggregateName[]

/** @throws TypeError or RangeError that names the option */
export function resolveScoreOptions(
  options: ScoreOptions | undefined,
  info: { readonly layers: number; readonly heads: number },
): ResolvedScoreOptions {
  checkKnown('options', options, scoreKeys)
  const { observer, aggregate = 'mean', layers = 'all', sinkTokens = 4 } = options ?? {}
  const { perHead = false, includePrompt = false, includeSink = false } = options ?? {}
  layerList(layers, info.layers)
  return {
    observer: observer === undefined ? null : oneOf('options.observer', observer, observers),
    aggregate: oneOf('options.aggregate', aggregate, aggregates),
    layers,
    perHead: boolean('options.perHead', perHead),
    includePrompt: boolean('options.includePrompt', includePrompt),
    includeSink: boolean('options.includeSink', includeSink),
    sinkTokens: integer('options.sinkTokens', sinkTokens, { min: 0, max: 65_536 }),
    signal: signal('options.signal', options?.signal),
  }
}

/* ---- prune -------------------------------------------------------------------------------- */

export interface ResolvedPruneOptions {
  readonly rule: PrunedTrace['rule']
  /** As given; negative ones count from the end, which only `prune` knows. */
  readonly protect: readonly number[]
}

const pruneKeys = keysOf<PruneOptions>({ threshold: true, ratio: true, keep: true, protect: true })
const oneRule = 'an object with exactly one of threshold, ratio and keep'

function ruleOf(options: PruneOptions): PrunedTrace['rule'] {
  const { threshold, ratio, keep } = options
  const given = [threshold, ratio, keep].filter(value => value !== undefined).length
  if (given !== 1) throw invalidValue('options', `${oneRule} (it has ${given})`, options)
  const share = { min: 0, max: 1 }
  if (threshold !== undefined) {
    return { name: 'threshold', value: number('options.threshold', threshold, share) }
  }
  if (ratio !== undefined) return { name: 'ratio', value: number('options.ratio', ratio, share) }
  return { name: 'keep', value: integer('options.keep', keep, { min: 1, max: maxInt32 }) }
}

/** @throws TypeError or RangeError that names the option */
export function resolvePruneOptions(options: PruneOptions): ResolvedPruneOptions {
  checkKnown('options', options, pruneKeys)
  if (options === undefined) throw invalidValue('options', oneRule, options)
  const { protect = [] } = options
  const list = array('options.protect', protect, 'an array of integers')
  const range = { min: -maxInt32, max: maxInt32 }
  return {
    rule: ruleOf(options),
    protect: Array.from(list, (entry, i) => integer(`options.protect[${i}]`, entry, range)),
  }
}
