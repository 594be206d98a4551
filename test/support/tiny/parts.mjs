// @ts-check
/**
 * What the tensors of random small models are made of. Scales keep activations near one, attention well
 * away from uniform and logits sane. Channel 0 of the residual stream is a constant that nothing writes
 * to, so that column 0 of the output matrix acts as a bias of each token's logit.
 */
import { createHash } from 'node:crypto'

/** @typedef {import('../tiny-models.d.mts').ModelShape} ModelShape */
/** @typedef {import('../gguf.d.mts').GgufTensor} GgufTensor */

const uniformDeviation = 1 / Math.sqrt(3)

/** @type {typeof import('./parts.d.mts').mulberry32} */
export function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @type {typeof import('./parts.d.mts').nameSeed} */
export function nameSeed(seed, name) {
  return createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE(0)
}

/** @type {typeof import('./parts.d.mts').noise} */
export function noise(shape, name, deviation, mean = 0) {
  const random = mulberry32(nameSeed(shape.seed, name))
  const scale = deviation / uniformDeviation
  return out => {
    for (let i = 0; i < out.length; i++) out[i] = mean + scale * (2 * random() - 1)
  }
}

/** @type {typeof import('./parts.d.mts').matrix} */
export function matrix(shape, name, size, deviation = 1 / Math.sqrt(size[0])) {
  return { name, type: shape.type, shape: size, fill: noise(shape, name, deviation) }
}

/** @type {typeof import('./parts.d.mts').writer} */
export function writer(shape, name, size) {
  const random = noise(shape, name, 1 / Math.sqrt(size[0]))
  const [columns, rows] = size
  /** @type {(out: Float32Array, start: number) => void} */
  const fill = (out, start) => {
    random(out)
    // row 0, of every expert
    for (let i = 0; i < out.length; i++) {
      if (Math.floor((start + i) / columns) % rows === 0) out[i] = 0
    }
  }
  return { name, type: shape.type, shape: size, fill }
}

/** @type {typeof import('./parts.d.mts').vector} */
export function vector(shape, name, length, mean, deviation) {
  return { name, type: 'F32', shape: [length], fill: noise(shape, name, deviation, mean) }
}

/** @type {typeof import('./parts.d.mts').small} */
export function small(shape, name, size, mean, deviation) {
  return { name, type: 'F32', shape: size, fill: noise(shape, name, deviation, mean) }
}

/** @type {typeof import('./parts.d.mts').writerBias} */
export function writerBias(shape, name, size) {
  const random = noise(shape, name, 0.1)
  /** @type {(out: Float32Array, start: number) => void} */
  const fill = (out, start) => {
    random(out)
    for (let i = 0; i < out.length; i++) if ((start + i) % size[0] === 0) out[i] = 0
  }
  return { name, type: 'F32', shape: size, fill }
}

/** @type {typeof import('./parts.d.mts').tokenMatrix} */
export function tokenMatrix(shape, name, deviation, first) {
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
