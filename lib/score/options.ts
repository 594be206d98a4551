/** Options of what is done to steps: segment, score, prune. */

import type {
  AggregateName,
  CustomRule,
  LayerChoice,
  Observer,
  ProtectedSteps,
  PruneOptions,
  RuleValues,
  ScoreOptions,
  SegmentOptions,
  Splitter,
} from '../../types/public.js'
import { invalidValue } from '../errors.js'
import { resolveObserver } from '../observers/index.js'
import { layerList } from '../score-math.js'
import { resolveSplitter } from '../splitters/index.js'
import {
  array,
  boolean,
  checkKnown,
  integer,
  isObject,
  keysOf,
  number,
  oneOf,
  signal,
} from './check.js'
import { builtInOrOwn } from './choice.js'

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
  readonly observer: Observer | null
  readonly aggregate: AggregateName
  /** Checked against the model; `layerList` turns it into a list. */
  readonly layers: LayerChoice
  readonly perHead: boolean
  readonly perToken: boolean
  readonly includePrompt: boolean
  readonly includeSink: boolean
  readonly sinkTokens: number
  readonly signal: AbortSignal | null
}

const scoreKeys = keysOf<ScoreOptions>({
  observer: true,
  window: true,
  aggregate: true,
  layers: true,
  perHead: true,
  perToken: true,
  includePrompt: true,
  includeSink: true,
  sinkTokens: true,
  signal: true,
})

const aggregates = ['sum', 'mean'] as const satisfies readonly AggregateName[]

/** @throws TypeError or RangeError that names the option */
export function resolveScoreOptions(
  options: ScoreOptions | undefined,
  info: { readonly layers: number; readonly heads: number },
): ResolvedScoreOptions {
  checkKnown('options', options, scoreKeys)
  const { observer, window = 8, aggregate = 'mean', layers = 'all', sinkTokens = 4 } = options ?? {}
  const {
    perHead = false,
    perToken = false,
    includePrompt = false,
    includeSink = false,
  } = options ?? {}
  layerList(layers, info.layers)
  const windowTokens = integer('options.window', window, { min: 1, max: 8192 })
  return {
    observer: observer === undefined ? null : resolveObserver(observer, windowTokens),
    aggregate: oneOf('options.aggregate', aggregate, aggregates),
    layers,
    perHead: boolean('options.perHead', perHead),
    perToken: boolean('options.perToken', perToken),
    includePrompt: boolean('options.includePrompt', includePrompt),
    includeSink: boolean('options.includeSink', includeSink),
    sinkTokens: integer('options.sinkTokens', sinkTokens, { min: 0, max: 65_536 }),
    signal: signal('options.signal', options?.signal),
  }
}

/* ---- prune -------------------------------------------------------------------------------- */

/** A rule with its value; the value of one's own is the rule itself. */
export type ResolvedRule =
  | {
      readonly name: 'threshold' | 'ratio' | 'keep' | 'uniformity' | 'tokenBudget'
      readonly value: number
    }
  | { readonly name: 'rule'; readonly value: CustomRule }

export interface ResolvedPruneOptions {
  readonly rule: ResolvedRule
  /** As given; negative indices count from the end, which only `prune` knows. */
  readonly protect: ProtectedSteps
}

const ruleKeys = keysOf<RuleValues>({
  threshold: true,
  ratio: true,
  keep: true,
  uniformity: true,
  tokenBudget: true,
  rule: true,
})
const oneRule = `an object with exactly one of ${ruleKeys.join(', ')}`

function ruleOf(options: PruneOptions): ResolvedRule {
  const { threshold, ratio, keep, uniformity, tokenBudget, rule } = options
  const given = [threshold, ratio, keep, uniformity, tokenBudget, rule]
  const count = given.filter(value => value !== undefined).length
  if (count !== 1) throw invalidValue('options', `${oneRule} (it has ${count})`, options)
  const share = { min: 0, max: 1 }
  if (threshold !== undefined) {
    return { name: 'threshold', value: number('options.threshold', threshold, share) }
  }
  if (ratio !== undefined) return { name: 'ratio', value: number('options.ratio', ratio, share) }
  if (uniformity !== undefined) {
    return { name: 'uniformity', value: number('options.uniformity', uniformity, share) }
  }
  const some = { min: 1, max: maxInt32 }
  if (tokenBudget !== undefined) {
    return { name: 'tokenBudget', value: integer('options.tokenBudget', tokenBudget, some) }
  }
  if (keep !== undefined) return { name: 'keep', value: integer('options.keep', keep, some) }
  return { name: 'rule', value: builtInOrOwn<CustomRule>('options.rule', rule, [], 'keep') }
}

function protectOf(protect: unknown): ProtectedSteps {
  if (typeof protect === 'function') return step => protect(step) === true
  if (isObject(protect) && !Array.isArray(protect)) {
    checkKnown('options.protect', protect, ['first', 'last'])
    const count = (key: 'first' | 'last') => {
      const value = key in protect ? Reflect.get(protect, key) : undefined
      return value === undefined
        ? 0
        : integer(`options.protect.${key}`, value, { min: 0, max: maxInt32 })
    }
    return { first: count('first'), last: count('last') }
  }
  const expected = 'an array of integers, { first, last } or a function of a step'
  const range = { min: -maxInt32, max: maxInt32 }
  return Array.from(array('options.protect', protect, expected), (entry, i) =>
    integer(`options.protect[${i}]`, entry, range),
  )
}

/** @throws TypeError or RangeError that names the option */
export function resolvePruneOptions(options: PruneOptions): ResolvedPruneOptions {
  checkKnown('options', options, [...ruleKeys, 'protect'])
  if (options === undefined) throw invalidValue('options', oneRule, options)
  return {
    rule: ruleOf(options),
    protect: protectOf(options.protect === undefined ? [] : options.protect),
  }
}
