/** Seeded randomness for property tests. */

export interface Random {
  /** [0, 1). */
  next(): number
  /** An integer in [0, below). */
  integer(below: number): number
  pick<T>(values: readonly T[]): T
}

/** mulberry32, a 32-bit generator by Tommy Ettinger; the same on every platform. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below: number): number => Math.floor(next() * below)
  const pick = <T>(values: readonly T[]): T => {
    const [value] = values.slice(integer(values.length))
    if (value === undefined) throw new Error('pick from nothing')
    return value
  }
  return { next, integer, pick }
}

/** COT_PRUNE_SEED, or a new one for every run; print it with `t.comment`. */
export function testSeed(): number {
  const given = process.env.COT_PRUNE_SEED
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given) >>> 0
}
