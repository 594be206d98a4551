/** 1. Prompt → trace. Pull-driven: JavaScript asks for the next bounded chunk, nothing is pushed. */

import type { GenerationChunk, StepGraph, Trace } from '../../types/public.js'
import { CotPruneError, fromNative } from '../base/errors.js'
import { headLists, home, reservedCells } from '../engine/branches.js'
import { closingTokens } from '../engine/closing.js'
import type { ResolvedPrompt } from '../engine/prompt-input.js'
import type { Runtime } from '../engine/runtime.js'
import { BudgetWatch } from './budget.js'
import { nextChunkSize } from './chunk-size.js'
import { type Companion, eventChunk } from './companion.js'
import { finishOf } from './finish.js'
import type { ResolvedGenerateOptions } from './options.js'
import { renderPrompt } from './prompt.js'
import { TraceWriter } from './trace-writer.js'

/** What a generation needs of its session. */
export interface GenerationHost {
  /** Take the session's lock; returns the function that lets go. */
  begin(): () => void
  /** Interrupt the native job that is running, if any. */
  interrupt(): void
  readonly runtime: Runtime
  /** What goes along, where anything was asked for. */
  companion(promptTokens: number): Companion | null
}

/**
 * A running generation. Iterate it for chunks, call `finish()` for the trace, or both: `finish()`
 * drains what is left. Leaving the loop early interrupts the native job; the trace then ends there,
 * with `finish: 'cancelled'`.
 */
export class Generation implements AsyncIterableIterator<GenerationChunk, undefined, undefined> {
  readonly #prompt: ResolvedPrompt
  readonly #options: ResolvedGenerateOptions
  readonly #host: GenerationHost
  readonly #chunks: AsyncGenerator<GenerationChunk, undefined, undefined>
  #trace: Trace | undefined
  #failure: { readonly error: unknown } | undefined
  #companion: Companion | null = null
  #cancelled = false
  #running = false

  /** Use `session.generate()`. @internal */
  constructor(prompt: ResolvedPrompt, options: ResolvedGenerateOptions, host: GenerationHost) {
    this.#prompt = prompt
    this.#options = options
    this.#host = host
    this.#chunks = this.#run()
  }

  /** Itself: chunks are handed out once. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** Generate the next chunk. @throws as `session.generate` */
  next(): Promise<IteratorResult<GenerationChunk, undefined>> {
    return this.#chunks.next()
  }

  /** Ends the generation where it is; what `break` in a `for await` calls. */
  return(): Promise<IteratorResult<GenerationChunk, undefined>> {
    this.#cancelled = true
    // without the lock the job that runs is somebody else's
    if (this.#running) this.#host.interrupt()
    return this.#chunks.return(undefined)
  }

  /** Which of the steps that are finished looks at which, so far; null where no `stepGraph` was asked for. */
  get stepGraph(): StepGraph | null {
    return this.#companion?.stepGraph ?? null
  }

  /** Generate what is left and resolve with the trace; may be called again. @throws as `session.generate` */
  async finish(): Promise<Trace> {
    for (;;) {
      const { done } = await this.#chunks.next()
      if (done === true) break
    }
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#trace !== undefined) return this.#trace
    throw new CotPruneError('ERR_CLOSED', 'the generation was ended before it began')
  }

  async *#run(): AsyncGenerator<GenerationChunk, undefined, undefined> {
    const { signal } = this.#options
    const caller = new Error()
    let end: (() => void) | undefined
    const interrupt = () => this.#host.interrupt()
    try {
      signal?.throwIfAborted()
      end = this.#host.begin()
      this.#running = true
      signal?.addEventListener('abort', interrupt, { once: true })
      yield* this.#generate()
    } catch (error) {
      // left during the prompt: an empty trace, which is there already
      if (this.#cancelled && isAborted(error)) return undefined
      const thrown = signal?.aborted ? signal.reason : this.#explain(error, caller)
      this.#failure = { error: thrown }
      throw thrown
    } finally {
      signal?.removeEventListener('abort', interrupt)
      this.#running = false
      end?.()
    }
    return undefined
  }

  #explain(error: unknown, caller: Error): Error {
    if (!isAborted(error)) return fromNative(error, 'generate', caller)
    return new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile', { cause: error })
  }

  async *#generate(): AsyncGenerator<GenerationChunk, void, undefined> {
    const { runtime } = this.#host
    const { branches } = runtime
    const { attention, sampling, certainty, stop, maxTokens, chunkTokens, signal } = this.#options
    const { templateArguments, budget, alternatives } = this.#options
    const started = performance.now()
    const prompt = await renderPrompt(runtime, this.#prompt, templateArguments)
    const { messages } = this.#prompt
    const writer = new TraceWriter(runtime, { messages, prompt, templateArguments }, sampling)
    const closing = budget === null ? null : await closingTokens(runtime.model, budget.message)
    const watch = new BudgetWatch(budget)
    const companion = this.#host.companion(prompt.tokens.length)
    this.#companion = companion
    const listed = Array.isArray(attention) ? attention : null
    const captured = companion?.heads ?? (attention === null ? null : (listed ?? []))
    const heads = captured === null ? undefined : headLists(captured)
    // probes are decoded on forks of the finished trace: they need cells, too
    const cells = branches.contextLength - reservedCells - prompt.tokens.length
    let left = maxTokens
    let promptEnd = started
    let finish: Trace['finish'] = 'cancelled'
    try {
      await branches.dropScratch()
      await branches.fill(home, Int32Array.from(prompt.tokens), { signal })
      branches.sampler(home, sampling, stop)
      branches.certainty(home, certainty)
      branches.alternatives(home, alternatives)
      promptEnd = performance.now()
      await companion?.begin(writer.soFar(finish, noMillis))
      if (companion === null || companion.room === null) left = Math.min(maxTokens, cells)
      let last: { readonly tokens: number; readonly millis: number } | undefined
      for (let more = !this.#cancelled; more; ) {
        signal?.throwIfAborted()
        const size = Math.min(left, chunkTokens ?? nextChunkSize(last, heads !== undefined))
        const most = Math.min(size, mostOf(companion, writer, watch))
        const began = performance.now()
        // what counts its room may evict: then the cells of a checkpoint would be held for nothing
        if ((companion?.room ?? null) === null) {
          await branches.checkpoint(writer.thinking ? 'thinking' : 'answer')
        }
        const [sample] = await branches.sample([home], most, heads, companion?.reduction())
        if (sample === undefined) throw new CotPruneError('ERR_DECODE', 'no sample came back')
        const { length } = sample.tokens
        last = { tokens: length, millis: performance.now() - began }
        signal?.throwIfAborted()
        left -= length
        companion?.took(writer.length, length, sample.rows)
        const full = left <= 0 || (companion?.room ?? 1) <= 0
        const ended = finishOf(sample, full, this.#cancelled)
        more = ended === null
        const shown = companion?.heads ? { ...sample, rows: null } : sample
        const chunks = writer.push(shown, listed, !more)
        companion?.read(writer.soFar(finish, noMillis))
        if (ended !== null) finish = ended
        yield* chunks
        const before = writer.length
        if (more && companion !== null && writer.thinking) yield* this.#look(companion, writer)
        if (more && closing !== null && watch.isUsedUp(writer) && closing.length < left) {
          yield* this.#endThinking(companion, writer, closing)
        }
        left -= writer.length - before
        if (more && left <= 0) [more, finish] = [false, 'length']
      }
      await companion?.close()
    } finally {
      // also when the consumer leaves the loop: what there is, is a trace
      const millis = { prompt: promptEnd - started, generation: performance.now() - promptEnd }
      const trace = writer.trace(finish, millis)
      this.#trace = companion?.record(trace) ?? trace
    }
  }

  /** What happens between two chunks of the thinking, told in a chunk of its own. */
  async *#look(
    companion: Companion,
    writer: TraceWriter,
  ): AsyncGenerator<GenerationChunk, void, undefined> {
    const { events, exit } = await companion.happen(writer.soFar('cancelled', noMillis))
    if (events.length > 0) yield eventChunk(events)
    if (exit !== null) yield* this.#endThinking(companion, writer, exit)
  }

  /** Put in what closes the thinking. */
  async *#endThinking(
    companion: Companion | null,
    writer: TraceWriter,
    tokens: readonly number[],
  ): AsyncGenerator<GenerationChunk, void, undefined> {
    const { model, branches } = this.#host.runtime
    await branches.extend(home, Int32Array.from(tokens), { signal: this.#options.signal })
    companion?.ended(tokens.length)
    yield* writer.pushClosing({ tokens, ...(await model.pieces(tokens)) })
  }
}

const noMillis = { prompt: 0, generation: 0 }

/** Most tokens of the next chunk, as far as the companion and the budget have a say. */
function mostOf(companion: Companion | null, writer: TraceWriter, watch: BudgetWatch): number {
  const { room = null, untilLook = Number.POSITIVE_INFINITY } = companion ?? {}
  const any = room ?? Number.POSITIVE_INFINITY
  if (!writer.thinking) return any
  return Math.min(any, untilLook, watch.until(writer))
}

const isAborted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED'
