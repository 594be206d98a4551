export interface Random {
  /** [0, 1). */
  next(): number
  /** An integer in [0, below). */
  integer(below: number): number
  pick<T>(values: readonly T[]): T
}

/** mulberry32, a 32-bit generator by Tommy Ettinger; the same on every platform. */
export declare function mulberry32(seed: number): Random

/** COT_PRUNE_SEED, or a new one for every run; print it with `t.comment`. */
export declare function testSeed(): number
