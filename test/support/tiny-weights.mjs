// @ts-check
/**
 * Tensors and metadata of random small models. Scales keep activations near one, attention well
 * away from uniform and logits sane. Channel 0 of the residual stream is a constant that nothing
 * writes to, so that column 0 of the output matrix acts as a bias of each token's logit.
 */
import { createHash } from 'node:crypto'
import { f32, string, u32 } from './gguf.mjs'

/** @typedef {import('./tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('./gguf.d.mts').GgufTensor} GgufTensor */
/** @typedef {import('./gguf.d.mts').GgufType} GgufType */
/** @typedef {import('./gguf.d.mts').GgufValue} GgufValue */

const constantChannel = 8
/** Standard deviation of the logits without their bias. */
const logitDeviation = 2
const uniformDeviation = 1 / Math.sqrt(3)

/** @type {typeof import('./tiny-weights.d.mts').mulberry32} */
export function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @type {typeof import('./tiny-weights.d.mts').nameSeed} */
export function nameSeed(seed, name) {
  return createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE(0)
}

/**
 * Uniform random values of a standard deviation around a mean; 0 stays exactly the mean.
 * @param {ModelShape} shape
 * @param {string} name
 * @param {number} deviation
 * @param {number} [mean]
 * @returns {(out: Float32Array) => void}
 */
function noise(shape, name, deviation, mean = 0) {
  const random = mulberry32(nameSeed(shape.seed, name))
  const scale = deviation / uniformDeviation
  return out => {
    for (let i = 0; i < out.length; i++) out[i] = mean + scale * (2 * random() - 1)
  }
}

/**
 * @param {ModelShape} shape
 * @param {string} name
 * @param {readonly [columns: number, rows: number]} size
 * @param {number} deviation
 * @returns {GgufTensor}
 */
function matrix(shape, name, size, deviation) {
  return { name, type: shape.type, shape: size, fill: noise(shape, name, deviation) }
}

/**
 * A matrix whose row 0 is 0: it leaves the constant channel alone.
 * @param {ModelShape} shape
 * @param {string} name
 * @param {readonly [columns: number, rows: number]} size
 * @param {number} deviation
 * @returns {GgufTensor}
 */
function writer(shape, name, size, deviation) {
  const random = noise(shape, name, deviation)
  /** @type {(out: Float32Array, start: number) => void} */
  const fill = (out, start) => {
    random(out)
    if (start < size[0]) out.fill(0, 0, size[0] - start)
  }
  return { name, type: shape.type, shape: size, fill }
}

/**
 * @param {ModelShape} shape
 * @param {string} name
 * @param {number} length
 * @param {number} mean
 * @param {number} deviation
 * @returns {GgufTensor}
 */
function vector(shape, name, length, mean, deviation) {
  return { name, type: 'F32', shape: [length], fill: noise(shape, name, deviation, mean) }
}

/**
 * @param {ModelShape} shape
 * @param {string} name
 * @param {number} deviation
 * @param {(token: number) => number} first column 0 of each token
 * @returns {GgufTensor}
 */
function tokenMatrix(shape, name, deviation, first) {
  const random = noise(shape, name, deviation)
  const columns = shape.embedding
  /** @type {(out: Float32Array, start: number) => void} */
  const fill = (out, start) => {
    random(out)
    for (let i = (columns - (start % columns)) % columns; i < out.length; i += columns) {
      out[i] = first((start + i) / columns)
    }
  }
  // Column 0 is an outlier that would spoil its Q4_0 blocks.
  const type = shape.type === 'F32' ? 'F32' : 'F16'
  return { name, type, shape: [columns, shape.vocabulary.tokens.length], fill }
}

/**
 * @param {ModelShape} shape
 * @param {number} layer
 * @returns {GgufTensor[]}
 */
function attentionTensors(shape, layer) {
  const { arch, embedding, heads, kvHeads, headDim } = shape
  const prefix = `blk.${layer}.attn_`
  const fan = 1 / Math.sqrt(embedding)
  const query = shape.weights === 'uniform' ? 0 : 1.5 * fan
  const tensors = [
    vector(shape, `${prefix}norm.weight`, embedding, 1, 0.1),
    matrix(shape, `${prefix}q.weight`, [embedding, heads * headDim], query),
    matrix(shape, `${prefix}k.weight`, [embedding, kvHeads * headDim], query),
    matrix(shape, `${prefix}v.weight`, [embedding, kvHeads * headDim], fan),
    writer(
      shape,
      `${prefix}output.weight`,
      [heads * headDim, embedding],
      1 / Math.sqrt(heads * headDim),
    ),
  ]
  const bias = query === 0 ? 0 : 0.5
  if (arch === 'qwen2') {
    tensors.push(
      vector(shape, `${prefix}q.bias`, heads * headDim, 0, bias),
      vector(shape, `${prefix}k.bias`, kvHeads * headDim, 0, bias),
      vector(shape, `${prefix}v.bias`, kvHeads * headDim, 0, 0.1),
    )
  }
  if (arch === 'gemma3') {
    tensors.push(
      vector(shape, `${prefix}q_norm.weight`, headDim, 1.5, 0.1),
      vector(shape, `${prefix}k_norm.weight`, headDim, 1.5, 0.1),
      vector(shape, `blk.${layer}.post_attention_norm.weight`, embedding, 1, 0.1),
    )
  }
  return tensors
}

/**
 * @param {ModelShape} shape
 * @param {number} layer
 * @returns {GgufTensor[]}
 */
function feedForwardTensors(shape, layer) {
  const { arch, embedding, ff } = shape
  const prefix = `blk.${layer}.`
  const fan = 1 / Math.sqrt(embedding)
  const tensors = [
    vector(shape, `${prefix}ffn_norm.weight`, embedding, 1, 0.1),
    matrix(shape, `${prefix}ffn_gate.weight`, [embedding, ff], fan),
    matrix(shape, `${prefix}ffn_up.weight`, [embedding, ff], fan),
    writer(shape, `${prefix}ffn_down.weight`, [ff, embedding], 1 / Math.sqrt(ff)),
  ]
  if (arch === 'gemma3') {
    tensors.push(vector(shape, `${prefix}post_ffw_norm.weight`, embedding, 1, 0.1))
  }
  return tensors
}

/**
 * About what the constant channel is behind the last norm: each layer adds about 1 to the mean
 * square of the others (2 with gemma3's norms behind attention and feed-forward).
 * @param {ModelShape} shape
 */
function constantBehindNorm(shape) {
  const perLayer = shape.arch === 'gemma3' ? 2 : 1
  const square = 1 + constantChannel ** 2 / shape.embedding + perLayer * shape.layers
  return constantChannel / Math.sqrt(square)
}

/** @type {typeof import('./tiny-weights.d.mts').modelTensors} */
export function modelTensors(shape) {
  // gemma3 multiplies embeddings by the root of their length.
  const scale = shape.arch === 'gemma3' ? 1 / Math.sqrt(shape.embedding) : 1
  const gain = constantBehindNorm(shape)
  const layers = Array.from({ length: shape.layers }, (_, layer) => [
    ...attentionTensors(shape, layer),
    ...feedForwardTensors(shape, layer),
  ])
  const deviation = logitDeviation / Math.sqrt(shape.embedding)
  return [
    tokenMatrix(shape, 'token_embd.weight', scale, () => constantChannel * scale),
    ...layers.flat(),
    vector(shape, 'output_norm.weight', shape.embedding, 1, 0),
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
  if (arch === 'gemma3') metadata[`${arch}.attention.sliding_window`] = u32(shape.slidingWindow)
  return metadata
}
