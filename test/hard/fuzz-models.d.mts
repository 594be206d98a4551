import type { GgufValue } from '../support/gguf.mjs'
import type { TinyArchitecture } from '../support/tiny-models.mjs'
import type { Damage } from './mutate.mjs'

/** A seeded damage, or a recipe of the corpus: a key of the metadata with another value. */
export type Case = { readonly arch: TinyArchitecture } & (
  | { readonly damage: Damage }
  | { readonly key: string; readonly value: GgufValue }
)

export interface Outcome {
  /** `works`, the code of an error, or how the process ended. */
  readonly outcome: string
  /** KiB. */
  readonly maxRSS: number
}

export declare function isFault(outcome: Outcome): boolean
export declare function tryAll(
  cases: Iterable<Case>,
  told: (one: Case, outcome: Outcome) => void,
): Promise<void>
/** What ended a process once. */
export declare function corpus(): Case[]
export declare function casesOf(
  archs: readonly TinyArchitecture[],
  count: number,
  seed: number,
): Generator<Case>
