// @ts-check
/**
 * A small writer of GGUF v3 files for tests and benchmarks, and a reader of what it can write. Tensors are made and
 * written piece by piece, so that a file of a gigabyte needs a few megabytes of memory.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { encodeTensor, tensorBytes, tensorTypes } from './ggml-types.mjs'

/** @typedef {import('./gguf.d.mts').GgufFile} GgufFile */
/** @typedef {import('./gguf.d.mts').GgufTensor} GgufTensor */
/** @typedef {import('./gguf.d.mts').GgufValue} GgufValue */

const alignment = 32
const valueTypes = { u16: 2, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 }

/** Elements of one piece of a tensor; a multiple of every block size. */
const pieceElements = 1 << 18

/** Appends little-endian values to a growing buffer. */
class ByteWriter {
  #bytes = new Uint8Array(1 << 16)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  /** @param {number} count */
  #grow(count) {
    if (this.length + count <= this.#bytes.length) return
    const bytes = new Uint8Array(2 * (this.length + count))
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  /**
   * Call it before naming the view: it may make a new one.
   * @param {number} count
   */
  #take(count) {
    this.#grow(count)
    const at = this.length
    this.length += count
    return at
  }

  /** @param {number} value */
  u8(value) {
    const at = this.#take(1)
    this.#view.setUint8(at, value)
  }

  /** @param {number} value */
  u16(value) {
    const at = this.#take(2)
    this.#view.setUint16(at, value, true)
  }

  /** @param {number} value */
  u32(value) {
    const at = this.#take(4)
    this.#view.setUint32(at, value, true)
  }

  /** @param {number} value */
  i32(value) {
    const at = this.#take(4)
    this.#view.setInt32(at, value, true)
  }

  /** @param {number} value */
  f32(value) {
    const at = this.#take(4)
    this.#view.setFloat32(at, value, true)
  }

  /** @param {number | bigint} value */
  u64(value) {
    const at = this.#take(8)
    this.#view.setBigUint64(at, BigInt(value), true)
  }

  /** @param {string} value */
  string(value) {
    const bytes = Buffer.from(value, 'utf8')
    this.u64(bytes.length)
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
  }

  pad() {
    while (this.length % alignment !== 0) this.u8(0)
  }

  bytes() {
    return this.#bytes.subarray(0, this.length)
  }
}

/**
 * @param {ByteWriter} out
 * @param {GgufValue} item
 */
function writeValue(out, item) {
  switch (item.type) {
    case 'u16':
      return out.u16(item.value)
    case 'u32':
      return out.u32(item.value)
    case 'i32':
      return out.i32(item.value)
    case 'f32':
      return out.f32(item.value)
    case 'u64':
      return out.u64(item.value)
    case 'bool':
      return out.u8(item.value ? 1 : 0)
    case 'string':
      return out.string(item.value)
    default:
      return writeArray(out, item)
  }
}

/**
 * @param {ByteWriter} out
 * @param {import('./gguf.d.mts').GgufArray} array
 */
function writeArray(out, array) {
  out.u32(valueTypes[array.of])
  out.u64(array.value.length)
  for (const value of array.value) {
    if (array.of === 'string') out.string(String(value))
    else out[array.of](Number(value))
  }
}

/** @param {number} size */
const aligned = size => Math.ceil(size / alignment) * alignment

/** @param {GgufFile} file */
function encodeHeader(file) {
  const out = new ByteWriter()
  out.u32(0x46554747)
  out.u32(3)
  out.u64(file.tensors.length)
  const entries = Object.entries(file.metadata)
  out.u64(entries.length)
  for (const [key, item] of entries) {
    out.string(key)
    out.u32(valueTypes[item.type])
    writeValue(out, item)
  }
  let offset = 0
  for (const tensor of file.tensors) {
    out.string(tensor.name)
    out.u32(tensor.shape.length)
    for (const size of tensor.shape) out.u64(size)
    out.u32(tensorTypes[tensor.type].id)
    out.u64(offset)
    offset += aligned(tensorBytes(tensor))
  }
  out.pad()
  return out.bytes()
}

/**
 * @param {number} descriptor
 * @param {Uint8Array} bytes
 */
function writeAll(descriptor, bytes) {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(descriptor, bytes, at, bytes.length - at)
  }
}

/**
 * @param {number} descriptor
 * @param {GgufTensor} tensor
 */
function writeTensor(descriptor, tensor) {
  const { block, bytes } = tensorTypes[tensor.type]
  const count = tensor.shape.reduce((product, size) => product * size, 1)
  for (let at = 0; at < count; at += pieceElements) {
    const elements = Math.min(pieceElements, count - at)
    if (tensor.fillRaw) {
      const piece = new Uint8Array((elements / block) * bytes)
      tensor.fillRaw(piece, (at / block) * bytes)
      writeAll(descriptor, piece)
    } else {
      const piece = new Float32Array(elements)
      tensor.fill(piece, at)
      writeAll(descriptor, encodeTensor(tensor.type, piece))
    }
  }
  const size = tensorBytes(tensor)
  writeAll(descriptor, new Uint8Array(aligned(size) - size))
}

/** @type {typeof import('./gguf.d.mts').writeGguf} */
export function writeGguf(path, file) {
  const descriptor = openSync(path, 'w')
  try {
    writeAll(descriptor, encodeHeader(file))
    for (const tensor of file.tensors) writeTensor(descriptor, tensor)
  } finally {
    closeSync(descriptor)
  }
}

/* ---- reading ------------------------------------------------------------------------------ */

/** Takes little-endian values off a buffer, in the order in which `ByteWriter` appends them. */
class ByteReader {
  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.bytes = bytes
    this.at = 0
  }

  /** @param {number} count */
  #take(count) {
    const at = this.at
    this.at += count
    return at
  }

  u8 = () => this.bytes.readUInt8(this.#take(1))
  u32 = () => this.bytes.readUInt32LE(this.#take(4))
  i32 = () => this.bytes.readInt32LE(this.#take(4))
  f32 = () => this.bytes.readFloatLE(this.#take(4))
  u64 = () => Number(this.bytes.readBigUInt64LE(this.#take(8)))

  string() {
    const length = this.u64()
    const at = this.#take(length)
    return this.bytes.toString('utf8', at, at + length)
  }
}

/**
 * @param {ByteReader} from
 * @returns {GgufValue}
 */
function readValue(from) {
  const type = from.u32()
  switch (type) {
    case valueTypes.u32:
      return { type: 'u32', value: from.u32() }
    case valueTypes.i32:
      return { type: 'i32', value: from.i32() }
    case valueTypes.f32:
      return { type: 'f32', value: from.f32() }
    case valueTypes.u64:
      return { type: 'u64', value: from.u64() }
    case valueTypes.bool:
      return { type: 'bool', value: from.u8() !== 0 }
    case valueTypes.string:
      return { type: 'string', value: from.string() }
    case valueTypes.array:
      return readArray(from)
    default:
      throw new RangeError(`metadata of type ${type} is not read here`)
  }
}

/**
 * @param {ByteReader} from
 * @returns {GgufValue}
 */
function readArray(from) {
  const of = from.u32()
  const length = from.u64()
  if (of === valueTypes.string)
    return array(
      'string',
      Array.from({ length }, () => from.string()),
    )
  if (of === valueTypes.i32)
    return array(
      'i32',
      Array.from({ length }, () => from.i32()),
    )
  if (of === valueTypes.f32)
    return array(
      'f32',
      Array.from({ length }, () => from.f32()),
    )
  throw new RangeError(`an array of type ${of} is not read here`)
}

/** @param {ByteReader} from */
function readTensorInfo(from) {
  const name = from.string()
  const shape = Array.from({ length: from.u32() }, () => from.u64())
  const id = from.u32()
  const types = /** @type {import('./gguf.d.mts').GgufType[]} */ (Object.keys(tensorTypes))
  const type = types.find(known => tensorTypes[known].id === id)
  if (type === undefined) throw new RangeError(`tensor ${name} has a type that is not read here`)
  return { name, type, shape, offset: from.u64() }
}

/** @type {typeof import('./gguf.d.mts').readGguf} */
export function readGguf(path) {
  const from = new ByteReader(readFileSync(path))
  if (from.u32() !== 0x46554747 || from.u32() !== 3) throw new RangeError(`${path} is no GGUF v3`)
  const [tensorCount, entryCount] = [from.u64(), from.u64()]
  /** @type {Record<string, GgufValue>} */
  const metadata = {}
  for (let i = 0; i < entryCount; i++) {
    const key = from.string()
    metadata[key] = readValue(from)
  }
  const infos = Array.from({ length: tensorCount }, () => readTensorInfo(from))
  const data = aligned(from.at)
  const tensors = infos.map(({ offset, ...info }) => ({
    ...info,
    /** @type {(out: Uint8Array, start: number) => void} */
    fillRaw: (out, start) => {
      const first = data + offset + start
      out.set(from.bytes.subarray(first, first + out.length))
    },
  }))
  return { metadata, tensors }
}

/** @type {typeof import('./gguf.d.mts').u32} */
export const u32 = value => ({ type: 'u32', value })
/** @type {typeof import('./gguf.d.mts').f32} */
export const f32 = value => ({ type: 'f32', value })
/** @type {typeof import('./gguf.d.mts').bool} */
export const bool = value => ({ type: 'bool', value })
/** @type {typeof import('./gguf.d.mts').string} */
export const string = value => ({ type: 'string', value })
/** @type {typeof import('./gguf.d.mts').array} */
export const array = (of, value) => ({ type: 'array', of, value })
