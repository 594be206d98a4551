// @ts-check
/** Tensors and metadata of random small models: what all families share, and each one's own. */
import { f32, string, u32 } from './gguf.mjs'
import { constantChannel } from './tiny/blocks.mjs'
import { families } from './tiny/families.mjs'
import { tokenMatrix, vector } from './tiny/parts.mjs'

/** @typedef {import('./tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('./gguf.d.mts').GgufValue} GgufValue */

/** Standard deviation of the logits without their bias. */
const logitDeviation = 2

/**
 * About what the constant channel is behind the last norm.
 * @param {ModelShape} shape
 */
function constantBehindNorm(shape) {
  const { perLayer = 1 } = families[shape.arch]
  const square = 1 + constantChannel ** 2 / shape.embedding + perLayer * shape.layers
  return constantChannel / Math.sqrt(square)
}

/** @type {typeof import('./tiny-weights.d.mts').modelTensors} */
export function modelTensors(shape) {
  const { layer, embeddingScale, outputNorm = 'output_norm.weight' } = families[shape.arch]
  const scale = embeddingScale?.(shape) ?? 1
  const gain = constantBehindNorm(shape)
  const layers = Array.from({ length: shape.layers }, (_, index) => layer(shape, index))
  const deviation = logitDeviation / Math.sqrt(shape.embedding)
  return [
    tokenMatrix(shape, 'token_embd.weight', scale, () => constantChannel * scale),
    ...layers.flat(),
    vector(shape, outputNorm, shape.embedding, 1, 0),
    tokenMatrix(shape, 'output.weight', deviation, token => (shape.bias[token] ?? 0) / gain),
  ]
}

/** @type {typeof import('./tiny-weights.d.mts').modelMetadata} */
export function modelMetadata(shape) {
  const { arch } = shape
  /** @type {Record<string, GgufValue>} */
  const metadata = {
    'general.architecture': string(arch),
    'general.name': string(shape.name),
    [`${arch}.context_length`]: u32(shape.context),
    [`${arch}.embedding_length`]: u32(shape.embedding),
    [`${arch}.block_count`]: u32(shape.layers),
    [`${arch}.feed_forward_length`]: u32(shape.ff),
    [`${arch}.attention.head_count`]: u32(shape.heads),
    [`${arch}.attention.head_count_kv`]: u32(shape.kvHeads),
    [`${arch}.attention.key_length`]: u32(shape.headDim),
    [`${arch}.attention.value_length`]: u32(shape.headDim),
    [`${arch}.rope.dimension_count`]: u32(shape.headDim),
    [`${arch}.attention.layer_norm_rms_epsilon`]: f32(1e-6),
    [`${arch}.rope.freq_base`]: f32(10000),
    'general.file_type': u32({ F32: 0, F16: 1, Q4_0: 2, Q8_0: 7 }[shape.type]),
  }
  return { ...metadata, ...families[arch].metadata?.(shape) }
}
