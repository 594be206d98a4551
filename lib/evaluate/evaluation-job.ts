/** An evaluation that shares a batch with others: its prompt, what leaves the cache again, the answer. */

import type { NativeSample } from '../../types/native.js'
import type { Evaluation, ExtractedAnswer } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import type { Runtime } from '../engine/runtime.js'
import { type Deferred, deferred } from '../generate/batch/deferred.js'
import type { SampledJob } from '../generate/batch/job.js'
import { endsInLoop } from '../generate/looping.js'
import { findThinking } from '../trace/spans.js'
import { TokenText } from '../trace/token-text.js'
import { answerIn, extractAnswer } from './answer.js'
import { type EvaluationPrompt, heldTokens } from './evaluation-prompt.js'
import type { ResolvedEvaluateOptions } from './options.js'

export class EvaluationJob implements SampledJob {
  readonly kind = 'sampled'
  /** Chains wait for it, and it for no chain. */
  readonly urgent = true
  readonly prompt: EvaluationPrompt
  ended = false
  cancelled = false
  readonly #runtime: Runtime
  readonly #options: ResolvedEvaluateOptions
  readonly #evaluation: Deferred<Evaluation> = deferred()
  readonly #text = new TokenText()
  readonly #tokens: number[] = []
  readonly #logprobs: number[] = []
  #finish: Evaluation['finish'] = 'length'
  #branch = 0
  #decoded = 0
  #left: number
  #millis = 0

  /** @param most tokens of it, prompt included */
  constructor(
    runtime: Runtime,
    prompt: EvaluationPrompt,
    options: ResolvedEvaluateOptions,
    most: number,
  ) {
    this.#runtime = runtime
    this.prompt = prompt
    this.#options = options
    this.#left = Math.min(options.maxTokens, Math.max(0, most - heldTokens(prompt)))
    // whoever adds it may not be waiting yet
    this.#evaluation.promise.catch(() => {})
  }

  get evaluation(): Promise<Evaluation> {
    return this.#evaluation.promise
  }

  get tokens(): Int32Array {
    return this.prompt.tokens
  }

  get cuts(): boolean {
    return this.prompt.evicted.length > 0
  }

  get room(): number {
    return this.prompt.behind.length + this.#left
  }

  get most(): number {
    return this.#left
  }

  enter(branch: number, cached: number, room: number): void {
    this.#branch = branch
    this.#decoded = this.tokens.length - cached
    const gone = this.tokens.length + this.prompt.behind.length - heldTokens(this.prompt)
    this.#left = Math.max(0, Math.min(this.#left, room - this.prompt.behind.length + gone))
  }

  async begin(millis: number): Promise<void> {
    const { branches } = this.#runtime
    const { evicted, behind } = this.prompt
    const began = performance.now()
    if (evicted.length > 0) {
      await branches.evict(this.#branch, evicted)
      await branches.extend(this.#branch, behind, { signal: this.#options.signal })
    }
    branches.sampler(this.#branch, this.#options.sampling, [])
    branches.alternatives(this.#branch, 0)
    this.#millis = millis + performance.now() - began
    if (this.#left <= 0) this.#end()
  }

  async take(sample: NativeSample, millis: number): Promise<void> {
    const { tokens, logprobs, finish } = sample
    this.#text.push(sample)
    this.#tokens.push(...tokens)
    this.#logprobs.push(...logprobs)
    this.#left -= tokens.length
    this.#millis += millis
    if (finish === 'end' || finish === 'stop') this.#finish = finish
    if (finish !== 'more' || this.#left <= 0) this.#end()
  }

  leave(): boolean {
    if (this.ended) return true
    const { signal } = this.#options
    if (signal?.aborted) this.fail(signal.reason)
    else if (this.cancelled) this.fail(new CotPruneError('ERR_CLOSED', 'the batch is closed'))
    return this.ended
  }

  fail(error: unknown): void {
    this.ended = true
    this.#evaluation.reject(error)
  }

  #end(): void {
    this.ended = true
    this.#text.flush()
    this.#evaluation.resolve(this.#result())
  }

  #result(): Evaluation {
    const { mode } = this.#options
    const { info } = this.#runtime.model
    const { cue, behind } = this.prompt
    const text = cue.trimStart() + this.#text.text
    const generated = this.#logprobs.length
    const total = this.#logprobs.reduce((a, b) => a + b, 0)
    return {
      mode,
      text,
      answer: mode === 'resume' ? this.#resumedAnswer() : answerIn(text),
      finish: this.#finish,
      ...(this.#finish === 'length' && endsInLoop(this.#tokens) && { looping: true }),
      tokens: {
        prompt: heldTokens(this.prompt),
        decoded: this.#decoded + behind.length,
        generated,
      },
      meanLogprob: generated === 0 ? 0 : total / generated,
      millis: this.#millis,
      ...(info.hybrid && this.cuts && { recurrentStateKept: true }),
    }
  }

  /**
   * What stands behind the thinking that went on. Where that was not closed, it is what the model said at the end of all
   * it said; a thought that was cut in its middle is no answer.
   */
  #resumedAnswer(): ExtractedAnswer {
    const { thinking: tags, info } = this.#runtime.model
    const { text, ends } = this.#text
    const written = { text, tokens: this.#tokens, tokenEnds: ends }
    const { answer } = findThinking({ ...written, tags, prompt: 'opened' })
    const behind = text.slice(answer.charStart, answer.charEnd)
    if (behind.trim() !== '') return answerIn(behind)
    const cut = this.#finish === 'length' && info.thinking !== null
    return cut ? { value: null, extraction: 'none' } : extractAnswer(text)
  }
}
