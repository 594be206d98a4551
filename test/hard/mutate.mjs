// @ts-check
/**
 * Damaged model files: what is done to a good one is small, is made by a seed, and can be written down, so that a file
 * that once ended a process is kept as a line and not as megabytes.
 */
import { mulberry32 } from '../support/random.mjs'
import { templateOfLength } from './templates.mjs'

/** @typedef {import('./mutate.d.mts').Damage} Damage */
/** @typedef {import('../support/random.d.mts').Random} Random */
/** @typedef {import('./mutate.d.mts').Described} Described */

const extremes = [
  0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
]
/** @param {number} value */
const u32 = value => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]

/**
 * The header, metadata, and tensor descriptions of a GGUF file are what a loader interprets: most damage is there.
 * @param {Random} random
 * @param {Described} file
 */
function place(random, { size, headerSize }) {
  return random.next() < 0.95 ? random.integer(headerSize) : random.integer(size)
}

/** @param {string} text */
const utf8 = text => [...new TextEncoder().encode(text)]

/**
 * What one text of the file has, written over another one of the same length.
 * @param {Random} random
 * @param {Described} file
 * @param {readonly { readonly at: number, readonly length: number }[]} texts
 * @returns {Damage}
 */
function copied(random, file, texts) {
  const into = random.pick(texts)
  const from = random.pick(texts.filter(({ length }) => length === into.length))
  return {
    writes: [{ at: into.at, bytes: [...file.bytes.subarray(from.at, from.at + from.length)] }],
  }
}

/** @param {Random} random @param {{ readonly at: number, readonly length: number }} text @returns {Damage} */
const oneByte = (random, { at, length }) => ({
  writes: [{ at: at + random.integer(Math.max(1, length)), bytes: [random.integer(256)] }],
})

/** Where something is written over, and by what. @satisfies {Record<string, (random: Random, file: Described) => Damage>} */
const kinds = {
  bits: (random, file) => ({
    writes: Array.from({ length: 1 + random.integer(4) }, () => {
      const at = place(random, file)
      return { at, bytes: [(file.bytes[at] ?? 0) ^ (1 << random.integer(8))] }
    }),
  }),
  integer: (random, file) => {
    return { writes: [{ at: place(random, file), bytes: u32(random.pick(extremes)) }] }
  },
  // a number behind a metadata key
  value: (random, file) => {
    const value = random.next() < 0.7 ? random.pick(extremes) : random.integer(4096)
    return { writes: [{ at: random.pick(file.values), bytes: u32(value) }] }
  },
  bytes: (random, file) => {
    const at = place(random, file)
    return {
      writes: [
        { at, bytes: Array.from({ length: 1 + random.integer(16) }, () => random.integer(256)) },
      ],
    }
  },
  // lists of the tokenizer: their type, how long they are, what is in them
  vocabulary: (random, file) => {
    const { at, elements, texts } = random.pick(file.lists)
    const chosen = random.next()
    if (chosen < 0.1) return { writes: [{ at, bytes: [random.integer(13)] }] }
    if (chosen < 0.3) {
      const count = elements.length + texts.length + random.integer(5) - 2
      const length = random.next() < 0.5 ? count : random.pick(extremes)
      return { writes: [{ at: at + 4, bytes: u32(length) }] }
    }
    if (texts.length === 0) {
      return { writes: [{ at: random.pick(elements), bytes: u32(random.pick(extremes)) }] }
    }
    if (chosen < 0.5) {
      // the length stands before the text
      return { writes: [{ at: random.pick(texts).at - 8, bytes: u32(random.pick(extremes)) }] }
    }
    return chosen < 0.75 ? copied(random, file, texts) : oneByte(random, random.pick(texts))
  },
  name: (random, file) =>
    random.next() < 0.5
      ? copied(random, file, file.names)
      : oneByte(random, random.pick(file.names)),
  template: (random, file) => {
    const { template } = file
    if (template === null) return { writes: [] }
    if (random.next() < 0.2) return oneByte(random, template)
    const bytes = utf8(templateOfLength(random, template.length)).slice(0, template.length)
    return { writes: [{ at: template.at, bytes }] }
  },
  truncation: (random, file) => ({ writes: [], length: random.integer(file.size) }),
}

/** @type {typeof import('./mutate.d.mts').damageOf} */
export function damageOf(seed, file) {
  const random = mulberry32(seed)
  // numbers of the metadata decide what is built
  const kind = random.next() < 0.35 ? kinds.value : random.pick(Object.values(kinds))
  return kind(random, file)
}

/** @type {typeof import('./mutate.d.mts').damaged} */
export function damaged(bytes, { writes, length }) {
  const copy = Uint8Array.from(length === undefined ? bytes : bytes.subarray(0, length))
  for (const { at, bytes: some } of writes) {
    for (const [i, byte] of some.entries()) if (at + i < copy.length) copy[at + i] = byte
  }
  return copy
}

/** Bytes of each type of number in GGUF's metadata; the others have a length of their own. */
/** @type {ReadonlyMap<number, number>} */
const widths = new Map([
  ...[0, 1, 7].map(type => /** @type {const} */ ([type, 1])),
  ...[2, 3].map(type => /** @type {const} */ ([type, 2])),
  ...[4, 5, 6].map(type => /** @type {const} */ ([type, 4])),
  ...[10, 11, 12].map(type => /** @type {const} */ ([type, 8])),
])
const stringType = 8
const arrayType = 9

/** Goes over a header, and remembers where things are. */
class Reader {
  /** @type {number[]} */
  values = []
  /** @type {{ at: number, elements: number[], texts: import('./mutate.d.mts').Text[] }[]} */
  lists = []
  /** @type {import('./mutate.d.mts').Text[]} */
  names = []
  /** @type {import('./mutate.d.mts').Text | null} */
  template = null
  #view
  at = 8

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u32() {
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  u64() {
    this.at += 8
    return Number(this.#view.getBigUint64(this.at - 8, true))
  }

  string() {
    const length = this.u64()
    this.at += length
    return { at: this.at - length, length }
  }

  /** @param {{ readonly at: number, readonly length: number }} place */
  text({ at, length }) {
    return new TextDecoder().decode(
      new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length),
    )
  }

  /** @param {number} type */
  value(type) {
    if (type === stringType) this.string()
    else if (type === arrayType) this.list()
    else this.at += widths.get(type) ?? 0
  }

  list() {
    const { at } = this
    const of = this.u32()
    const count = this.u64()
    /** @type {number[]} */
    const elements = []
    const texts = []
    for (let i = 0; i < count; i++) {
      if (of === stringType) texts.push(this.string())
      else {
        elements.push(this.at)
        this.value(of)
      }
    }
    return { at, elements, texts }
  }

  pair() {
    const key = this.text(this.string())
    const type = this.u32()
    if (type !== stringType) this.values.push(this.at)
    if (key === 'tokenizer.chat_template') this.template = this.string()
    else if (type === arrayType && key.startsWith('tokenizer.')) {
      const list = this.list()
      if (list.elements.length + list.texts.length > 0) this.lists.push(list)
    } else this.value(type)
  }

  tensor() {
    this.names.push(this.string())
    const dimensions = this.u32()
    for (let i = 0; i < dimensions; i++) {
      this.values.push(this.at)
      this.at += 8
    }
    // its type and its offset
    this.at += 12
  }
}

/** @type {typeof import('./mutate.d.mts').describe} */
export function describe(bytes) {
  const reader = new Reader(bytes)
  const tensors = reader.u64()
  const pairs = reader.u64()
  for (let i = 0; i < pairs; i++) reader.pair()
  for (let i = 0; i < tensors; i++) reader.tensor()
  const { values, lists, names, template } = reader
  return { bytes, size: bytes.length, headerSize: reader.at, values, lists, names, template }
}
