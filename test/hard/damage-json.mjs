// @ts-check
/** Damaged JSON, by a seed: values of other types, keys that are none, and text that is no JSON. */
import { mulberry32 } from '../support/random.mjs'

/** @typedef {import('../support/random.d.mts').Random} Random */
/** @typedef {{ readonly holder: Record<string, unknown> | unknown[], readonly key: string | number }} Place */

const deep = 20_000
/** What stands for a text that no serializer would write. */
const raw = {
  '@deep-list': `${'['.repeat(deep)}${']'.repeat(deep)}`,
  '@deep-object': `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
  '@huge': '1e999',
  '@long': `0.${'1'.repeat(400)}`,
}

/** A new one each time, which no other damage has changed. @type {readonly (() => unknown)[]} */
const odd = [
  () => null,
  () => true,
  () => false,
  () => '',
  () => 'x',
  () => '-1',
  () => '\0\ud800',
  () => 'x'.repeat(100_000),
  () => 0,
  () => -1,
  () => 0.5,
  () => 2 ** 31,
  () => 2 ** 53,
  () => -(2 ** 53),
  () => 1e308,
  () => [],
  () => [[]],
  () => [null],
  () => Array.from({ length: 1000 }, (_, i) => i),
  () => ({}),
  () => ({ length: 3 }),
  () => ({ toString: 1, valueOf: null, toJSON: 1 }),
  ...Object.keys(raw).map(name => () => name),
]
const evilKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '']

/** @param {unknown} value @param {Place[]} [places] @returns {Place[]} */
function placesIn(value, places = []) {
  if (typeof value !== 'object' || value === null) return places
  const holder = /** @type {Place['holder']} */ (value)
  for (const [key, inner] of Object.entries(holder)) {
    places.push({ holder, key: Array.isArray(holder) ? Number(key) : key })
    placesIn(inner, places)
  }
  return places
}

/** @param {Place} place @param {unknown} value */
function put({ holder, key }, value) {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** @param {Place} place @returns {unknown} */
const at = ({ holder, key }) => Reflect.get(holder, key)

/** @type {readonly ((places: readonly Place[], random: Random) => void)[]} */
const structural = [
  (places, random) => put(random.pick(places), random.pick(odd)()),
  (places, random) => {
    const { holder, key } = random.pick(places)
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else Reflect.deleteProperty(holder, key)
  },
  (places, random) => {
    const { holder, key } = random.pick(places)
    if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(holder[Number(key)]))
    else put({ holder, key: random.pick(evilKeys) }, { polluted: true, 0: 'polluted' })
  },
  (places, random) => put(random.pick(places), structuredClone(at(random.pick(places)))),
  (places, random) => {
    const place = random.pick(places)
    put(place, random.next() < 0.5 ? [at(place)] : { ...Object(at(place)) })
  },
  (places, random) => {
    const numbers = places.filter(place => typeof at(place) === 'number')
    if (numbers.length === 0) return
    const place = random.pick(numbers)
    put(place, Number(at(place)) + random.pick([1, -1, 0.5, 1e6, -1e6, 2 ** 32]))
  },
]

/** @type {readonly ((text: string, random: Random) => string)[]} */
const textual = [
  (text, random) => text.slice(0, random.integer(text.length)),
  (text, random) => {
    const place = random.integer(text.length)
    return text.slice(0, place) + text.slice(place + 1 + random.integer(20))
  },
  text => `\ufeff${text}`,
  text => `${text}${text}`,
  (text, random) => {
    const place = random.integer(text.length)
    return text.slice(0, place) + random.pick(['{', ']', '"', '\\', '\0', '\n', ',', 'NaN'])
  },
  // the same key twice
  text => text.replace(/"(\w+)":/, '"$1":[],"$1":'),
  () => '',
  () => 'null',
  () => '[]',
  () => '{}',
  () => '"x"',
]

/**
 * @param {number} seed
 * @param {string} text JSON, or lines of it
 * @returns {Uint8Array}
 */
export function damagedJson(seed, text) {
  const random = mulberry32(seed)
  if (random.next() < 0.2) return bytesOf(random.pick(textual)(text, random), random)
  const ends = text.endsWith('\n')
  const lines = isOne(text) ? [text] : text.trimEnd().split('\n')
  const chosen = random.integer(lines.length)
  /** @type {unknown} */
  const value = JSON.parse(lines[chosen] ?? '')
  for (let times = 1 + random.integer(3); times > 0; times--) {
    const places = placesIn(value)
    if (places.length > 0) random.pick(structural)(places, random)
  }
  lines[chosen] = JSON.stringify(value).replaceAll(
    /"(@[\w-]+)"/g,
    (all, name) => new Map(Object.entries(raw)).get(name) ?? all,
  )
  return bytesOf(lines.join('\n') + (ends ? '\n' : ''), random)
}

/** @param {string} text */
function isOne(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Now and then no UTF-8. @param {string} text @param {Random} random */
function bytesOf(text, random) {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > 0 && random.next() < 0.05) bytes[random.integer(bytes.length)] = 0xff
  return bytes
}
