/** Options of generation, of evaluation (which generates), and the prompt. */

import type {
  EvaluateOptions,
  EvaluationMode,
  GenerateOptions,
  HeadRef,
  LikelihoodOptions,
  Message,
  PromptInput,
  RolloutOptions,
  SamplingOptions,
  Trace,
} from '../../types/public.js'
import { CotPruneError, invalidType, invalidValue } from '../errors.js'
import {
  array,
  checkKnown,
  integer,
  isObject,
  keysOf,
  nonEmptyString,
  number,
  oneOf,
  signal,
  string,
} from './check.js'
import { headListOf } from './head-list.js'
import {
  type ResolvedEarlyExit,
  type ResolvedPruning,
  resolveEarlyExit,
  resolvePruning,
} from './in-flight.js'
import { type ResolvedLiveGraph, resolveLiveGraph } from './step-graph.js'

export type ResolvedSampling = Trace['sampling']

const maxInt32 = 2 ** 31 - 1
const maxNewTokens = 2 ** 24

const samplingKeys = keysOf<SamplingOptions>({
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repeatPenalty: true,
  repeatWindow: true,
  seed: true,
})

/** Reads the sampling options of any options object; the caller has checked its keys. */
function samplingOf(options: SamplingOptions = {}): ResolvedSampling {
  const { temperature = 0, topK = 40, topP = 0.95, minP = 0 } = options
  const { repeatPenalty = 1, repeatWindow = 64, seed = 0 } = options
  return {
    temperature: number('options.temperature', temperature, { min: 0, max: 100 }),
    topK: integer('options.topK', topK, { min: 0, max: maxInt32 }),
    topP: number('options.topP', topP, { min: 0, max: 1, open: true }),
    minP: number('options.minP', minP, { min: 0, max: 1 }),
    repeatPenalty: number('options.repeatPenalty', repeatPenalty, { min: 0, max: 10, open: true }),
    repeatWindow: integer('options.repeatWindow', repeatWindow, { min: 0, max: 65_536 }),
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
  }
}

/** @throws TypeError or RangeError that names the option */
export function resolveSampling(options?: SamplingOptions): ResolvedSampling {
  checkKnown('options', options, samplingKeys)
  return samplingOf(options)
}

/* ---- generate ----------------------------------------------------------------------------- */

export interface ResolvedGenerateOptions {
  readonly sampling: ResolvedSampling
  readonly maxTokens: number
  /** Empty where there are none. */
  readonly stop: readonly string[]
  /** null: by speed. */
  readonly chunkTokens: number | null
  /** null: no rows. */
  readonly attention: 'all' | readonly HeadRef[] | null
  readonly stepGraph: ResolvedLiveGraph | null
  /** 0: not recorded. */
  readonly certainty: number
  readonly pruning: ResolvedPruning | null
  readonly earlyExit: ResolvedEarlyExit | null
  readonly signal: AbortSignal | null
}

const generateKeys = [
  ...samplingKeys,
  ...keysOf<Omit<GenerateOptions, keyof SamplingOptions>>({
    maxTokens: true,
    stop: true,
    chunkTokens: true,
    attention: true,
    certainty: true,
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

/** One capture at a time, and one score for the steps. */
function checkTogether({ stepGraph, pruning, attention }: GenerateOptions): void {
  if (stepGraph === undefined) return
  const { observer, scorer } = pruning ?? {}
  const others = { attention, 'pruning.observer': observer, 'pruning.scorer': scorer }
  const other = Object.entries(others).find(([, value]) => value !== undefined)
  if (other === undefined) return
  throw invalidValue('options.stepGraph', `left out where options.${other[0]} is given`, stepGraph)
}

/** @throws TypeError or RangeError that names the option */
export function resolveGenerateOptions(options?: GenerateOptions): ResolvedGenerateOptions {
  checkKnown('options', options, generateKeys)
  const { maxTokens = 1024, chunkTokens } = options ?? {}
  checkTogether(options ?? {})
  const stepGraph = resolveLiveGraph(options?.stepGraph)
  return {
    sampling: samplingOf(options),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: maxNewTokens }),
    stop: stopOf(options?.stop),
    chunkTokens:
      chunkTokens === undefined
        ? null
        : integer('options.chunkTokens', chunkTokens, { min: 1, max: 1024 }),
    attention: attentionOf(options?.attention),
    stepGraph,
    certainty:
      options?.certainty === undefined
        ? 0
        : integer('options.certainty', options.certainty, { min: 2, max: 1024 }),
    pruning: resolvePruning(options?.pruning, stepGraph),
    earlyExit: resolveEarlyExit(options?.earlyExit),
    signal: signal('options.signal', options?.signal),
  }
}

/* ---- rollouts ----------------------------------------------------------------------------- */

export interface ResolvedRolloutOptions {
  readonly sampling: ResolvedSampling
  readonly count: number
  readonly maxTokens: number
  readonly stop: readonly string[]
  readonly signal: AbortSignal | null
}

const rolloutKeys = [
  ...samplingKeys,
  ...keysOf<Omit<RolloutOptions, keyof SamplingOptions>>({
    count: true,
    maxTokens: true,
    stop: true,
    signal: true,
  }),
]

/** @throws TypeError or RangeError that names the option */
export function resolveRolloutOptions(options?: RolloutOptions): ResolvedRolloutOptions {
  checkKnown('options', options, rolloutKeys)
  const { count = 8, maxTokens = 1024 } = options ?? {}
  return {
    sampling: samplingOf(options),
    count: integer('options.count', count, { min: 1, max: 4096 }),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: maxNewTokens }),
    stop: stopOf(options?.stop),
    signal: signal('options.signal', options?.signal),
  }
}

/* ---- evaluate ----------------------------------------------------------------------------- */

export interface ResolvedEvaluateOptions {
  readonly mode: EvaluationMode
  readonly sampling: ResolvedSampling
  readonly maxTokens: number
  readonly signal: AbortSignal | null
}

const evaluateKeys = [
  ...samplingKeys,
  ...keysOf<Omit<EvaluateOptions, keyof SamplingOptions>>({
    mode: true,
    maxTokens: true,
    signal: true,
  }),
]

const modes = ['continue', 'reprompt', 'evict'] as const satisfies readonly EvaluationMode[]

/** @throws TypeError or RangeError that names the option */
export function resolveEvaluateOptions(options?: EvaluateOptions): ResolvedEvaluateOptions {
  checkKnown('options', options, evaluateKeys)
  const { mode = 'continue', maxTokens = 512 } = options ?? {}
  return {
    mode: oneOf('options.mode', mode, modes),
    sampling: samplingOf(options),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: maxNewTokens }),
    signal: signal('options.signal', options?.signal),
  }
}

export interface ResolvedLikelihoodOptions {
  readonly text: string
  readonly given: string
  readonly place: 'answer' | 'thinking'
  readonly mode: EvaluationMode
  readonly signal: AbortSignal | null
}

const likelihoodKeys = keysOf<LikelihoodOptions>({
  text: true,
  given: true,
  place: true,
  mode: true,
  signal: true,
})

/** @throws TypeError that names the option */
export function resolveLikelihoodOptions(options: LikelihoodOptions): ResolvedLikelihoodOptions {
  if (!isObject(options)) throw invalidType('options', 'an object with text', options)
  checkKnown('options', options, likelihoodKeys)
  const { text, given = '', place = 'answer', mode = 'continue' } = options
  if (place === 'thinking' && mode !== 'continue') {
    throw invalidValue('options.place', `'answer' with mode '${mode}'`, place)
  }
  return {
    text: nonEmptyString('options.text', text),
    given: string('options.given', given),
    place: oneOf('options.place', place, ['answer', 'thinking']),
    mode: oneOf('options.mode', mode, modes),
    signal: signal('options.signal', options.signal),
  }
}

/* ---- prompt ------------------------------------------------------------------------------- */

/** Exactly one is not null. */
export interface ResolvedPrompt {
  readonly messages: readonly Message[] | null
  readonly raw: string | null
}

const roles = ['system', 'user', 'assistant'] as const satisfies readonly Message['role'][]
const messageKeys = keysOf<Message>({ role: true, content: true })

/** A copy with the known keys, so that the trace is plain data whatever the caller passed. */
function messageOf(name: string, value: unknown): Message {
  if (!isObject(value)) throw invalidType(name, 'an object with role and content', value)
  checkKnown(name, value, messageKeys)
  const { role, content }: Partial<Record<keyof Message, unknown>> = value
  return {
    role: oneOf(`${name}.role`, role, roles),
    content: string(`${name}.content`, content),
  }
}

/**
 * @throws TypeError that names the message; CotPruneError ERR_EMPTY_PROMPT for an empty string and
 * for no messages
 */
export function resolvePromptInput(input: PromptInput): ResolvedPrompt {
  if (input === '') throw new CotPruneError('ERR_EMPTY_PROMPT', 'prompt is an empty string')
  if (typeof input === 'string') return { messages: null, raw: input }
  const list = array('prompt', input, 'a string or an array of messages')
  if (list.length === 0) {
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'prompt is an empty array of messages')
  }
  const messages = Array.from(list, (entry, i) => messageOf(`prompt[${i}]`, entry))
  return { messages, raw: null }
}
