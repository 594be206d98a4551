/** A generation inside of the batch: where it is, and how it ends. */

import type { NativeSample } from '../../../types/native.js'
import type { Trace } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { closingTokens } from '../../engine/closing.js'
import type { ResolvedPrompt } from '../../engine/prompt-input.js'
import type { Runtime } from '../../engine/runtime.js'
import { BudgetWatch } from '../budget.js'
import { finishOf } from '../finish.js'
import type { ResolvedGenerateOptions } from '../options.js'
import { renderPrompt } from '../prompt.js'
import { TraceWriter } from '../trace-writer.js'
import { BatchedGeneration } from './batched-generation.js'
import { ChunkQueue } from './chunk-queue.js'
import { deferred } from './deferred.js'
import type { SampledJob } from './job.js'

/** What is known once the prompt is rendered. */
export interface Rendered {
  readonly writer: TraceWriter
  /** Shape (prompt). */
  readonly tokens: Int32Array
  readonly watch: BudgetWatch
  /** What closes the thinking; null where nothing has to. */
  readonly closing: readonly number[] | null
}

/** What a generation needs of its batch. */
export interface GenerationHost {
  readonly runtime: Runtime
  wake(): void
}

export async function renderJob(
  runtime: Runtime,
  { input, options }: Pick<GenerationJob, 'input' | 'options'>,
): Promise<Rendered> {
  const { templateArguments, budget, sampling } = options
  const prompt = await renderPrompt(runtime, input, templateArguments)
  const asked = { messages: input.messages, prompt, templateArguments }
  return {
    writer: new TraceWriter(runtime, asked, sampling),
    tokens: Int32Array.from(prompt.tokens),
    watch: new BudgetWatch(budget),
    closing: budget === null ? null : await closingTokens(runtime.model, budget.message),
  }
}

export class GenerationJob implements SampledJob {
  readonly kind = 'sampled'
  readonly urgent = false
  readonly cuts = false
  readonly input: ResolvedPrompt
  readonly options: ResolvedGenerateOptions
  readonly queue = new ChunkQueue()
  readonly generation: BatchedGeneration
  cancelled = false
  ended = false
  readonly #host: GenerationHost
  readonly #began = performance.now()
  readonly #trace = deferred<Trace>()
  readonly #abort = () => this.#host.wake()
  #rendered: Rendered | null = null
  #branch = 0
  /** Tokens of the prompt that were in the cache already. */
  #cached = 0
  /** Tokens that may still be written. */
  #left = 0
  #promptEnd: number | null = null

  constructor(input: ResolvedPrompt, options: ResolvedGenerateOptions, host: GenerationHost) {
    this.input = input
    this.options = options
    this.#host = host
    options.signal?.addEventListener('abort', this.#abort, { once: true })
    this.generation = new BatchedGeneration(this.queue, this.#trace.promise, {
      cancel: () => {
        this.cancelled = true
        host.wake()
      },
      cached: () => this.#cached,
    })
  }

  get #ready(): Rendered {
    if (this.#rendered !== null) return this.#rendered
    throw new CotPruneError('ERR_DECODE', 'a generation was begun before it had a prompt')
  }

  get tokens(): Int32Array {
    return this.#ready.tokens
  }

  get room(): number {
    return this.#left
  }

  /** So that no place to close the thinking is missed. */
  get most(): number {
    const { watch, writer } = this.#ready
    return Math.min(this.#left, watch.until(writer))
  }

  /** @param most tokens of it and its prompt */
  prepare(rendered: Rendered, most: number): void {
    this.#rendered = rendered
    this.#left = Math.min(this.options.maxTokens, most - rendered.tokens.length)
  }

  enter(branch: number, cached: number, room: number): void {
    this.#branch = branch
    this.#cached = cached
    this.#left = Math.min(this.#left, room)
  }

  async begin(): Promise<void> {
    const { branches } = this.#host.runtime
    branches.sampler(this.#branch, this.options.sampling, this.options.stop)
    branches.alternatives(this.#branch, this.options.alternatives)
    this.#promptEnd = performance.now()
  }

  async take(sample: NativeSample): Promise<void> {
    const { writer, closing, watch } = this.#ready
    const { model, branches } = this.#host.runtime
    this.#left -= sample.tokens.length
    let finish = finishOf(sample, this.#left <= 0, false)
    this.queue.push(writer.push(sample, null, finish !== null))
    const closes = closing !== null && watch.isUsedUp(writer)
    if (finish === null && closes && closing.length < this.#left) {
      await branches.extend(this.#branch, Int32Array.from(closing))
      this.queue.push(writer.pushClosing({ tokens: closing, ...(await model.pieces(closing)) }))
      this.#left -= closing.length
      if (this.#left <= 0) finish = 'length'
    }
    if (finish !== null) this.end(finish)
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
    // left before there was a prompt: the trace comes with it, and the caller ends it then
    if (this.#rendered === null) return
    const now = performance.now()
    const promptEnd = this.#promptEnd ?? now
    const millis = { prompt: promptEnd - this.#began, generation: now - promptEnd }
    this.#close()
    this.#trace.resolve(this.#rendered.writer.trace(finish, millis))
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
