/**
 * The jobs of a session: each checks its options, takes the lock, and hands over to the room that does it.
 * `Session` in model.ts adds the model that it is of, which in turn opens sessions.
 */

import type { SessionHandle } from '../../types/native.js'
import type {
  AttentionRows,
  AttentionScoring,
  BatchOptions,
  EvaluateOptions,
  Evaluation,
  GenerateOptions,
  HeadRef,
  Likelihood,
  LikelihoodOptions,
  PromptInput,
  PrunedTrace,
  PruningOptions,
  RolloutOptions,
  ScoredTrace,
  ScoreOptions,
  SegmentedTrace,
  SessionInfo,
  StepGraph,
  StepGraphOptions,
  TokenLogprobs,
  Trace,
} from '../../types/public.js'
import { array, checkKnown, integer, signal as signalOf, tokenList } from '../base/check.js'
import { CotPruneError, fromNative, invalidType } from '../base/errors.js'
import { Branches } from '../engine/branches.js'
import { JobLock } from '../engine/job-lock.js'
import { resolvePromptInput } from '../engine/prompt-input.js'
import { checkHeads } from '../engine/rows.js'
import type { Runtime } from '../engine/runtime.js'
import type { Weights } from '../engine/weights.js'
import { evaluateAll } from '../evaluate/evaluate.js'
import { likelihood, tokenLogprobs } from '../evaluate/likelihood.js'
import { resolveEvaluateOptions, resolveLikelihoodOptions } from '../evaluate/options.js'
import { Generation } from '../generate/generation.js'
import { resolveGenerateOptions, resolveRolloutOptions } from '../generate/options.js'
import { rollouts } from '../generate/rollouts.js'
import { resolveInFlight, resolvePruning } from '../prune/in-flight/options.js'
import { PruningCompanion } from '../prune/in-flight/pruning-companion.js'
import { type Reread, reread } from '../prune/in-flight/reread.js'
import { attentionOf } from '../score/attention-rows.js'
import { scoreSteps } from '../score/attention-scores.js'
import { resolveScoreOptions } from '../score/options.js'
import { resolveStepGraphOptions } from '../score/step-graph/options.js'
import { readStepGraph, readStepGraphs } from '../score/step-graph/read-graph.js'
import { GenerationBatch } from './batch.js'
import { prefill } from './prefill.js'

export class SessionJobs implements AsyncDisposable {
  readonly #handle: SessionHandle
  readonly #runtime: Runtime
  readonly #lock: JobLock

  protected constructor(model: Weights, handle: SessionHandle, onClose: () => void) {
    this.#handle = handle
    this.#runtime = { model, branches: new Branches(model.engine, handle, model.info) }
    this.#lock = new JobLock(model.engine, handle, this.#runtime.branches, onClose)
  }

  /** Whether `close` was called, on the session or on its model. */
  get closed(): boolean {
    return this.#lock.closed
  }

  /** Sizes, settings and counters of the context. @throws CotPruneError ERR_BUSY, ERR_CLOSED */
  get info(): SessionInfo {
    this.#lock.check()
    const { engine, isolated, pid } = this.#runtime.model
    try {
      return { ...engine.sessionInfo(this.#handle), isolated, pid }
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
    const resolved = resolveGenerateOptions(options, this.#runtime.model.info.sampling)
    if (Array.isArray(resolved.attention)) checkHeads(resolved.attention, this.#runtime.model.info)
    const inFlight = resolveInFlight(options, resolved)
    if (inFlight?.stepGraph) checkHeads(inFlight.stepGraph.heads, this.#runtime.model.info)
    return new Generation(prompt, resolved, {
      begin: () => this.#lock.begin(),
      interrupt: () => this.#runtime.branches.interrupt(),
      runtime: this.#runtime,
      companion: promptTokens =>
        inFlight && new PruningCompanion(this.#runtime, inFlight, promptTokens),
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
    const resolved = resolveRolloutOptions(options, this.#runtime.model.info.sampling)
    return this.#lock.exclusive(resolved.signal, () => rollouts(this.#runtime, prompt, resolved))
  }

  /**
   * Generations of different prompts that share a batch, with scores and answers of their traces: each may begin while
   * others run, and ends on its own. The session is busy until the batch is closed.
   *
   * @throws CotPruneError ERR_BUSY, ERR_CLOSED
   */
  batch(options?: BatchOptions): GenerationBatch {
    const release = this.#lock.begin()
    try {
      return new GenerationBatch(this.#runtime, options, release)
    } catch (error) {
      release()
      throw error
    }
  }

  /**
   * Score the steps of a trace by the attention that an observing token pays to them. For a trace
   * in the cache this is one decoded token, else the trace is decoded again (bounded memory, no
   * attention matrix). Works with a trace of another process or model with the same vocabulary.
   *
   * Of token t the score is its attention from the observer, the mean over the heads of the chosen layers; of a step the sum or the
   * mean of its tokens', as a share of all that the row pays behind prompt and sink (or with them, where they are asked for).
   *
   * @returns the trace with `scores`, shape (steps): finite, not negative
   * @throws CotPruneError ERR_NO_STEPS, ERR_TRACE_INVALID, ERR_TRACE_MODEL, ERR_CONTEXT_FULL,
   * ERR_CAPTURE_UNAVAILABLE, ERR_NOT_FINITE, ERR_BUSY, ERR_CLOSED; `signal.reason` when aborted
   * @see *Think Clearly* (arXiv 2507.08806) for the observer 'think-clearly' and the mean over layers and heads; TRAAC (arXiv 2510.01581)
   * for 'traac': s(t) = 1/(L·H) · Σ α(`</think>` → t), a step's is the mean over its tokens
   */
  async scoreSteps(
    trace: SegmentedTrace,
    options?: ScoreOptions,
  ): Promise<ScoredTrace & { readonly scoring: AttentionScoring }> {
    const resolved = resolveScoreOptions(options, this.#runtime.model.info)
    return this.#lock.exclusive(resolved.signal, () => scoreSteps(this.#runtime, trace, resolved))
  }

  /**
   * The attention row of the last of `tokens`: the primitive under `scoreSteps`.
   * `heads` lists rows to return one by one; without it the row is the mean over all heads.
   *
   * @returns shape (1, heads or 1, tokens): softmax weights
   * @throws TypeError or RangeError that names the option; CotPruneError ERR_CAPTURE_UNAVAILABLE, ERR_CONTEXT_FULL, ERR_NOT_FINITE,
   * ERR_BUSY, ERR_CLOSED; `signal.reason` when aborted
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
    const heads = Array.isArray(attention) ? checkHeads(attention, this.#runtime.model.info) : null
    return this.#lock.exclusive(signal, () => attentionOf(this.#runtime, ids, heads, signal))
  }

  /**
   * How likely each of `tokens` from `from` on is, behind those before it: natural logarithms under the model's
   * own distribution, shape (tokens − from). What the cache holds of them already is not decoded again.
   *
   * @throws RangeError that names the option; CotPruneError ERR_CONTEXT_FULL, ERR_DECODE, ERR_BUSY, ERR_CLOSED; `signal.reason` when aborted
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
    return (await this.tokenLogprobs(tokens, options)).logprobs
  }

  /** As `logprobs`, with the likeliest tokens in the place of each, and behind the last one. @throws as `logprobs` */
  async tokenLogprobs(
    tokens: readonly number[],
    options?: {
      /** As of `logprobs`. @default 1 */
      readonly from?: number | undefined
      /** How many of the likeliest, 0 to 100. @default 0 */
      readonly alternatives?: number | undefined
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<TokenLogprobs> {
    checkKnown('options', options, ['from', 'alternatives', 'signal'])
    const ids = tokenList('tokens', tokens)
    const { from = 1, alternatives = 0 } = options ?? {}
    const asked = {
      from: integer('options.from', from, { min: 1, max: ids.length - 1 }),
      alternatives: integer('options.alternatives', alternatives, { min: 0, max: 100 }),
    }
    const signal = signalOf('options.signal', options?.signal)
    return this.#lock.exclusive(signal, () => tokenLogprobs(this.#runtime, ids, asked, signal))
  }

  /**
   * How likely each token of a trace is while the cache is pruned as `generate` would have pruned it: what pruning in
   * flight does to a model's own words, without another run. Looks come where they would have come; the cache is left
   * with what was not evicted.
   *
   * @throws CotPruneError as `generate` with `pruning`, ERR_TRACE_INVALID, ERR_TRACE_MODEL; `signal.reason`
   */
  async reread(
    trace: Trace,
    options: { readonly pruning: PruningOptions; readonly signal?: AbortSignal | undefined },
  ): Promise<Reread> {
    checkKnown('options', options, ['pruning', 'signal'])
    const pruning = resolvePruning(options.pruning, null)
    const signal = signalOf('options.signal', options.signal)
    if (pruning === null) throw invalidType('options.pruning', 'an object', options.pruning)
    return this.#lock.exclusive(signal, () => reread(this.#runtime, trace, pruning, signal))
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
    return this.#lock.exclusive(signal, () => prefill(this.#runtime, trace, signal))
  }

  /**
   * Which step of a trace looks at which, read from a few heads at every token: `scoreStepGraph` makes
   * scores of it. One prefill with bounded memory, steps × steps numbers for each head.
   *
   * Of steps i < j, for each head: W(j, i) = mean over the tokens q of step j of Σ over the tokens t of step i of α(q → t). The answer
   * is one more step behind the last one.
   *
   * @throws as `scoreSteps`; RangeError for a head that the model does not have
   * @see the page docs/step-graph.md: a definition of ours, of an idea that the seed notebook states; related is *Thought Anchors* (arXiv 2506.19143)
   */
  async stepGraph(trace: SegmentedTrace, options: StepGraphOptions): Promise<StepGraph> {
    const { heads, signal } = resolveStepGraphOptions(options, this.#runtime.model.info)
    return this.#lock.exclusive(signal, () => readStepGraph(this.#runtime, trace, heads, signal))
  }

  /**
   * The graphs of several traces, in order, read in common batches: up to rounding those of `stepGraph`, in fewer batches where
   * traces are shorter than one. As many share a batch as it, the branches and the context have room for.
   *
   * @throws as `stepGraph`, before anything is decoded where it is the fault of a trace, which is named
   */
  async stepGraphs(
    traces: readonly SegmentedTrace[],
    options: StepGraphOptions,
  ): Promise<StepGraph[]> {
    const { heads, signal } = resolveStepGraphOptions(options, this.#runtime.model.info)
    array('traces', traces, 'an array of segmented traces')
    return this.#lock.exclusive(signal, () => readStepGraphs(this.#runtime, traces, heads, signal))
  }

  /**
   * Ask again with a pruned trace; see `EvaluateOptions.mode`.
   *
   * @throws TypeError or RangeError that names the option; CotPruneError ERR_TRACE_INVALID, ERR_TRACE_MODEL, ERR_CHAT_TEMPLATE,
   * ERR_CONTEXT_FULL, ERR_EVICTION_UNAVAILABLE (mode 'evict'), ERR_BUSY, ERR_CLOSED; `signal.reason` when aborted
   */
  async evaluate(trace: PrunedTrace, options?: EvaluateOptions): Promise<Evaluation> {
    const [evaluation] = await this.evaluateAll([trace], options)
    if (evaluation === undefined) throw new CotPruneError('ERR_DECODE', 'no evaluation came back')
    return evaluation
  }

  /**
   * Evaluate several pruned traces at once, usually one trace at several thresholds: they share
   * what their prompts have in common and are decoded in one batch. Up to rounding the same as one by one, in less
   * time; with `independent`, exactly.
   *
   * @returns one evaluation for each trace, in their order
   * @throws as `evaluate`
   */
  async evaluateAll(
    traces: readonly PrunedTrace[],
    options?: EvaluateOptions,
  ): Promise<Evaluation[]> {
    const resolved = resolveEvaluateOptions(options, this.#runtime.model.info.sampling)
    array('traces', traces, 'an array of pruned traces')
    return this.#lock.exclusive(resolved.signal, () => evaluateAll(this.#runtime, traces, resolved))
  }

  /**
   * How likely a text is in the place of the answer, behind what is left of a trace. What a step is worth
   * shows in what its absence does to the right answer.
   *
   * @returns natural logarithms, shape (tokens of the text) and their sum
   * @throws TypeError that names the option; CotPruneError as `evaluate`; `signal.reason` when aborted
   */
  async likelihood(trace: PrunedTrace, options: LikelihoodOptions): Promise<Likelihood> {
    const resolved = resolveLikelihoodOptions(options)
    return this.#lock.exclusive(resolved.signal, () => likelihood(this.#runtime, trace, resolved))
  }

  /** Empty the cache: what follows is computed as in a new session. @throws CotPruneError ERR_BUSY, ERR_CLOSED */
  clear(): Promise<void> {
    return this.#lock.exclusive(null, () => this.#runtime.branches.clear())
  }

  /** Idempotent. Interrupts the job in flight, waits for it, frees the context. */
  close(): Promise<void> {
    return this.#lock.close()
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
