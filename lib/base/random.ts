/** Seeded randomness for baselines. */

/** Numbers of [0, 1), the same on every machine: mulberry32, by Tommy Ettinger. */
export function randomNumbers(count: number, seed: number): readonly number[] {
  let state = seed >>> 0
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  })
}
