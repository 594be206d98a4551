/** The head of a GGUF file: what its cache and buffers will need, before llama.cpp reads it, or before there is a file. */

import { open } from 'node:fs/promises'
import type { ModelShape } from '../../types/public.js'

/** Where the metadata ends at the latest: vocabularies are a few megabytes. */
const mostBytes = 64 * 2 ** 20

/** The shape of a local model; null where the file is none that can be read. */
export async function localShape(path: string): Promise<ModelShape | null> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return null
  try {
    for (let bytes = 2 ** 16; bytes <= mostBytes; bytes *= 8) {
      const buffer = new Uint8Array(bytes)
      const { bytesRead } = await file.read(buffer, 0, bytes, 0)
      const shape = shapeOf(buffer.subarray(0, bytesRead))
      if (shape !== null || bytesRead < bytes) return shape
    }
    return null
  } catch {
    return null
  } finally {
    await file.close()
  }
}

/** Whether bytes begin as a GGUF file does. */
export const isGguf = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x47 && bytes[1] === 0x47 && bytes[2] === 0x55 && bytes[3] === 0x46

/** The shape, from the first bytes of a file; null where they do not reach, or are of something else. Pure. */
export function shapeOf(head: Uint8Array): ModelShape | null {
  if (!isGguf(head)) return null
  try {
    return shapeFrom(new Reader(head))
  } catch (error) {
    if (error instanceof RangeError) return null // the bytes end here
    throw error
  }
}

type Value = number | string | boolean | readonly number[] | null

function shapeFrom(reader: Reader): ModelShape | null {
  const version = reader.u32()
  if (version < 2) return null
  reader.u64() // tensors
  const count = reader.u64()
  const values = new Map<string, Value>()
  let vocabulary = 0
  for (let i = 0; i < count; i++) {
    const key = reader.string()
    if (key === 'tokenizer.ggml.tokens') {
      vocabulary = reader.arrayLength()
      // the numbers of the architecture come before the vocabulary, which is all that is large
      const shape = shapeOfValues(values, vocabulary)
      if (shape !== null) return shape
      reader.arrayEntries(vocabulary)
    } else values.set(key, reader.value())
  }
  return shapeOfValues(values, vocabulary)
}

function shapeOfValues(values: ReadonlyMap<string, Value>, vocabulary: number): ModelShape | null {
  const architecture = values.get('general.architecture')
  if (typeof architecture !== 'string') return null
  const value = (key: string) => values.get(`${architecture}.${key}`) ?? null
  const number = (key: string): number | null => {
    const found = value(key)
    return Array.isArray(found) ? Math.max(0, ...found) : typeof found === 'number' ? found : null
  }
  const layers = number('block_count')
  const embeddingLength = number('embedding_length')
  if (layers === null || embeddingLength === null) return null
  const heads = number('attention.head_count') ?? 0
  const length = heads > 0 ? Math.floor(embeddingLength / heads) : 0
  const kvHeads = value('attention.head_count_kv')
  return {
    architecture,
    cachedLayers:
      heads === 0 ? 0 : cachedLayers(layers, kvHeads, number('full_attention_interval')),
    heads,
    kvHeads: number('attention.head_count_kv') ?? heads,
    keyLength: number('attention.key_length') ?? length,
    valueLength: number('attention.value_length') ?? length,
    embeddingLength,
    vocabularySize: vocabulary || (number('vocab_size') ?? 0),
    trainedContext: number('context_length') ?? 0,
  }
}

/** Layers that do not attend have no cache: a list says it of each, an interval which ones do. */
function cachedLayers(layers: number, kvHeads: Value, interval: number | null): number {
  if (Array.isArray(kvHeads)) return kvHeads.filter(heads => heads > 0).length
  return interval !== null && interval > 0 ? Math.floor(layers / interval) : layers
}

/** Sizes of GGUF's types of numbers, by their codes; 8 is text, 9 a list. */
const sizes: readonly (number | null)[] = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8]

class Reader {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #at = 4

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true))
  }

  string(): string {
    const length = this.u64()
    const start = this.#skip(length)
    this.#view.getUint8(this.#at - (length > 0 ? 1 : 0)) // throws where the bytes end before it does
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length))
  }

  value(): Value {
    const type = this.u32()
    return type === 9 ? this.#array() : this.#single(type)
  }

  /** The length of a list; its entries are next. */
  arrayLength(): number {
    this.u32() // that it is one
    this.#entries = this.u32()
    return this.u64()
  }

  #entries = 0

  arrayEntries(count: number): void {
    for (let i = 0; i < count; i++) this.#single(this.#entries)
  }

  /** Lists of numbers that are short; others are passed over. */
  #array(): Value {
    const type = this.u32()
    const count = this.u64()
    const size = sizes[type]
    if (size != null && count > 4096) {
      this.#skip(size * count)
      return null
    }
    const numbers: number[] = []
    for (let i = 0; i < count; i++) {
      const value = this.#single(type)
      if (typeof value === 'number') numbers.push(value)
    }
    return numbers
  }

  #single(type: number): Value {
    if (type === 8) return this.string()
    const size = sizes[type]
    if (size == null) throw new Error(`GGUF has no type ${type}`)
    return this.#number(type, this.#skip(size))
  }

  #number(type: number, at: number): number | boolean {
    const view = this.#view
    if (type === 0) return view.getUint8(at)
    if (type === 1) return view.getInt8(at)
    if (type === 2) return view.getUint16(at, true)
    if (type === 3) return view.getInt16(at, true)
    if (type === 4) return view.getUint32(at, true)
    if (type === 5) return view.getInt32(at, true)
    if (type === 6) return view.getFloat32(at, true)
    if (type === 7) return view.getUint8(at) !== 0
    if (type === 10) return Number(view.getBigUint64(at, true))
    if (type === 11) return Number(view.getBigInt64(at, true))
    return view.getFloat64(at, true)
  }

  /** Where it was. */
  #skip(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    return at
  }
}
