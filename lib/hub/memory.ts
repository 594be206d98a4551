/** What a model needs in memory, before it is loaded: its weights, the cache of the asked context, and buffers. Pure but for the files. */

import type { CacheType, ModelMemory, ModelMemoryOptions, ModelShape } from '../../types/public.js'
import { checkKnown, integer, keysOf, oneOf } from '../base/check.js'
import { CotPruneError } from '../base/errors.js'
import { sizeOf } from './cache.js'
import { partsOf } from './choose-files.js'
import { localShape } from './gguf-header.js'

/** Bits of a number in the cache; quantised types have a scale for each 32. */
const cacheBits: Readonly<Record<CacheType, number>> = {
  f32: 32,
  f16: 16,
  bf16: 16,
  q8_0: 8.5,
  q4_0: 4.5,
}

const keys = keysOf<ModelMemoryOptions>({ contextLength: true, keyType: true, valueType: true })

const defaultContext = 8192

/** As `createSession` opens it: branches, tokens of a batch, and what attention scores may take. */
const session = {
  branches: 8,
  batch: 512,
  attention: 64 * 2 ** 20,
  outputs: 16 * 2 ** 20,
  /** Above so many cells flash attention is on, which keeps no scores. */
  flashAttention: 32_768,
}

/**
 * Bytes of weights, cache and buffers. The cache is that of full attention in all layers that have one: windows keep all cells,
 * too. Nothing is loaded.
 *
 * @param path a GGUF file, or the first part of a split one
 * @throws CotPruneError ERR_MODEL_NOT_FOUND, ERR_MODEL_FORMAT; TypeError or RangeError that names an option
 */
export async function modelMemory(
  path: string,
  options?: ModelMemoryOptions,
): Promise<ModelMemory> {
  const sizes = await Promise.all(partsOf(path).map(sizeOf))
  const found = sizes.filter(size => size !== null)
  if (found.length < sizes.length) {
    throw new CotPruneError(
      'ERR_MODEL_NOT_FOUND',
      `${path} is not there, or a part of it is missing: check the path`,
    )
  }
  const shape = await localShape(path)
  if (shape === null) {
    throw new CotPruneError(
      'ERR_MODEL_FORMAT',
      `${path} has no head of a GGUF file: fetch it again`,
    )
  }
  return memoryOf(
    shape,
    found.reduce((sum, size) => sum + size, 0),
    options,
  )
}

/**
 * Bytes that a model needs, as `modelMemory` says, of a shape and the bytes of its weights. Pure.
 *
 * @throws TypeError or RangeError that names an option
 */
export function memoryOf(
  shape: ModelShape,
  weights: number,
  options?: ModelMemoryOptions,
): ModelMemory {
  checkKnown('options', options, keys)
  const {
    contextLength = contextDefault(shape),
    keyType = 'f16',
    valueType = 'f16',
  } = options ?? {}
  const types = Object.keys(cacheBits).filter((name): name is CacheType => name in cacheBits)
  const bits = (name: string, type: unknown) => cacheBits[oneOf(name, type, types)]
  const cell =
    (shape.kvHeads *
      (shape.keyLength * bits('options.keyType', keyType) +
        shape.valueLength * bits('options.valueType', valueType))) /
    8
  const context = integer('options.contextLength', contextLength, { min: 1, max: 2 ** 24 })
  // the engine rounds up to a multiple of 256
  const cells = Math.ceil(context / 256) * 256
  const cache = cells * cell * shape.cachedLayers
  const compute = computeOf(shape, cells)
  return { contextLength: context, weights, cache, compute, total: weights + cache + compute }
}

const contextDefault = ({ trainedContext }: ModelShape): number =>
  trainedContext >= 1 ? Math.min(trainedContext, defaultContext) : defaultContext

/** The formula of native/engine/session_memory.cc, which refuses what is above the memory when a session opens. */
function computeOf({ heads, embeddingLength, vocabularySize }: ModelShape, cells: number): number {
  const float = 4
  const most = Math.min(session.attention, session.batch * cells * heads * float)
  const scores = cells > session.flashAttention ? 0 : most
  const row = Math.max(1, vocabularySize) * float
  const outputs = Math.max(
    session.branches,
    Math.min(session.batch, Math.floor(session.outputs / row)),
  )
  return scores + 2 * outputs * row + session.batch * embeddingLength * 8 * float
}
