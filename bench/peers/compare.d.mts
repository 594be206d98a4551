/**
 * What is measured. Tokens a second: `generate` of one chain, `rows` of one whose every token's attention row is read,
 * `chains` of several at once. Milliseconds: `row` of the last token's attention over a trace that has to be read, `live`
 * of the same where all but the last token is in the cache.
 */
export type JobName = 'generate' | 'rows' | 'chains' | 'row' | 'live'

/** What one process is asked for. */
export interface Job {
  readonly name: JobName
  /** Path of a GGUF file. */
  readonly model: string
  /** To generate, of each chain. */
  readonly tokens: number
  readonly chains: number
  readonly threads: number
  /** Cells of the cache. */
  readonly context: number
  /** As the library chose it for this job, for peers that can be told. */
  readonly flashAttention: boolean
}

/** What one process says. */
export interface Measurement {
  readonly tokensPerSecond?: number
  readonly millis?: number
  /** Time of the processors: of a token, or of the row. */
  readonly processorMillis: number
  /** What the first chain generated. */
  readonly tokens?: readonly number[]
  /** Mean over layers and heads, shape (tokens), or one less where a peer does not say what the last key gets. */
  readonly row?: readonly number[]
  /** Resident set behind the load of the model, and the highest. */
  readonly loadedRssKb: number
  readonly peakRssKb: number
  readonly flashAttention?: boolean
}

/** A peer that was measured once a round, one that is not there, or one that failed. */
export type Outcome = { readonly name: string } & (
  | { readonly rounds: readonly Measurement[] }
  /** The command that sets it up. */
  | { readonly absent: string }
  | { readonly failed: string }
)

/** One line of the table. */
export interface Compared {
  readonly name: string
  /** Median of tokens a second or of milliseconds. */
  readonly value: number
  /** Lowest and highest. */
  readonly range: readonly [number, number]
  /** How many times as fast the library is: the median of the ratios within each round. */
  readonly speed: number
  /** The same by the time of the processors. */
  readonly processorSpeed: number
  readonly peakRssKb: number
  /** How far the peak is above what was there behind the load. */
  readonly grownRssKb: number
  /** How many times as much memory as the library the peer's process takes at its peak. */
  readonly memory: number
  /** What was computed is the same, in words. */
  readonly agreement: string
}

/** Tokens at the start of both that are equal. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number
/**
 * Half the sum of differences of two attention rows, over the keys that both have: 0 is the same, 1 has nothing in
 * common. NaN where either holds one.
 */
export function rowDistance(a: readonly number[], b: readonly number[]): number
/** @throws Error for a round without a value */
export function compare(
  ours: readonly Measurement[],
  name: string,
  theirs: readonly Measurement[],
): Compared
/** Markdown: those that were measured, then the others in words. The first outcome is the library. */
export function table(outcomes: readonly Outcome[], unit: string): string
