/** 1. Prompt → trace. Pull-driven: JavaScript asks for the next bounded chunk, nothing is pushed. */

import type { NativeSample } from '../types/native.js'
import type { GenerationChunk, Trace } from '../types/public.js'
import { headLists, home, reservedCells } from './branches.js'
import { nextChunkSize } from './chunk-size.js'
import { CotPruneError, fromNative } from './errors.js'
import { InFlight } from './in-flight/in-flight.js'
import type { ResolvedGenerateOptions, ResolvedPrompt } from './options/index.js'
import type { Runtime } from './session.js'
import { LiveStepGraph } from './step-graph/live.js'
import { type Given, TraceWriter } from './trace-writer.js'

/** What a generation needs of its session. */
export interface GenerationHost {
  /** Take the session's lock; returns the function that lets go. */
  begin(): () => void
  /** Interrupt the native job that is running, if any. */
  interrupt(): void
  readonly runtime: Runtime
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
  #cancelled = false
  #running = false

  /** Use `session.generate()`. */
  constructor(prompt: ResolvedPrompt, options: ResolvedGenerateOptions, host: GenerationHost) {
    this.#prompt = prompt
    this.#options = options
    this.#host = host
    this.#chunks = this.#run()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

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

  /** Generate what is left and resolve with the trace; may be called again. */
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
    const started = performance.now()
    const prompt = await renderPrompt(runtime, this.#prompt)
    const writer = new TraceWriter(runtime, this.#prompt.messages, prompt, sampling)
    const { stepGraph } = this.#options
    const listed = Array.isArray(attention) ? attention : null
    const graph =
      stepGraph && new LiveStepGraph(stepGraph.heads, stepGraph.segmenting, prompt.tokens.length)
    const captured = stepGraph?.heads ?? (attention === null ? null : (listed ?? []))
    const heads = captured === null ? undefined : headLists(captured)
    // probes are decoded on forks of the finished trace: they need cells, too
    const cells = branches.contextLength - reservedCells - prompt.tokens.length
    let left = maxTokens
    let promptEnd = started
    let finish: Trace['finish'] = 'cancelled'
    let inFlight: InFlight | null = null
    try {
      await branches.dropScratch()
      await branches.fill(home, Int32Array.from(prompt.tokens), { signal })
      branches.sampler(home, sampling, stop)
      branches.certainty(home, certainty)
      promptEnd = performance.now()
      const opened = writer.soFar(finish, noMillis)
      inFlight = await InFlight.open(runtime, this.#options, graph, opened)
      if (inFlight === null) left = Math.min(maxTokens, cells)
      let last: { readonly tokens: number; readonly millis: number } | undefined
      for (let more = !this.#cancelled; more; ) {
        signal?.throwIfAborted()
        const size = Math.min(left, chunkTokens ?? nextChunkSize(last, heads !== undefined))
        const untilLook = inFlight !== null && writer.thinking ? inFlight.untilLook : size
        const most = Math.min(size, untilLook, inFlight?.room ?? size)
        const began = performance.now()
        const [sample] = await branches.sample([home], most, heads, graph?.reduction())
        if (sample === undefined) throw new CotPruneError('ERR_DECODE', 'no sample came back')
        last = { tokens: sample.tokens.length, millis: performance.now() - began }
        signal?.throwIfAborted()
        left -= sample.tokens.length
        inFlight?.append(sample.tokens.length)
        const full = left <= 0 || (inFlight?.room ?? 1) <= 0
        const ended = finishOf(sample, full, this.#cancelled)
        more = ended === null
        if (sample.rows !== null) graph?.add(writer.length, sample.rows)
        const shown = graph === null ? sample : { ...sample, rows: null }
        const chunks = writer.push(shown, listed, !more)
        graph?.close(writer.soFar(finish, noMillis))
        if (ended !== null) finish = ended
        yield* chunks
        if (more && inFlight !== null && writer.thinking) yield* this.#look(inFlight, writer)
      }
      await inFlight?.close()
    } finally {
      // also when the consumer leaves the loop: what there is, is a trace
      const generation = performance.now() - promptEnd
      const millis = { prompt: promptEnd - started, generation }
      const trace = writer.trace(finish, millis, inFlight?.record)
      graph?.close(trace, true)
      this.#trace = graph === null ? trace : { ...trace, stepGraph: graph.graph() }
    }
  }

  /** What happens between two chunks of the thinking, told in a chunk of its own. */
  async *#look(
    inFlight: InFlight,
    writer: TraceWriter,
  ): AsyncGenerator<GenerationChunk, void, undefined> {
    const { runtime } = this.#host
    const { events, exit } = await inFlight.happen(writer.soFar('cancelled', noMillis))
    if (events.length > 0) yield { ...nothing, phase: 'thinking', events }
    if (exit === null) return
    await runtime.branches.extend(home, Int32Array.from(exit), { signal: this.#options.signal })
    inFlight.ended(exit.length)
    yield* writer.pushGiven(await givenPieces(runtime, exit))
  }
}

/** @throws CotPruneError ERR_EMPTY_PROMPT, ERR_CONTEXT_FULL, ERR_CHAT_TEMPLATE */
export async function renderPrompt(
  { model, branches }: Runtime,
  { messages, raw }: ResolvedPrompt,
): Promise<Trace['prompt']> {
  const prompt =
    messages === null
      ? {
          text: raw ?? '',
          tokens: await model.tokenize(raw ?? '', { addSpecial: true, parseSpecial: true }),
        }
      : await model.renderChat(messages)
  if (prompt.tokens.length === 0) {
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'the prompt has no tokens')
  }
  if (prompt.tokens.length + reservedCells >= branches.contextLength) {
    throw new CotPruneError(
      'ERR_CONTEXT_FULL',
      `a prompt of ${prompt.tokens.length} tokens leaves no room in a context of ` +
        `${branches.contextLength} (${reservedCells} cells are kept for probes); ` +
        'open the session with a larger contextLength, or shorten the prompt',
    )
  }
  return prompt
}

const noMillis = { prompt: 0, generation: 0 }
const nothing = { text: '', tokens: [], logprobs: [] }

/** Tokens that were put in, in the shape of sampled ones. */
async function givenPieces({ model }: Runtime, tokens: readonly number[]): Promise<Given> {
  const bytes: number[] = []
  const ends: number[] = []
  for (const token of tokens) {
    bytes.push(...new TextEncoder().encode(await model.detokenize([token])))
    ends.push(bytes.length)
  }
  return { tokens, bytes: Uint8Array.from(bytes), ends }
}

const isAborted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED'

/** null: go on. A closed or interrupted session ends as 'cancelled'. */
function finishOf(sample: NativeSample, full: boolean, cancelled: boolean): Trace['finish'] | null {
  if (cancelled || sample.finish === 'aborted') return 'cancelled'
  if (sample.finish === 'end' || sample.finish === 'stop') return sample.finish
  return sample.finish === 'full' || full ? 'length' : null
}
