/** Options of generation and of rollouts. */

import type {
  BatchedOptions,
  GenerateOptions,
  HeadRef,
  RolloutOptions,
  SamplingOptions,
  TemplateArguments,
} from '../../types/public.js'
import {
  array,
  checkKnown,
  integer,
  keysOf,
  nonEmptyString,
  oneOf,
  signal,
  string,
} from '../base/check.js'
import { invalidValue } from '../base/errors.js'
import { headListOf } from '../engine/head-list.js'
import {
  maxNewTokens,
  type ResolvedSampling,
  type SamplingDefaults,
  samplingKeys,
  samplingOf,
} from '../engine/sampling.js'
import { resolveTemplateArguments } from '../engine/template.js'

/** When the thinking is closed for the model. */
export interface ThinkingBudget {
  readonly tokens: number
  /** At the end of a step, where one more would not fit. */
  readonly atStep: boolean
  /** Written before the closing tag; '' for nothing. */
  readonly message: string
}

/** Options of a generation, checked, with every default. */
export interface ResolvedGenerateOptions {
  readonly sampling: ResolvedSampling
  readonly templateArguments: TemplateArguments
  readonly budget: ThinkingBudget | null
  readonly maxTokens: number
  /** Empty where there are none. */
  readonly stop: readonly string[]
  /** null: by speed. */
  readonly chunkTokens: number | null
  /** null: no rows. */
  readonly attention: 'all' | readonly HeadRef[] | null
  /** 0: not recorded. */
  readonly certainty: number
  /** 0: none. */
  readonly alternatives: number
  readonly signal: AbortSignal | null
}

const generateKeys = [
  ...samplingKeys,
  ...keysOf<Omit<GenerateOptions, keyof SamplingOptions>>({
    templateArguments: true,
    thinkingBudget: true,
    thinkingBudgetMessage: true,
    thinkingBudgetAt: true,
    maxTokens: true,
    stop: true,
    chunkTokens: true,
    attention: true,
    certainty: true,
    alternatives: true,
    stepGraph: true,
    pruning: true,
    earlyExit: true,
    signal: true,
  }),
]

const maxStops = 16

function stopOf(value: unknown): readonly string[] {
  if (value === undefined) return []
  const expected = `an array of at most ${maxStops} strings`
  const list = array('options.stop', value, expected)
  if (list.length > maxStops) throw invalidValue('options.stop', expected, value)
  return Array.from(list, (entry, i) => nonEmptyString(`options.stop[${i}]`, entry))
}

function attentionOf(value: unknown): ResolvedGenerateOptions['attention'] {
  if (value === undefined) return null
  if (value === 'all') return value
  const expected = "'all' or a non-empty array of heads"
  if (typeof value === 'string') throw invalidValue('options.attention', expected, value)
  return headListOf('options.attention', value, expected)
}

/**
 * How a generation would be done with these options: every default put in.
 * All but what goes along (`stepGraph`, `pruning`, `earlyExit`), which `resolveInFlight` reads.
 *
 * @param defaults `model.info.sampling`; greedy without
 * @throws TypeError or RangeError that names the option
 */
export function resolveGenerateOptions(
  options?: GenerateOptions,
  defaults?: SamplingDefaults,
): ResolvedGenerateOptions {
  checkKnown('options', options, generateKeys)
  const { maxTokens = 1024, chunkTokens } = options ?? {}
  return {
    sampling: samplingOf(options, defaults),
    templateArguments: resolveTemplateArguments(options?.templateArguments),
    budget: budgetOf(options),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: maxNewTokens }),
    stop: stopOf(options?.stop),
    chunkTokens:
      chunkTokens === undefined
        ? null
        : integer('options.chunkTokens', chunkTokens, { min: 1, max: 1024 }),
    attention: attentionOf(options?.attention),
    certainty:
      options?.certainty === undefined
        ? 0
        : integer('options.certainty', options.certainty, { min: 2, max: 1024 }),
    alternatives:
      options?.alternatives === undefined
        ? 0
        : integer('options.alternatives', options.alternatives, { min: 1, max: 100 }),
    signal: signal('options.signal', options?.signal),
  }
}

/** What takes the context for itself. */
const alone = keysOf<Omit<GenerateOptions, keyof BatchedOptions>>({
  chunkTokens: true,
  attention: true,
  certainty: true,
  stepGraph: true,
  pruning: true,
  earlyExit: true,
})
const batchedKeys = generateKeys.filter(key => !alone.includes(key))

/** The same for one of several that share a batch. @throws TypeError or RangeError that names the option */
export function resolveBatchedOptions(
  options?: BatchedOptions,
  defaults?: SamplingDefaults,
): ResolvedGenerateOptions {
  checkKnown('options', options, batchedKeys)
  return resolveGenerateOptions(options, defaults)
}

function budgetOf({
  thinkingBudget,
  thinkingBudgetMessage = '',
  thinkingBudgetAt = 'token',
}: GenerateOptions = {}): ThinkingBudget | null {
  const message = string('options.thinkingBudgetMessage', thinkingBudgetMessage)
  const at = oneOf('options.thinkingBudgetAt', thinkingBudgetAt, ['token', 'step'])
  if (thinkingBudget === undefined) return null
  const range = { min: 1, max: maxNewTokens }
  const tokens = integer('options.thinkingBudget', thinkingBudget, range)
  return { tokens, atStep: at === 'step', message }
}

/* ---- rollouts ----------------------------------------------------------------------------- */

export interface ResolvedRolloutOptions {
  readonly sampling: ResolvedSampling
  readonly templateArguments: TemplateArguments
  readonly count: number
  readonly maxTokens: number
  readonly stop: readonly string[]
  readonly signal: AbortSignal | null
}

const rolloutKeys = [
  ...samplingKeys,
  ...keysOf<Omit<RolloutOptions, keyof SamplingOptions>>({
    templateArguments: true,
    count: true,
    maxTokens: true,
    stop: true,
    signal: true,
  }),
]

/** @throws TypeError or RangeError that names the option */
export function resolveRolloutOptions(
  options?: RolloutOptions,
  defaults?: SamplingDefaults,
): ResolvedRolloutOptions {
  checkKnown('options', options, rolloutKeys)
  const { count = 8, maxTokens = 1024 } = options ?? {}
  return {
    sampling: samplingOf(options, defaults),
    templateArguments: resolveTemplateArguments(options?.templateArguments),
    count: integer('options.count', count, { min: 1, max: 4096 }),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: maxNewTokens }),
    stop: stopOf(options?.stop),
    signal: signal('options.signal', options?.signal),
  }
}
