/**
 * Generations of different prompts in one batch. Each has a branch; between two chunks some leave and others begin, so
 * that nobody waits for the longest. What a generation leaves on its branch stays until the branch is needed: a prompt
 * that begins like it shares its cells.
 */

import type { NativeSample } from '../../../types/native.js'
import type { BatchedOptions, PromptInput, Trace } from '../../../types/public.js'
import { CotPruneError, fromNative } from '../../base/errors.js'
import { closingTokens } from '../../engine/closing.js'
import { resolvePromptInput } from '../../engine/prompt-input.js'
import type { Runtime } from '../../engine/runtime.js'
import { BudgetWatch } from '../budget.js'
import { nextChunkSize } from '../chunk-size.js'
import { finishOf } from '../finish.js'
import { resolveBatchedOptions } from '../options.js'
import { renderPrompt } from '../prompt.js'
import { TraceWriter } from '../trace-writer.js'
import type { BatchedGeneration } from './batched-generation.js'
import { Member, type Rendered } from './member.js'

/** Tokens of a prompt that are read between two chunks of the others. */
const promptPiece = 128

/** A member that has a branch and a prompt. */
type Placed = Member & { branch: number; rendered: Rendered }

export class GenerationBatch implements AsyncDisposable {
  /** Generations that run side by side; more of them wait for a branch. */
  readonly slots: number
  /** Most tokens of one, prompt included: its share of the context. */
  readonly slotTokens: number
  readonly #runtime: Runtime
  readonly #release: () => void
  readonly #waiting: Member[] = []
  /** In the order of their branches' last use, the longest ago first. */
  readonly #free: number[]
  #running: Placed[] = []
  #last: { readonly tokens: number; readonly millis: number } | undefined
  #loop: Promise<void> | null = null
  #closed = false

  /** Use `session.batch()`. */
  constructor(runtime: Runtime, release: () => void) {
    const { count, contextLength } = runtime.branches
    this.#runtime = runtime
    this.#release = release
    this.slots = count
    this.slotTokens = Math.floor(contextLength / count)
    this.#free = Array.from({ length: count }, (_, branch) => branch)
  }

  /** Generations that have a branch. */
  get running(): number {
    return this.#running.filter(({ ended }) => !ended).length
  }

  /** Begins as soon as a branch is free. @throws as `session.generate`, of options at once and of prompts from the result */
  generate(input: PromptInput, options?: BatchedOptions): BatchedGeneration {
    const { sampling } = this.#runtime.model.info
    const resolved = resolveBatchedOptions(options, sampling)
    const member = new Member(resolvePromptInput(input), resolved, () => this.#wake())
    void this.#enqueue(member)
    return member.generation
  }

  /** Idempotent. Ends what runs, where it is, and lets go of the session. */
  async close(): Promise<void> {
    this.#closed = true
    for (const member of [...this.#waiting, ...this.#running]) member.cancelled = true
    this.#wake()
    await this.#loop
    this.#release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #enqueue(member: Member): Promise<void> {
    const caller = new Error()
    try {
      member.options.signal?.throwIfAborted()
      member.rendered = await this.#render(member)
      if (this.#closed) throw new CotPruneError('ERR_CLOSED', 'the batch is closed')
      if (member.leave()) return
      this.#waiting.push(member)
      this.#wake()
    } catch (error) {
      member.fail(fromNative(error, 'generate', caller))
    }
  }

  async #render({ input, options }: Member): Promise<Rendered> {
    const { model } = this.#runtime
    const { templateArguments, budget, sampling } = options
    const prompt = await renderPrompt(this.#runtime, input, templateArguments)
    const { length } = prompt.tokens
    if (length >= this.slotTokens) {
      const what = `a prompt of ${length} tokens leaves no room in the ${this.slotTokens} of each of ${this.slots} branches`
      const how = 'open the session with a larger contextLength or fewer branches'
      throw new CotPruneError('ERR_CONTEXT_FULL', `${what}: ${how}, or shorten the prompt`)
    }
    const asked = { messages: input.messages, prompt, templateArguments }
    return {
      writer: new TraceWriter(this.#runtime, asked, sampling),
      tokens: Int32Array.from(prompt.tokens),
      watch: new BudgetWatch(budget),
      closing: budget === null ? null : await closingTokens(model, budget.message),
    }
  }

  #wake(): void {
    this.#loop ??= this.#work().finally(() => {
      this.#loop = null
      // somebody may have come while the last round ended
      if (this.#waiting.length > 0) this.#wake()
    })
  }

  async #work(): Promise<void> {
    const caller = new Error()
    try {
      for (;;) {
        this.#leave()
        await this.#enter()
        if (this.#running.length === 0) return
        await this.#readPrompt()
        await this.#sample()
      }
    } catch (error) {
      // the context is shared, and so is what happens to it
      const failure = this.#explain(error, caller)
      for (const member of [...this.#running, ...this.#waiting.splice(0)]) member.fail(failure)
      this.#leave()
    }
  }

  #explain(error: unknown, caller: Error): unknown {
    return fromNative(error, 'generate', caller)
  }

  #leave(): void {
    const left = this.#running.filter(member => member.leave())
    this.#running = this.#running.filter(member => !left.includes(member))
    this.#free.push(...left.map(({ branch }) => branch))
    const waiting = this.#waiting.splice(0).filter(member => !member.leave())
    this.#waiting.push(...waiting)
  }

  async #enter(): Promise<void> {
    const { branches } = this.#runtime
    while (this.#free.length > 0) {
      const member = this.#waiting.shift()
      if (member === undefined) return
      const { rendered, options } = member
      if (rendered === null) continue
      const branch = this.#takeBranch(rendered.tokens)
      try {
        member.read = await branches.share(branch, rendered.tokens)
      } catch (error) {
        // a prompt of unknown tokens is nobody else's fault
        this.#free.push(branch)
        member.fail(fromNative(error, 'generate'))
        continue
      }
      member.cached = member.read
      member.left = Math.min(options.maxTokens, this.slotTokens - rendered.tokens.length)
      this.#running.push(Object.assign(member, { branch, rendered }))
    }
  }

  /** The free branch whose cells the prompt can use most of; else the one that nobody used for the longest time. */
  #takeBranch(tokens: Int32Array): number {
    const shared = this.#free.map(branch => this.#runtime.branches.shared(branch, tokens))
    const most = Math.max(...shared)
    const [branch = 0] = this.#free.splice(most > 1 ? shared.indexOf(most) : 0, 1)
    return branch
  }

  /** A piece of the first prompt that is not read yet. */
  async #readPrompt(): Promise<void> {
    const { branches } = this.#runtime
    const member = this.#running.find(({ read, rendered }) => read < rendered.tokens.length)
    if (member === undefined) return
    const { branch, options, rendered } = member
    const size = Math.min(promptPiece, branches.batchSize)
    const piece = rendered.tokens.subarray(member.read, member.read + size)
    await branches.extend(branch, piece)
    member.read += piece.length
    if (member.read < rendered.tokens.length) return
    branches.sampler(branch, options.sampling, options.stop)
    branches.alternatives(branch, options.alternatives)
    member.promptRead()
  }

  async #sample(): Promise<void> {
    this.#leave()
    const ready = this.#running.filter(({ read, rendered }) => read === rendered.tokens.length)
    if (ready.length === 0) return
    const size = Math.min(
      nextChunkSize(this.#last, false),
      ...ready.map(({ left, rendered }) => Math.min(left, rendered.watch.until(rendered.writer))),
    )
    const began = performance.now()
    const samples = await this.#runtime.branches.sample(
      ready.map(({ branch }) => branch),
      size,
    )
    const most = Math.max(...samples.map(({ tokens }) => tokens.length))
    this.#last = { tokens: most, millis: performance.now() - began }
    for (const [i, member] of ready.entries()) {
      const sample = samples[i]
      if (sample === undefined) throw new CotPruneError('ERR_DECODE', 'no sample came back')
      await this.#take(member, sample)
    }
  }

  async #take(member: Placed, sample: NativeSample): Promise<void> {
    if (sample.finish === 'aborted') {
      throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
    }
    const { rendered, queue } = member
    const { writer, closing, watch } = rendered
    member.left -= sample.tokens.length
    let finish: Trace['finish'] | null = finishOf(sample, member.left <= 0, false)
    queue.push(writer.push(sample, null, finish !== null))
    const closes = closing !== null && watch.isUsedUp(writer)
    if (finish === null && closes && closing.length < member.left) {
      const { model, branches } = this.#runtime
      await branches.extend(member.branch, Int32Array.from(closing))
      queue.push(writer.pushClosing({ tokens: closing, ...(await model.pieces(closing)) }))
      member.left -= closing.length
      if (member.left <= 0) finish = 'length'
    }
    if (finish !== null) member.end(finish)
  }
}
