/** A completion that was let in: a raw prompt goes on, and its own tokens may be told how likely they are. */

import { randomUUID } from 'node:crypto'
import { codePointLength } from '../../base/text.js'
import { Deltas, type Likely, roomFor, type Spent } from '../../chat/index.js'
import type { BatchedOptions, GenerationChunk, Model, Trace } from '../../index.js'
import { type LegacyLogprobs, legacyLogprobs } from '../answer/logprobs.js'
import type { CompletionRequest, RawPrompt } from '../request/completions.js'
import { closing } from './admission.js'
import type { HostedModel } from './hosted-model.js'

export interface CompletionAnswer {
  readonly text: string
  readonly finishReason: 'stop' | 'length'
  readonly logprobs: LegacyLogprobs | null
  readonly spent: Spent
}

/** What a stream tells: text, or at the end the answer. */
export type CompletionEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'end'; readonly answer: CompletionAnswer }

/** A prompt, read: what is written behind it is one answer of several. */
interface Asked {
  readonly tokens: readonly number[]
  readonly text: string
  /** Where the first token begins in the text; negative where the vocabulary has put some before it. */
  readonly start: number
  readonly maxTokens: number
}

export class CompletionRun {
  readonly id = `cmpl-${randomUUID()}`
  readonly created = Math.floor(Date.now() / 1000)
  readonly host: HostedModel
  readonly request: CompletionRequest
  readonly #model: Model
  readonly #asked: readonly Asked[]
  readonly #signal: AbortSignal
  readonly #leave: () => void

  private constructor(
    host: HostedModel,
    request: CompletionRequest,
    model: Model,
    asked: readonly Asked[],
    { signal, leave }: { readonly signal: AbortSignal; readonly leave: () => void },
  ) {
    this.host = host
    this.request = request
    this.#model = model
    this.#asked = asked
    this.#signal = signal
    this.#leave = leave
  }

  /** @throws ApiError 429, and what is wrong with a prompt, before anything is generated */
  static async begin(
    host: HostedModel,
    request: CompletionRequest,
    signal: AbortSignal,
  ): Promise<CompletionRun> {
    // several prompts take the places of one: the batch has them wait for each other
    const leave = host.admission.enter(request.n)
    try {
      const model = await host.model()
      const context = await host.tokens()
      const asked: Asked[] = []
      for (const prompt of request.prompts) asked.push(await read(model, prompt, context, request))
      return new CompletionRun(host, request, model, asked, { signal, leave })
    } catch (error) {
      leave()
      throw error
    }
  }

  end(): void {
    this.#leave()
  }

  get answers(): number {
    return this.#asked.length * this.request.n
  }

  /** Answer `index`: the n answers of the first prompt come first. */
  async *answer(index: number): AsyncGenerator<CompletionEvent, void, undefined> {
    const { n, echo, alternatives } = this.request
    const asked = this.#asked[Math.floor(index / n)]
    if (asked === undefined) return
    if (echo && alternatives !== null) {
      const answer = await this.#alone(() => this.#echoed(asked, index % n))
      yield { type: 'text', text: answer.text }
      yield { type: 'end', answer }
      return
    }
    const generation = (await this.host.batch()).generate(
      { tokens: asked.tokens },
      this.#options(asked, index % n),
    )
    yield* this.#written(asked, generation)
  }

  #alone<T>(job: () => Promise<T>): Promise<T> {
    return this.host.turns.run(job)
  }

  #options({ maxTokens }: Asked, nth: number): BatchedOptions {
    const { sampling, alternatives } = this.request
    const count = alternatives ?? 0
    return {
      ...sampling,
      seed: ((sampling.seed ?? 0) + nth) >>> 0,
      maxTokens,
      ...(count > 0 && { alternatives: count }),
      signal: this.#signal,
    }
  }

  async *#written(
    { text: prompt }: Asked,
    generation: AsyncIterable<GenerationChunk> & {
      finish(): Promise<Trace>
      readonly cachedTokens: number
    },
  ): AsyncGenerator<CompletionEvent, void, undefined> {
    const { stop: stops, alternatives, echo } = this.request
    const deltas = new Deltas({ tags: null, promptEnd: 'neither', stops, mayCloseTwice: false })
    const places: Likely['alternatives'][number][] = []
    if (echo) yield { type: 'text', text: prompt }
    for await (const chunk of generation) {
      places.push(...(chunk.alternatives ?? []))
      for (const { text } of deltas.push(chunk.text, false)) yield { type: 'text', text }
      if (deltas.stopped) break
    }
    const trace = await generation.finish()
    if (trace.finish === 'cancelled' && !deltas.stopped) throw closing()
    for (const { text } of deltas.end(true).deltas) yield { type: 'text', text }
    const { tokens, logprobs } = trace
    const likely = { tokens, logprobs, alternatives: places }
    yield {
      type: 'end',
      answer: {
        text: (echo ? prompt : '') + deltas.content,
        finishReason: trace.finish === 'length' && !deltas.stopped ? 'length' : 'stop',
        logprobs:
          alternatives === null ? null : await legacyLogprobs(this.#model, likely, alternatives),
        spent: {
          prompt: trace.prompt.tokens.length,
          cached: generation.cachedTokens,
          completion: tokens.length,
          reasoning: 0,
        },
      },
    }
  }

  /** The prompt's own tokens with their likelihoods, then what is written behind them. */
  async #echoed(asked: Asked, nth: number): Promise<CompletionAnswer> {
    const count = this.request.alternatives ?? 0
    const session = await this.host.solo()
    const how = { alternatives: Math.max(1, count), signal: this.#signal }
    const several = asked.tokens.length > 1
    const read = several ? await session.tokenLogprobs(asked.tokens, how) : null
    const next = await this.#behind(asked, nth, read?.next ?? null)
    const likely = {
      tokens: [...asked.tokens, ...next.tokens],
      logprobs: [null, ...(read?.logprobs ?? []), ...next.logprobs],
      alternatives: [[], ...(read?.alternatives ?? []), ...next.alternatives],
    }
    return {
      text: asked.text + next.text,
      finishReason: next.finish,
      logprobs: await legacyLogprobs(this.#model, likely, count, asked.start),
      spent: {
        prompt: asked.tokens.length,
        cached: 0,
        completion: next.tokens.length,
        reasoning: 0,
      },
    }
  }

  async #behind(
    asked: Asked,
    nth: number,
    likeliest: Likely['alternatives'][number] | null,
  ): Promise<Likely & { readonly text: string; readonly finish: 'stop' | 'length' }> {
    const { maxTokens } = asked
    if (maxTokens === 0) {
      return { tokens: [], logprobs: [], alternatives: [], text: '', finish: 'length' }
    }
    const [first] = likeliest ?? []
    const greedy = this.request.sampling.temperature === 0
    // what harnesses ask for, and never read: the likeliest token is there already
    if (maxTokens === 1 && greedy && first !== undefined && this.request.stop.length === 0) {
      const { token, logprob } = first
      const text = await this.#model.detokenize([token])
      return {
        tokens: [token],
        logprobs: [logprob],
        alternatives: [likeliest ?? []],
        text,
        finish: 'length',
      }
    }
    const session = await this.host.solo()
    const generation = session.generate({ tokens: asked.tokens }, this.#options(asked, nth))
    const places: Likely['alternatives'][number][] = []
    const deltas = new Deltas({
      tags: null,
      promptEnd: 'neither',
      stops: this.request.stop,
      mayCloseTwice: false,
    })
    for await (const chunk of generation) {
      places.push(...(chunk.alternatives ?? []))
      deltas.push(chunk.text, false)
      if (deltas.stopped) break
    }
    const { tokens, logprobs, finish } = await generation.finish()
    deltas.end(true)
    const text = deltas.content
    return {
      tokens,
      logprobs,
      alternatives: places,
      text,
      finish: finish === 'length' && !deltas.stopped ? 'length' : 'stop',
    }
  }
}

async function read(
  model: Model,
  prompt: RawPrompt,
  context: number,
  { maxTokens }: CompletionRequest,
): Promise<Asked> {
  const given = typeof prompt !== 'string'
  const tokens = given
    ? prompt.tokens
    : await model.tokenize(prompt, { addSpecial: true, parseSpecial: true })
  const whole = await model.detokenize(tokens)
  const text = given ? whole : prompt
  return {
    tokens,
    text,
    start: codePointLength(text) - codePointLength(whole),
    maxTokens: roomFor(tokens.length, context, maxTokens),
  }
}
