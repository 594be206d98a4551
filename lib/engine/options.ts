/** Options of a model and of a session. */

import type {
  CacheType,
  ModelInfo,
  ModelOptions,
  SampleOn,
  SessionOptions,
  ThinkingFormat,
} from '../../types/public.js'
import {
  array,
  boolean,
  checkKnown,
  integer,
  keysOf,
  number,
  oneOf,
  signal,
} from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'
import { defaultThreads } from './cores.js'
import { resolveRpcServers } from './rpc-servers.js'
import { type ChosenTemplate, resolveTemplate } from './template.js'
import { resolveThinking } from './thinking-formats.js'

/** The addon takes 32-bit signed integers. */
const maxInt32 = 2 ** 31 - 1

export interface ResolvedModelOptions {
  /** -1: all that fit on the GPUs. */
  readonly gpuLayers: number
  /** -1: all of them. */
  readonly mainGpu: number
  /** Shape (at most GPUs); empty: by free memory. */
  readonly tensorSplit: Float32Array
  readonly mmap: boolean
  readonly rpcServers: readonly string[]
  readonly rpcTimeoutMillis: number
  /** null: that of the file. */
  readonly chatTemplate: ChosenTemplate
  /** null: found by template and vocabulary. */
  readonly thinking: ThinkingFormat | null
  readonly isolate: boolean
  readonly onProgress: ((fraction: number) => void) | null
  readonly signal: AbortSignal | null
}

const modelKeys = keysOf<ModelOptions>({
  gpuLayers: true,
  mainGpu: true,
  tensorSplit: true,
  mmap: true,
  rpcServers: true,
  rpcTimeoutMillis: true,
  chatTemplate: true,
  thinking: true,
  isolate: true,
  onProgress: true,
  signal: true,
})

/** @throws TypeError or RangeError that names the option */
export function resolveModelOptions(options?: ModelOptions): ResolvedModelOptions {
  checkKnown('options', options, modelKeys)
  const { gpuLayers, mainGpu, mmap = true, isolate = false, onProgress } = options ?? {}
  const { rpcTimeoutMillis = 120_000 } = options ?? {}
  const rpcServers = resolveRpcServers(options?.rpcServers)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidType('options.onProgress', 'a function', onProgress)
  }
  const whole = (name: string, value: unknown): number =>
    value === undefined ? -1 : integer(name, value, { min: 0, max: maxInt32 })
  return {
    gpuLayers: whole('options.gpuLayers', gpuLayers),
    mainGpu: whole('options.mainGpu', mainGpu),
    tensorSplit: tensorSplitOf(options?.tensorSplit, mainGpu),
    mmap: boolean('options.mmap', mmap),
    rpcServers,
    rpcTimeoutMillis: integer('options.rpcTimeoutMillis', rpcTimeoutMillis, {
      min: 1000,
      max: maxInt32,
    }),
    chatTemplate: resolveTemplate(options?.chatTemplate),
    thinking: resolveThinking(options?.thinking),
    // a server that is lost ends the process
    isolate: boolean('options.isolate', isolate) || rpcServers.length > 0,
    onProgress: onProgress ?? null,
    signal: signal('options.signal', options?.signal),
  }
}

function tensorSplitOf(value: unknown, mainGpu: unknown): Float32Array {
  if (value === undefined) return new Float32Array()
  const name = 'options.tensorSplit'
  if (mainGpu !== undefined) {
    throw invalidValue(name, 'left out where options.mainGpu names the only GPU', value)
  }
  const shares = array(name, value, 'an array of shares, one for each GPU').map((share, i) =>
    number(`${name}[${i}]`, share, { min: 0, max: 1e6 }),
  )
  if (!shares.some(share => share > 0)) {
    throw invalidValue(name, 'shares, one of them above 0', value)
  }
  return Float32Array.from(shares)
}

export interface ResolvedSessionOptions {
  /** KV cells as asked for; the engine rounds up to a multiple of 256. */
  readonly contextLength: number
  /** null: chosen by the session, which knows how large attention scores get. */
  readonly batchSize: number | null
  readonly branches: number
  readonly threads: number
  readonly flashAttention: boolean | 'auto'
  readonly keyType: CacheType
  readonly valueType: CacheType
  readonly offloadCache: boolean
  readonly sampleOn: SampleOn
  readonly signal: AbortSignal | null
}

const sessionKeys = keysOf<SessionOptions>({
  contextLength: true,
  batchSize: true,
  branches: true,
  threads: true,
  flashAttention: true,
  keyType: true,
  valueType: true,
  offloadCache: true,
  sampleOn: true,
  signal: true,
})

const samplePlaces = ['auto', 'device', 'host'] as const satisfies readonly SampleOn[]
const cacheTypes = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const satisfies readonly CacheType[]
const maxContext = 2 ** 24
const defaultContext = 8192

/** A file may say 0, or more than any context that we open. */
const contextDefault = (trained: number): number =>
  trained >= 1 ? Math.min(trained, defaultContext) : defaultContext

/** Node does not say how many cores are physical: logical ones are the nearest guess without a dependency. */
const threadsDefault = (): number => Math.min(512, defaultThreads())

function flashAttentionOf(value: unknown): boolean | 'auto' {
  if (value === 'auto' || typeof value === 'boolean') return value
  const expected = "a boolean or 'auto'"
  throw typeof value === 'string'
    ? invalidValue('options.flashAttention', expected, value)
    : invalidType('options.flashAttention', expected, value)
}

/** @throws TypeError or RangeError that names the option */
export function resolveSessionOptions(
  options: SessionOptions | undefined,
  info: Pick<ModelInfo, 'trainedContext'>,
): ResolvedSessionOptions {
  checkKnown('options', options, sessionKeys)
  const {
    contextLength = contextDefault(info.trainedContext),
    batchSize,
    branches = 8,
  } = options ?? {}
  const { threads = threadsDefault(), flashAttention = 'auto' } = options ?? {}
  const { keyType = 'f16', valueType = 'f16', offloadCache = true } = options ?? {}
  const { sampleOn = 'auto' } = options ?? {}
  const resolved = {
    contextLength: integer('options.contextLength', contextLength, { min: 1, max: maxContext }),
    batchSize:
      batchSize === undefined
        ? null
        : integer('options.batchSize', batchSize, { min: 1, max: 8192 }),
    branches: integer('options.branches', branches, { min: 1, max: 256 }),
    threads: integer('options.threads', threads, { min: 1, max: 512 }),
    flashAttention: flashAttentionOf(flashAttention),
    keyType: oneOf('options.keyType', keyType, cacheTypes),
    valueType: oneOf('options.valueType', valueType, cacheTypes),
    offloadCache: boolean('options.offloadCache', offloadCache),
    sampleOn: oneOf('options.sampleOn', sampleOn, samplePlaces),
    signal: signal('options.signal', options?.signal),
  }
  // llama.cpp keeps values transposed without flash attention, which no quantised type allows.
  if (resolved.flashAttention === false && resolved.valueType.startsWith('q')) {
    const expected = "'f32', 'f16' or 'bf16' where options.flashAttention is false"
    throw invalidValue('options.valueType', expected, resolved.valueType)
  }
  return resolved
}
