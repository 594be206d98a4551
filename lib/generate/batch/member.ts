/** A generation inside of the batch: where it is, and how it ends. */

import type { Trace } from '../../../types/public.js'
import type { ResolvedPrompt } from '../../engine/prompt-input.js'
import type { BudgetWatch } from '../budget.js'
import type { ResolvedGenerateOptions } from '../options.js'
import type { TraceWriter } from '../trace-writer.js'
import { BatchedGeneration } from './batched-generation.js'
import { ChunkQueue } from './chunk-queue.js'

/** What is known once the prompt is rendered. */
export interface Rendered {
  readonly writer: TraceWriter
  /** Shape (prompt). */
  readonly tokens: Int32Array
  readonly watch: BudgetWatch
  /** What closes the thinking; null where nothing has to. */
  readonly closing: readonly number[] | null
}

export class Member {
  readonly input: ResolvedPrompt
  readonly options: ResolvedGenerateOptions
  readonly queue = new ChunkQueue()
  readonly generation: BatchedGeneration
  rendered: Rendered | null = null
  /** null: not in the context yet. */
  branch: number | null = null
  /** Tokens of the prompt that are in the cache. */
  read = 0
  /** Of those, the ones that were there before. */
  cached = 0
  /** Tokens that may still be written. */
  left = 0
  cancelled = false
  ended = false
  readonly #began = performance.now()
  #promptEnd: number | null = null
  readonly #trace = deferred<Trace>()
  readonly #wake: () => void
  readonly #abort = () => this.#wake()

  constructor(input: ResolvedPrompt, options: ResolvedGenerateOptions, wake: () => void) {
    this.input = input
    this.options = options
    this.#wake = wake
    options.signal?.addEventListener('abort', this.#abort, { once: true })
    this.generation = new BatchedGeneration(this.queue, this.#trace.promise, {
      cancel: () => {
        this.cancelled = true
        wake()
      },
      cached: () => this.cached,
    })
  }

  /** The prompt is in the cache: what follows is generation. */
  promptRead(): void {
    this.#promptEnd = performance.now()
  }

  get thinks(): boolean {
    return this.rendered?.writer.thinking === true
  }

  /** Ends it where its consumer left or its signal fired; true where it has ended. */
  leave(): boolean {
    if (this.ended) return true
    const { signal } = this.options
    if (signal?.aborted) this.fail(signal.reason)
    else if (this.cancelled) this.end('cancelled')
    return this.ended
  }

  end(finish: Trace['finish']): void {
    const { rendered } = this
    if (rendered === null) {
      // left before there was a prompt: the trace comes with it, and the caller ends it then
      return
    }
    const now = performance.now()
    const promptEnd = this.#promptEnd ?? now
    const millis = { prompt: promptEnd - this.#began, generation: now - promptEnd }
    this.#close()
    this.#trace.resolve(rendered.writer.trace(finish, millis))
    this.queue.end(null)
  }

  fail(error: unknown): void {
    this.#close()
    this.#trace.reject(error)
    this.queue.end({ error })
  }

  #close(): void {
    this.ended = true
    this.options.signal?.removeEventListener('abort', this.#abort)
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** As `Promise.withResolvers`, which Node 20 does not have. */
function deferred<T>(): Deferred<T> {
  const settle: Partial<Pick<Deferred<T>, 'resolve' | 'reject'>> = {}
  const promise = new Promise<T>((resolve, reject) => Object.assign(settle, { resolve, reject }))
  return {
    promise,
    resolve: value => settle.resolve?.(value),
    reject: error => settle.reject?.(error),
  }
}
