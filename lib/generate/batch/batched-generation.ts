/** One of several generations that share a batch, as its consumer sees it. */

import type { GenerationChunk, Trace } from '../../../types/public.js'
import type { ChunkQueue } from './chunk-queue.js'

/**
 * As `Generation`: iterate it for chunks, call `finish()` for the trace, or both. It runs whether or not anybody reads.
 * Leaving the loop early takes it out of the batch before the next chunk; the trace then ends with `finish: 'cancelled'`.
 */
export class BatchedGeneration implements AsyncIterableIterator<GenerationChunk, undefined> {
  readonly #queue: ChunkQueue
  readonly #trace: Promise<Trace>
  readonly #cancel: () => void
  readonly #cached: () => number

  /** Use `batch.generate()`. @internal */
  constructor(
    queue: ChunkQueue,
    trace: Promise<Trace>,
    { cancel, cached }: { readonly cancel: () => void; readonly cached: () => number },
  ) {
    this.#queue = queue
    this.#trace = trace
    this.#cancel = cancel
    this.#cached = cached
    // whoever only iterates hears of a failure there
    trace.catch(() => {})
  }

  /** Tokens of the prompt that were in the cache already. */
  get cachedTokens(): number {
    return this.#cached()
  }

  /** Itself: chunks are handed out once. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next chunk. @throws as `session.generate` */
  next(): Promise<IteratorResult<GenerationChunk, undefined>> {
    return this.#queue.next()
  }

  /** Takes it out of the batch; what `break` in a `for await` calls. */
  async return(): Promise<IteratorResult<GenerationChunk, undefined>> {
    this.#cancel()
    await this.#trace.catch(() => {})
    return { done: true, value: undefined }
  }

  /** Resolves with the trace; may be called again. @throws as `session.generate` */
  finish(): Promise<Trace> {
    return this.#trace
  }
}
