// @ts-check
/** ggml's tensor types, encoded as its reference code does (ggml-quants.c, quantize_row_*_ref). */

/** @typedef {import('./gguf.d.mts').GgufType} GgufType */

/** @type {Record<GgufType, { id: number, block: number, bytes: number }>} */
export const tensorTypes = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q4_0: { id: 2, block: 32, bytes: 18 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
}

/** @param {{ readonly name: string, readonly type: GgufType, readonly shape: readonly number[] }} tensor */
export function tensorBytes(tensor) {
  const { block, bytes } = tensorTypes[tensor.type]
  const [columns = 0] = tensor.shape
  if (columns % block !== 0) {
    throw new RangeError(`${tensor.name}: ${columns} columns are no multiple of ${block}`)
  }
  return (tensor.shape.reduce((product, size) => product * size, 1) / block) * bytes
}

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/**
 * Round to nearest, ties to even, subnormals included: ggml_compute_fp32_to_fp16.
 * @param {number} value
 */
export function halfBits(value) {
  float[0] = value
  const word = bits[0] ?? 0
  const doubled = (word << 1) >>> 0
  const sign = (word >>> 16) & 0x8000
  if (doubled > 0xff000000) return sign | 0x7e00
  const bias = Math.max((doubled & 0xff000000) >>> 0, 0x71000000)
  const base = Math.fround(Math.fround(Math.abs(value) * 2 ** 112) * 2 ** -110)
  bits[0] = (bias >>> 1) + 0x07800000
  float[0] = (float[0] ?? 0) + base
  const sum = bits[0] ?? 0
  return sign | (((sum >>> 13) & 0x7c00) + (sum & 0xfff))
}

/**
 * @param {Float32Array} values
 * @param {number} start
 */
function largest(values, start) {
  let best = 0
  for (let i = start; i < start + 32; i++) {
    const value = values[i] ?? 0
    if (Math.abs(value) > Math.abs(best)) best = value
  }
  return best
}

/** @param {Float32Array} values */
function encodeQ4(values) {
  const out = new Uint8Array((values.length / 32) * 18)
  const view = new DataView(out.buffer)
  for (let block = 0, at = 0; block < values.length; block += 32, at += 18) {
    const scale = Math.fround(largest(values, block) / -8)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    view.setUint16(at, halfBits(scale), true)
    /** @param {number} i */
    const nibble = i => {
      const scaled = Math.fround((values[block + i] ?? 0) * inverse)
      return Math.min(15, Math.trunc(Math.fround(scaled + 8.5)))
    }
    for (let i = 0; i < 16; i++) out[at + 2 + i] = nibble(i) | (nibble(16 + i) << 4)
  }
  return out
}

/** @param {Float32Array} values */
function encodeQ8(values) {
  const out = new Uint8Array((values.length / 32) * 34)
  const view = new DataView(out.buffer)
  for (let block = 0, at = 0; block < values.length; block += 32, at += 34) {
    const scale = Math.fround(Math.abs(largest(values, block)) / 127)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    view.setUint16(at, halfBits(scale), true)
    for (let i = 0; i < 32; i++) {
      const scaled = Math.fround((values[block + i] ?? 0) * inverse)
      // roundf: halves go away from zero.
      view.setInt8(at + 2 + i, Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5))
    }
  }
  return out
}

/** @param {Float32Array} values */
function encodeHalf(values) {
  const out = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) out[i] = halfBits(values[i] ?? 0)
  return new Uint8Array(out.buffer)
}

/**
 * @param {GgufType} type
 * @param {Float32Array} values whole blocks
 * @returns {Uint8Array}
 */
export function encodeTensor(type, values) {
  if (type === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (type === 'F16') return encodeHalf(values)
  return type === 'Q4_0' ? encodeQ4(values) : encodeQ8(values)
}
