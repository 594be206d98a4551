/**
 * Generations of different prompts in one batch, with what is asked about their traces: scores and answers. Each begins and
 * ends on its own.
 */

import type {
  AttentionScoring,
  BatchedEvaluateOptions,
  BatchedOptions,
  BatchOptions,
  Evaluation,
  PromptInput,
  PrunedTrace,
  ScoredTrace,
  ScoreOptions,
  SegmentedTrace,
  StepGraph,
  StepGraphOptions,
  Trace,
} from '../../types/public.js'
import { array, checkKnown, integer, oneOf } from '../base/check.js'
import { CotPruneError, fromNative, invalidValue } from '../base/errors.js'
import { resolvePromptInput } from '../engine/prompt-input.js'
import type { Runtime } from '../engine/runtime.js'
import { evaluatePrompts, promptsOf } from '../evaluate/evaluate.js'
import { resolveEvaluateOptions } from '../evaluate/options.js'
import type { BatchedGeneration } from '../generate/batch/batched-generation.js'
import { GenerationJob, renderJob } from '../generate/batch/generation-job.js'
import { LoneWork } from '../generate/batch/lone-work.js'
import { BatchLoop } from '../generate/batch/loop.js'
import { resolveBatchedOptions } from '../generate/options.js'
import { scoreSteps } from '../score/attention-scores.js'
import { type Looking, lookFrom } from '../score/looking.js'
import { resolveScoreOptions } from '../score/options.js'
import { resolveStepGraphOptions } from '../score/step-graph/options.js'
import { readStepGraph } from '../score/step-graph/read-graph.js'

/**
 * Generations of different prompts that are decoded together, and what is asked about their traces: `session.batch()` opens one. A
 * generation that begins while others run is read in pieces between their chunks; sampled ones give what they would give alone, up to rounding.
 *
 * @throws (from `generate`) TypeError or RangeError that names the option; (from the generations) as `session.generate`
 */
export class GenerationBatch implements AsyncDisposable {
  /** Jobs that run side by side; more of them wait for a branch. */
  readonly slots: number
  /** Most tokens of one, prompt included. */
  readonly slotTokens: number
  readonly #runtime: Runtime
  readonly #release: () => void
  readonly #loop: BatchLoop
  /** Generations whose prompts are not rendered yet. */
  readonly #coming = new Set<GenerationJob>()
  #closed = false

  /** Use `session.batch()`. @internal */
  constructor(runtime: Runtime, options: BatchOptions | undefined, release: () => void) {
    const { count, contextLength } = runtime.branches
    checkKnown('options', options, ['slotTokens', 'pace'])
    const { slotTokens = Math.floor(contextLength / count), pace = 'reader' } = options ?? {}
    this.#runtime = runtime
    this.#release = release
    this.slots = count
    this.slotTokens = integer('options.slotTokens', slotTokens, { min: 1, max: contextLength })
    this.#loop = new BatchLoop(runtime, {
      branches: Array.from({ length: count }, (_, branch) => branch),
      pace: oneOf('options.pace', pace, ['reader', 'batch']),
    })
  }

  /** Generations and evaluations that have a branch. */
  get running(): number {
    return this.#loop.running
  }

  /** Begins as soon as a branch is free. @throws as `session.generate`, of options at once and of prompts from the result */
  generate(input: PromptInput, options?: BatchedOptions): BatchedGeneration {
    const resolved = resolveBatchedOptions(options, this.#runtime.model.info.sampling)
    const host = { runtime: this.#runtime, wake: () => this.#loop.wake() }
    const job = new GenerationJob(resolvePromptInput(input), resolved, host)
    void this.#enqueue(job)
    return job.generation
  }

  /**
   * As `session.evaluateAll`, beside whatever else runs; before generations that wait.
   * @throws as `session.evaluateAll`
   */
  async evaluateAll(
    traces: readonly PrunedTrace[],
    options?: BatchedEvaluateOptions,
  ): Promise<Evaluation[]> {
    const resolved = resolveEvaluateOptions(options, this.#runtime.model.info.sampling)
    if (resolved.independent) {
      throw invalidValue('options.independent', 'left out in a batch, where nothing is', true)
    }
    array('traces', traces, 'an array of pruned traces')
    resolved.signal?.throwIfAborted()
    const prompts = await promptsOf(this.#runtime, traces, resolved)
    for (const { tokens, behind } of prompts) this.#checkRoom(tokens.length + behind.length)
    this.#check()
    const { slotTokens: most } = this
    return evaluatePrompts(this.#loop, this.#runtime, prompts, { ...resolved, most })
  }

  /** As `session.scoreSteps`, between two chunks of what else runs. @throws as `session.scoreSteps` */
  async scoreSteps(
    trace: SegmentedTrace,
    options?: ScoreOptions,
  ): Promise<ScoredTrace & { readonly scoring: AttentionScoring }> {
    const resolved = resolveScoreOptions(options, this.#runtime.model.info)
    return this.#between(trace, resolved.signal, looking => scoreSteps(looking, trace, resolved))
  }

  /** As `session.stepGraph`, between two chunks of what else runs. @throws as `session.stepGraph` */
  async stepGraph(trace: SegmentedTrace, options: StepGraphOptions): Promise<StepGraph> {
    const { heads, signal } = resolveStepGraphOptions(options, this.#runtime.model.info)
    return this.#between(trace, signal, looking => readStepGraph(looking, trace, heads, signal))
  }

  /** Idempotent. Ends what runs, where it is, and lets go of the session. */
  async close(): Promise<void> {
    this.#closed = true
    for (const job of [...this.#coming, ...this.#loop.jobs]) job.cancelled = true
    this.#loop.wake()
    await this.#loop.idle()
    this.#release()
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #enqueue(job: GenerationJob): Promise<void> {
    const caller = new Error()
    this.#coming.add(job)
    try {
      job.options.signal?.throwIfAborted()
      const rendered = await renderJob(this.#runtime, job)
      this.#checkRoom(rendered.tokens.length + 1)
      job.prepare(rendered, this.slotTokens)
      this.#check()
      if (!job.leave()) this.#loop.add(job)
    } catch (error) {
      job.fail(fromNative(error, 'generate', caller))
    } finally {
      this.#coming.delete(job)
    }
  }

  async #between<T>(
    { prompt, tokens }: Pick<Trace, 'prompt' | 'tokens'>,
    signal: AbortSignal | null,
    look: (looking: Looking) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    this.#check()
    const held = Int32Array.from([...prompt.tokens, ...tokens])
    const work = (branch: number) => look(lookFrom(this.#runtime, branch))
    const job = new LoneWork(held, work, signal)
    this.#loop.add(job)
    return job.result
  }

  #check(): void {
    if (this.#closed) throw new CotPruneError('ERR_CLOSED', 'the batch is closed')
  }

  #checkRoom(tokens: number): void {
    if (tokens <= this.slotTokens) return
    const what = `a prompt of ${tokens - 1} tokens leaves no room in the ${this.slotTokens} of each of ${this.slots} branches`
    const how = 'open the session with a larger contextLength or fewer branches'
    throw new CotPruneError('ERR_CONTEXT_FULL', `${what}: ${how}, or shorten the prompt`)
  }
}
