// @ts-check
/** Random models for tests and benchmarks, written once into `.cache/tiny` and reused. */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { halfBits } from './ggml-types.mjs'
import { f32, string, writeGguf } from './gguf.mjs'
import { families } from './tiny/families.mjs'
import { mulberry32, nameSeed } from './tiny/parts.mjs'
import {
  controlTokens,
  templates,
  thinkTags,
  tinyVocabulary,
  vocabularyMetadata,
} from './tiny-vocabulary.mjs'
import { modelMetadata, modelTensors } from './tiny-weights.mjs'

/** @typedef {import('./tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('./tiny-models.d.mts').TinyModelOptions} TinyModelOptions */
/** @typedef {import('./gguf.d.mts').GgufFile} GgufFile */
/** @typedef {import('./gguf.d.mts').GgufTensor} GgufTensor */
/** @typedef {import('./tiny-vocabulary.d.mts').TinyVocabulary} TinyVocabulary */

/** Count up when a change here changes the files. */
const version = 2

export const cacheFolder = fileURLToPath(new URL('../../.cache/tiny/', import.meta.url))

/** @type {Required<TinyModelOptions>} */
const defaults = {
  arch: 'qwen2',
  layers: 3,
  heads: 4,
  kvHeads: 2,
  headDim: 64,
  embedding: 256,
  ff: 512,
  context: 4096,
  seed: 1,
  weights: 'random',
  type: 'F16',
  slidingWindow: 64,
  template: 'think',
  temperature: 0,
  vocabularySize: 0,
  bias: {},
}

/**
 * Text is mostly printable with a paragraph now and then; control tokens and think tags never come
 * unless `bias` says so.
 * @param {TinyVocabulary} vocabulary
 * @param {Readonly<Record<string, number>>} bias
 */
function tokenBiases(vocabulary, bias) {
  const never = new Set([...controlTokens, ...thinkTags])
  const end = vocabulary.tokens.indexOf('ĊĊ')
  return vocabulary.tokens.map((token, id) => {
    const chosen = bias[token]
    if (chosen !== undefined) return chosen
    if (never.has(token)) return -30
    if (id === end) return 1.2
    return id < 32 || (id >= 127 && id < 256) ? -12 : 0
  })
}

/**
 * @param {TinyModelOptions} options
 * @returns {ModelShape}
 */
function modelShape(options) {
  const {
    template: _,
    temperature: __,
    vocabularySize,
    bias,
    ...shape
  } = { ...defaults, ...options }
  const vocabulary = tinyVocabulary(vocabularySize === 0 ? undefined : vocabularySize)
  return { ...shape, name: `tiny-${shape.arch}`, vocabulary, bias: tokenBiases(vocabulary, bias) }
}

/**
 * @param {TinyModelOptions} options
 * @returns {GgufFile}
 */
function tinyFile(options) {
  const shape = modelShape(options)
  const named = options.template ?? defaults.template
  const template = named === 'think' || named === 'plain' ? templates[named] : named
  const vocabulary = vocabularyMetadata(shape.vocabulary, template === 'none' ? null : template)
  const temperature = options.temperature === undefined ? defaults.temperature : options.temperature
  const sampling = temperature === null ? {} : { 'general.sampling.temp': f32(temperature) }
  const metadata = { ...modelMetadata(shape), ...sampling, ...vocabulary }
  return { metadata, tensors: modelTensors(shape) }
}

/**
 * Another process may write the same file at the same time: the last rename wins, with equal bytes.
 * @param {string} label
 * @param {unknown} parameters
 * @param {() => GgufFile} build
 */
function cached(label, parameters, build) {
  const text = JSON.stringify([version, parameters])
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const path = join(cacheFolder, `${label}-${hash}.gguf`)
  if (existsSync(path)) return path
  mkdirSync(cacheFolder, { recursive: true })
  const temporary = `${path}.${process.pid}-${randomUUID()}.tmp`
  try {
    writeGguf(temporary, build())
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
  return path
}

/** @type {typeof import('./tiny-models.d.mts').tinyModel} */
export function tinyModel(options = {}) {
  const full = { ...defaults, ...families[options.arch ?? defaults.arch].defaults, ...options }
  return cached(`${full.arch}-${full.weights}-${full.type.toLowerCase()}`, full, () =>
    tinyFile(full),
  )
}

/** Blocks of the pool that random quantised tensors are cut from; a prime, so that rows differ. */
const poolBlocks = 65537

/**
 * A tensor of random Q4_0 or Q8_0 blocks whose values have the given standard deviation.
 * @param {'Q4_0' | 'Q8_0'} type
 * @param {string} name
 * @param {readonly [columns: number, rows: number]} size
 * @param {number} deviation
 * @returns {GgufTensor}
 */
function randomBlocks(type, name, size, deviation) {
  const bytes = type === 'Q4_0' ? 18 : 34
  // Standard deviation of uniform nibbles and of uniform bytes.
  const scale = halfBits(deviation / (type === 'Q4_0' ? 4.61 : 73.9))
  const total = ((size[0] * size[1]) / 32) * bytes
  /** @type {Uint8Array | undefined} */
  let pool
  /** @type {(out: Uint8Array, start: number) => void} */
  const fillRaw = (out, start) => {
    pool ??= blockPool(bytes, scale, nameSeed(1, name))
    for (let at = 0; at < out.length; ) {
      const from = (start + at) % pool.length
      const piece = pool.subarray(from, from + out.length - at)
      out.set(piece, at)
      at += piece.length
    }
    if (start + out.length === total) pool = undefined
  }
  return { name, type, shape: size, fillRaw }
}

/**
 * @param {number} bytes of a block
 * @param {number} scale
 * @param {number} seed
 */
function blockPool(bytes, scale, seed) {
  const random = mulberry32(seed)
  const words = Uint32Array.from(
    { length: Math.ceil((poolBlocks * bytes) / 4) },
    () => random() * 2 ** 32,
  )
  const pool = new Uint8Array(words.buffer, 0, poolBlocks * bytes)
  const view = new DataView(pool.buffer)
  for (let at = 0; at < pool.length; at += bytes) view.setUint16(at, scale, true)
  return pool
}

/** Like DeepSeek-R1-Distill-Qwen, 1.5B and 7B. */
const largeShapes = /** @type {const} */ ({
  '0.5B': { layers: 24, heads: 14, kvHeads: 2, headDim: 64, embedding: 896, ff: 4864 },
  '1.5B': { layers: 28, heads: 12, kvHeads: 2, headDim: 128, embedding: 1536, ff: 8960 },
  '7B': { layers: 28, heads: 28, kvHeads: 4, headDim: 128, embedding: 3584, ff: 18944 },
})

/**
 * In Q4_0; the output matrix is Q8_0 where those have Q6_K.
 * @param {keyof typeof largeShapes} name
 * @returns {GgufFile}
 */
function largeFile(name) {
  const shape = modelShape({
    ...largeShapes[name],
    context: 131072,
    type: 'Q4_0',
    vocabularySize: 151936,
  })
  const tensors = modelTensors(shape).map(tensor => largeTensor(tensor, shape))
  const vocabulary = vocabularyMetadata(shape.vocabulary, templates.think)
  return {
    metadata: { ...modelMetadata({ ...shape, name: `shape-${name}` }), ...vocabulary },
    tensors,
  }
}

/**
 * @param {GgufTensor} tensor
 * @param {ModelShape} shape
 * @returns {GgufTensor}
 */
function largeTensor(tensor, shape) {
  const [columns = 0, rows] = tensor.shape
  if (rows === undefined) return tensor
  const size = /** @type {const} */ ([columns, rows])
  if (tensor.name === 'output.weight') {
    return randomBlocks('Q8_0', tensor.name, size, 2 / Math.sqrt(shape.embedding))
  }
  const deviation = tensor.name === 'token_embd.weight' ? 1 : 1 / Math.sqrt(columns)
  return randomBlocks('Q4_0', tensor.name, size, deviation)
}

/** @type {typeof import('./tiny-models.d.mts').shapeModel} */
export function shapeModel(name, options = {}) {
  if (name !== 'embedded') {
    return cached(`shape-${name.toLowerCase()}`, name, () => largeFile(name))
  }
  return tinyModel({
    layers: 6,
    heads: 8,
    kvHeads: 2,
    headDim: 32,
    embedding: 256,
    ff: 768,
    context: options.context ?? 4096,
    type: 'Q4_0',
    vocabularySize: 700,
  })
}

/** @type {typeof import('./tiny-models.d.mts').badFiles} */
export function badFiles(folder) {
  mkdirSync(folder, { recursive: true })
  /** @param {string} name */
  const at = name => join(folder, `${name}.gguf`)
  const good = tinyFile({})
  const whole = readFileSync(tinyModel())

  /**
   * @param {string} name
   * @param {Uint8Array | string} content
   */
  const raw = (name, content) => {
    writeFileSync(at(name), content)
    return at(name)
  }
  /**
   * @param {string} name
   * @param {Partial<GgufFile>} change
   */
  const changed = (name, change) => {
    writeGguf(at(name), { ...good, ...change })
    return at(name)
  }
  const tokens = tinyVocabulary()
  const repeated = tokens.tokens.map((token, id) => (id === 98 ? 'a' : token))
  const architecture = { 'general.architecture': string('cot-prune-unknown') }
  const duplicate = vocabularyMetadata({ ...tokens, tokens: repeated }, null)
  return {
    empty: raw('empty', ''),
    text: raw('text', 'This is no model.\n'.repeat(20)),
    truncatedHeader: raw('truncated-header', whole.subarray(0, 700)),
    truncatedTensors: raw('truncated-tensors', whole.subarray(0, whole.length >> 1)),
    unsupportedArchitecture: changed('unsupported-architecture', {
      metadata: { ...good.metadata, ...architecture },
    }),
    vocabularyOnly: changed('vocabulary-only', { tensors: [] }),
    duplicateTokens: changed('duplicate-tokens', { metadata: { ...good.metadata, ...duplicate } }),
    missingTensor: changed('missing-tensor', {
      tensors: good.tensors.filter(tensor => tensor.name !== 'blk.1.ffn_up.weight'),
    }),
  }
}
