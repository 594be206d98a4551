/**
 * A session: one context of a model, one job at a time. It owns the handle, the lock and the abort
 * wiring; what is done with it is in generate.ts, score.ts and evaluate.ts.
 */

import type {
  ModelHandle,
  NativeModelInfo,
  NativeSessionInfo,
  SessionHandle,
} from '../types/native.js'
import type {
  AttentionRows,
  AttentionScoring,
  EvaluateOptions,
  Evaluation,
  GenerateOptions,
  HeadRef,
  Likelihood,
  LikelihoodOptions,
  PromptInput,
  PrunedTrace,
  RolloutOptions,
  ScoredTrace,
  ScoreOptions,
  SegmentedTrace,
  SessionOptions,
  StepGraph,
  StepGraphOptions,
  Trace,
} from '../types/public.js'
import { attentionOf } from './attention.js'
import { Branches } from './branches.js'
import { CotPruneError, fromNative } from './errors.js'
import { evaluateAll } from './evaluate.js'
import { Generation } from './generate.js'
import { likelihood, logprobs } from './likelihood.js'
import type { Model } from './model.js'
import { memoryLimit, native } from './native.js'
import { array, checkKnown, integer, signal as signalOf, tokenList } from './options/check.js'
import {
  type ResolvedSessionOptions,
  resolveEvaluateOptions,
  resolveGenerateOptions,
  resolveLikelihoodOptions,
  resolvePromptInput,
  resolveRolloutOptions,
  resolveScoreOptions,
  resolveSessionOptions,
  resolveStepGraphOptions,
} from './options/index.js'
import { prefill } from './prefill.js'
import { rollouts } from './rollouts.js'
import { scoreSteps } from './score.js'
import { checkHeads } from './score-heads.js'
import { readStepGraph } from './step-graph/read.js'

/** What a job may use of its session. */
export interface Runtime {
  readonly model: Model
  readonly tags: Pick<NativeModelInfo, 'thinkToken' | 'endThinkToken'>
  readonly branches: Branches
}

/** Attention scores of one batch that a context without flash attention may allocate. */
const attentionBudget = 64 * 2 ** 20

export class Session implements AsyncDisposable {
  readonly model: Model
  readonly #handle: SessionHandle
  readonly #runtime: Runtime
  readonly #onClose: () => void
  #busy = false
  #closing: Promise<void> | undefined

  private constructor(
    model: Model,
    handle: SessionHandle,
    tags: Runtime['tags'],
    onClose: () => void,
  ) {
    this.model = model
    this.#handle = handle
    this.#runtime = {
      model,
      tags,
      branches: new Branches(handle, model.info),
    }
    this.#onClose = onClose
  }

  /** Use `model.createSession()`. */
  static async open(
    model: Model,
    modelHandle: ModelHandle,
    modelInfo: NativeModelInfo,
    options: SessionOptions | undefined,
    onClose: () => void,
  ): Promise<Session> {
    const caller = new Error()
    const resolved = resolveSessionOptions(options, model.info)
    resolved.signal?.throwIfAborted()
    const flashAttention = chooseFlashAttention(resolved, model.info.gpuLayers > 0)
    try {
      const handle = await native().sessionOpen(
        modelHandle,
        resolved.contextLength,
        Math.min(
          resolved.batchSize ?? chooseBatchSize(resolved, flashAttention, model.info.heads),
          resolved.contextLength,
        ),
        resolved.branches,
        resolved.threads,
        flashAttention,
        resolved.keyType,
        resolved.valueType,
        resolved.offloadCache,
        memoryLimit(),
      )
      const session = new Session(model, handle, modelInfo, onClose)
      if (resolved.signal?.aborted) {
        await session.close()
        throw resolved.signal.reason
      }
      return session
    } catch (error) {
      throw fromNative(error, 'session', caller)
    }
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Sizes, settings and counters of the context. @throws CotPruneError ERR_BUSY, ERR_CLOSED */
  get info(): NativeSessionInfo {
    this.#check()
    try {
      return native().sessionInfo(this.#handle)
    } catch (error) {
      throw fromNative(error, 'session')
    }
  }

  /**
   * Generate behind a prompt. Nothing is decoded until the result is iterated or `finish()` is
   * called; from then on, until it has ended, the session is busy. The trace stays in the cache.
   *
   * @throws (from the iteration) CotPruneError ERR_CONTEXT_FULL (prompt longer than the context),
   * ERR_EMPTY_PROMPT, ERR_CHAT_TEMPLATE, ERR_BUSY, ERR_CLOSED; `signal.reason` when aborted
   */
  generate(input: PromptInput, options?: GenerateOptions): Generation {
    const prompt = resolvePromptInput(input)
    const resolved = resolveGenerateOptions(options)
    if (Array.isArray(resolved.attention)) checkHeads(resolved.attention, this.model.info)
    if (resolved.stepGraph !== null) checkHeads(resolved.stepGraph.heads, this.model.info)
    return new Generation(prompt, resolved, {
      begin: () => this.#begin(),
      interrupt: () => this.#runtime.branches.interrupt(),
      runtime: this.#runtime,
    })
  }

  /**
   * Several traces behind one prompt, decoded together: they share its cells, and a batch holds a token
   * of each. As many at once as branches and context allow; how many changes rounding and nothing else.
   *
   * @throws as `generate`; CotPruneError ERR_BUSY, ERR_CLOSED
   */
  async rollouts(input: PromptInput, options?: RolloutOptions): Promise<Trace[]> {
    const prompt = resolvePromptInput(input)
    const resolved = resolveRolloutOptions(options)
    return this.#exclusive(resolved.signal, () => rollouts(this.#runtime, prompt, resolved))
  }

  /**
   * Score the steps of a trace by the attention that an observing token pays to them. For a trace
   * in the cache this is one decoded token, else the trace is decoded again (bounded memory, no
   * attention matrix). Works with a trace of another process or model with the same vocabulary.
   *
   * @throws CotPruneError ERR_NO_STEPS, ERR_TRACE_INVALID, ERR_TRACE_MODEL, ERR_CONTEXT_FULL,
   * ERR_CAPTURE_UNAVAILABLE, ERR_NOT_FINITE, ERR_BUSY, ERR_CLOSED; `signal.reason` when aborted
   */
  async scoreSteps(
    trace: SegmentedTrace,
    options?: ScoreOptions,
  ): Promise<ScoredTrace & { readonly scoring: AttentionScoring }> {
    const resolved = resolveScoreOptions(options, this.model.info)
    return this.#exclusive(resolved.signal, () => scoreSteps(this.#runtime, trace, resolved))
  }

  /**
   * The attention row of the last of `tokens`: the primitive under `scoreSteps`.
   * `heads` lists rows to return one by one; without it the row is the mean over all heads.
   */
  async attention(
    tokens: readonly number[],
    options?: {
      readonly heads?: readonly HeadRef[] | undefined
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<AttentionRows> {
    checkKnown('options', options, ['heads', 'signal'])
    const ids = tokenList('tokens', tokens)
    const { attention, signal } = resolveGenerateOptions({
      attention: options?.heads ?? 'all',
      signal: options?.signal,
    })
    const heads = Array.isArray(attention) ? checkHeads(attention, this.model.info) : null
    return this.#exclusive(signal, () => attentionOf(this.#runtime, ids, heads, signal))
  }

  /**
   * How likely each of `tokens` from `from` on is, behind those before it: natural logarithms under the model's
   * own distribution, shape (tokens − from). What the cache holds of them already is not decoded again.
   */
  async logprobs(
    tokens: readonly number[],
    options?: {
      /** From 1, since nothing is before the first one. @default 1 */
      readonly from?: number | undefined
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<readonly number[]> {
    checkKnown('options', options, ['from', 'signal'])
    const ids = tokenList('tokens', tokens)
    const from = integer('options.from', options?.from ?? 1, { min: 1, max: ids.length - 1 })
    const signal = signalOf('options.signal', options?.signal)
    return this.#exclusive(signal, () => logprobs(this.#runtime, ids, from, signal))
  }

  /**
   * Put a trace that comes from a file or from text into the cache, where one that was generated here would be:
   * what is asked about it then shares it.
   *
   * @throws CotPruneError ERR_TRACE_INVALID, ERR_TRACE_MODEL, ERR_CONTEXT_FULL, ERR_BUSY, ERR_CLOSED
   */
  async prefill(
    trace: Trace,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    checkKnown('options', options, ['signal'])
    const signal = signalOf('options.signal', options?.signal)
    return this.#exclusive(signal, () => prefill(this.#runtime, trace, signal))
  }

  /**
   * Which step of a trace looks at which, read from a few heads at every token: `scoreStepGraph` makes
   * scores of it. One prefill with bounded memory, steps × steps numbers for each head.
   *
   * @throws as `scoreSteps`; RangeError for a head that the model does not have
   */
  async stepGraph(trace: SegmentedTrace, options: StepGraphOptions): Promise<StepGraph> {
    const { heads, signal } = resolveStepGraphOptions(options, this.model.info)
    return this.#exclusive(signal, () => readStepGraph(this.#runtime, trace, heads, signal))
  }

  /** Ask again with a pruned trace; see `EvaluateOptions.mode`. */
  async evaluate(trace: PrunedTrace, options?: EvaluateOptions): Promise<Evaluation> {
    const [evaluation] = await this.evaluateAll([trace], options)
    if (evaluation === undefined) throw new CotPruneError('ERR_DECODE', 'no evaluation came back')
    return evaluation
  }

  /**
   * Evaluate several pruned traces at once, usually one trace at several thresholds: they share
   * what their prompts have in common and are decoded in one batch. Same results, less time.
   */
  async evaluateAll(
    traces: readonly PrunedTrace[],
    options?: EvaluateOptions,
  ): Promise<Evaluation[]> {
    const resolved = resolveEvaluateOptions(options)
    array('traces', traces, 'an array of pruned traces')
    return this.#exclusive(resolved.signal, () => evaluateAll(this.#runtime, traces, resolved))
  }

  /**
   * How likely a text is in the place of the answer, behind what is left of a trace. What a step is worth
   * shows in what its absence does to the right answer.
   */
  async likelihood(trace: PrunedTrace, options: LikelihoodOptions): Promise<Likelihood> {
    const resolved = resolveLikelihoodOptions(options)
    return this.#exclusive(resolved.signal, () => likelihood(this.#runtime, trace, resolved))
  }

  /** Empty the cache: what follows is computed as in a new session. @throws CotPruneError ERR_BUSY, ERR_CLOSED */
  clear(): Promise<void> {
    return this.#exclusive(null, () => this.#runtime.branches.clear())
  }

  /** Idempotent. Interrupts the job in flight, waits for it, frees the context. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#runtime.branches.close()
    await native().sessionClose(this.#handle)
    this.#onClose()
  }

  #check(): void {
    if (this.closed) throw new CotPruneError('ERR_CLOSED', 'the session is closed')
  }

  /** Take the lock; the function that is returned lets go of it. */
  #begin(): () => void {
    this.#check()
    if (this.#busy) {
      throw new CotPruneError(
        'ERR_BUSY',
        'another job is running in this session: await it, or end its iteration, first',
      )
    }
    this.#busy = true
    return () => {
      this.#busy = false
    }
  }

  /** Run a job alone, interrupted natively when the signal fires or the session closes. */
  async #exclusive<T>(signal: AbortSignal | null, job: () => Promise<T>): Promise<T> {
    const caller = new Error()
    signal?.throwIfAborted()
    const end = this.#begin()
    const interrupt = () => this.#runtime.branches.interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      return await job()
    } catch (error) {
      signal?.throwIfAborted()
      if (this.closed) throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
      throw fromNative(error, 'session', caller)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      end()
    }
  }
}

/**
 * Without flash attention the softmax rows exist anyway and capturing them costs next to nothing,
 * but its buffer grows with the context, and on long ones flash attention is as fast
 * (bench/README.md). GPUs want it on, and so does a quantised value cache.
 */
function chooseFlashAttention(options: ResolvedSessionOptions, onGpu: boolean): boolean {
  if (options.flashAttention !== 'auto') return options.flashAttention
  return onGpu || options.valueType.startsWith('q') || options.contextLength > 32_768
}

function chooseBatchSize(
  options: ResolvedSessionOptions,
  flashAttention: boolean,
  heads: number,
): number {
  const most = 512
  if (flashAttention) return most
  const scores = options.contextLength * heads * Float32Array.BYTES_PER_ELEMENT
  return Math.max(32, Math.min(most, Math.floor(attentionBudget / scores / 32) * 32))
}
