/** What shares a batch: jobs that are sampled together, and jobs that need the context for themselves between two chunks. */

import type { NativeSample } from '../../../types/native.js'

interface Job {
  /** Before jobs that are not: what only finishes something goes before what begins something. */
  readonly urgent: boolean
  /** Shape (prompt): what its branch has to hold first. */
  readonly tokens: Int32Array
  /** Cells that it may still take beyond its prompt. */
  readonly room: number
  readonly ended: boolean
  /** Set by who does not want it any more. */
  cancelled: boolean
  /** Ends it where nobody wants it any more; true where it has ended. */
  leave(): boolean
  fail(error: unknown): void
}

/** Reads its prompt, then gets a sample of every chunk until it has ended. */
export interface SampledJob extends Job {
  readonly kind: 'sampled'
  /** Takes cells out of its branch once the prompt is read. */
  readonly cuts: boolean
  /** Most tokens of the next chunk. */
  readonly most: number
  /**
   * A branch is its own.
   * @param cached tokens of the prompt that were there
   * @param room most cells beyond the prompt that there are
   */
  enter(branch: number, cached: number, room: number): void
  /**
   * The prompt is in the cache: what follows are samples.
   * @param millis that reading it took
   */
  begin(millis: number): Promise<void>
  /** @param millis its share of the time that the chunk took */
  take(sample: NativeSample, millis: number): Promise<void>
}

/** Has a branch that nobody else looks at, and leaves nothing on it. */
export interface LoneJob extends Job {
  readonly kind: 'lone'
  /** Never rejects. */
  run(branch: number): Promise<void>
}

export type BatchJob = SampledJob | LoneJob
