// @ts-check
/** Seeded randomness for property tests, and for scripts beside them. */

/** @type {typeof import('./random.d.mts').mulberry32} */
export function mulberry32(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  /** @param {number} below */
  const integer = below => Math.floor(next() * below)
  /** @template T @param {readonly T[]} values @returns {T} */
  const pick = values => {
    const [value] = values.slice(integer(values.length))
    if (value === undefined) throw new Error('pick from nothing')
    return value
  }
  return { next, integer, pick }
}

/** @type {typeof import('./random.d.mts').testSeed} */
export function testSeed() {
  const given = process.env.COT_PRUNE_SEED
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given) >>> 0
}
