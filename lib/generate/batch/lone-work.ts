/** Work between two chunks of a batch, on a branch that nobody else looks at. */

import { CotPruneError } from '../../base/errors.js'
import { type Deferred, deferred } from './deferred.js'
import type { LoneJob } from './job.js'
import { explain } from './loop.js'

/** Cells for what is decoded beside the tokens themselves, a probe for one. */
const spareCells = 256

export class LoneWork<T> implements LoneJob {
  readonly kind = 'lone'
  readonly urgent = true
  readonly room = spareCells
  readonly tokens: Int32Array
  ended = false
  cancelled = false
  readonly #work: (branch: number) => Promise<T>
  readonly #signal: AbortSignal | null
  readonly #result: Deferred<T> = deferred()

  /** @param tokens what the branch will hold, about */
  constructor(
    tokens: Int32Array,
    work: (branch: number) => Promise<T>,
    signal: AbortSignal | null,
  ) {
    this.tokens = tokens
    this.#work = work
    this.#signal = signal
    this.#result.promise.catch(() => {})
  }

  get result(): Promise<T> {
    return this.#result.promise
  }

  async run(branch: number): Promise<void> {
    try {
      this.#result.resolve(await this.#work(branch))
    } catch (error) {
      this.fail(this.#signal?.aborted ? this.#signal.reason : explain(error))
    }
    this.ended = true
  }

  leave(): boolean {
    if (this.ended) return true
    if (this.#signal?.aborted) this.fail(this.#signal.reason)
    else if (this.cancelled) this.fail(new CotPruneError('ERR_CLOSED', 'the batch is closed'))
    return this.ended
  }

  fail(error: unknown): void {
    this.ended = true
    this.#result.reject(error)
  }
}
