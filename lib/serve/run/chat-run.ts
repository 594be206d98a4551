/** A chat that was let in: what is asked of which session, and what comes of it. */

import { randomUUID } from 'node:crypto'
import {
  type BatchedOptions,
  type GenerateOptions,
  type GenerationChunk,
  type Model,
  segment,
  type Trace,
} from '../../index.js'
import { type Delta, Deltas, type EndState } from '../answer/deltas.js'
import type { Likely } from '../answer/logprobs.js'
import { type ToldPruning, tellPruning } from '../answer/told-pruning.js'
import type { Spent } from '../answer/usage.js'
import { ApiError } from '../http/api-error.js'
import type { History } from '../options.js'
import type { ChatRequest } from '../request/chat.js'
import { closing } from './admission.js'
import { type HistoryPrompt, promptWithHistory, scoreSteps } from './history.js'
import type { HostedModel } from './hosted-model.js'
import { withoutThinking } from './prompt.js'

export interface ChatAnswer {
  readonly reasoning: string
  readonly content: string
  readonly state: EndState
  readonly finishReason: 'stop' | 'length'
  readonly spent: Spent
  readonly pruning: ToldPruning
}

export type ChatEvent =
  | { readonly type: 'delta'; readonly delta: Delta; readonly likely: Likely | null }
  | { readonly type: 'begun' }
  | { readonly type: 'end'; readonly answer: ChatAnswer }

/** A generation of either session. */
interface Generating extends AsyncIterable<GenerationChunk> {
  finish(): Promise<Trace>
  readonly cachedTokens?: number
}

export class ChatRun {
  readonly id = `chatcmpl-${randomUUID()}`
  readonly created = Math.floor(Date.now() / 1000)
  readonly host: HostedModel
  readonly request: ChatRequest
  readonly #model: Model
  readonly #prompt: HistoryPrompt
  readonly #maxTokens: number
  readonly #signal: AbortSignal
  readonly #leave: () => void

  private constructor(
    host: HostedModel,
    request: ChatRequest,
    { model, prompt, maxTokens, signal, leave }: Begun,
  ) {
    this.host = host
    this.request = request
    this.#model = model
    this.#prompt = prompt
    this.#maxTokens = maxTokens
    this.#signal = signal
    this.#leave = leave
  }

  /** @throws ApiError 429, and what is wrong with the prompt, before anything is generated */
  static async begin(
    host: HostedModel,
    request: ChatRequest,
    { history, signal }: { readonly history: History; readonly signal: AbortSignal },
  ): Promise<ChatRun> {
    const leave = host.admission.enter(request.n)
    try {
      const model = await host.model()
      const { pruning, thinking, messages } = request
      const asked = {
        history: pruning.history ?? history,
        keep: pruning.historyKeep,
        templateArguments: thinking.templateArguments,
        signal,
      }
      const rendered = await promptWithHistory(host, messages, asked)
      const prompt = { ...rendered, ...(await withoutThinking(model, rendered, thinking)) }
      const room = roomFor(prompt.tokens.length, await host.tokens(), request.maxTokens)
      // what is evicted makes room: such a trace may be longer than the context
      const maxTokens = pruning.inFlight === null ? room : (request.maxTokens ?? room)
      if (pruning.byStepGraph && (await host.heads()) === null) throw noHeads()
      return new ChatRun(host, request, { model, prompt, maxTokens, signal, leave })
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Gives its places back; to be called at the end in any case. */
  end(): void {
    this.#leave()
  }

  /** One of its answers. */
  async *answer(index: number): AsyncGenerator<ChatEvent, void, undefined> {
    const end = this.#alone ? await this.host.turns.take() : null
    try {
      yield* this.#generate(index)
    } finally {
      end?.()
    }
  }

  /** Whether it needs a session to itself. */
  get #alone(): boolean {
    const { inFlight, byStepGraph, earlyExit, steps } = this.request.pruning
    return inFlight !== null || byStepGraph || earlyExit !== null || steps
  }

  async *#generate(index: number): AsyncGenerator<ChatEvent, void, undefined> {
    const generation = await this.#begin(index)
    const deltas = this.#deltas()
    const content = this.request.alternatives !== null
    let [begun, exited] = [false, false]
    for await (const chunk of generation) {
      exited ||= chunk.events?.some(({ type }) => type === 'exit') ?? false
      if (!begun) yield { type: 'begun' }
      begun = true
      const told = deltas.push(chunk.text, chunk.phase === 'thinking' && this.#tags !== null)
      const inAnswer = chunk.phase === 'answer' || this.#tags === null
      const likely = content && inAnswer && chunk.tokens.length > 0 ? likelyOf(chunk) : null
      for (const delta of told) {
        yield { type: 'delta', delta, likely: delta.kind === 'content' ? likely : null }
      }
      // text that is held back: its tokens are told at once, behind what was reasoning
      if (likely !== null && !told.some(({ kind }) => kind === 'content')) {
        yield { type: 'delta', delta: { kind: 'content', text: '' }, likely }
      }
      if (deltas.stopped) break
    }
    const trace = await generation.finish()
    if (trace.finish === 'cancelled' && !deltas.stopped) throw closing()
    const { deltas: last, state } = deltas.end(trace.finish === 'length')
    for (const delta of last) yield { type: 'delta', delta, likely: null }
    const { reasoning, content: text } = deltas
    const answer = {
      reasoning,
      content: text,
      state,
      finishReason: trace.finish === 'length' && !deltas.stopped ? 'length' : 'stop',
      spent: this.#spent(trace, state, generation.cachedTokens ?? 0),
      pruning: await this.#tell(trace, state, exited),
    } as const
    yield { type: 'end', answer }
  }

  async #begin(index: number): Promise<Generating> {
    const input = { tokens: this.#prompt.tokens }
    if (!this.#alone) return (await this.host.batch()).generate(input, this.#options(index))
    const session = await this.host.solo()
    return session.generate(input, { ...this.#options(index), ...(await this.#inFlight()) })
  }

  #options(index: number): BatchedOptions {
    const { sampling, alternatives } = this.request
    const budget = this.#budget
    return {
      ...sampling,
      seed: ((sampling.seed ?? 0) + index) >>> 0,
      maxTokens: this.#maxTokens,
      ...(budget !== null && { thinkingBudget: budget, thinkingBudgetAt: 'step' }),
      ...(alternatives !== null && alternatives > 0 && { alternatives }),
      signal: this.#signal,
    }
  }

  async #inFlight(): Promise<Pick<GenerateOptions, 'pruning' | 'earlyExit' | 'stepGraph'>> {
    const { inFlight, byStepGraph, earlyExit, steps } = this.request.pruning
    const heads = byStepGraph || (steps && inFlight === null) ? await this.host.heads() : null
    return {
      ...(inFlight && { pruning: inFlight }),
      ...(earlyExit && { earlyExit }),
      ...(heads && { stepGraph: { heads: heads.heads, score: heads.score } }),
    }
  }

  get #tags() {
    return this.#model.info.thinking
  }

  /** In tokens; null where there is none, or nothing that could be closed. */
  get #budget(): number | null {
    const { budget, share } = this.request.thinking
    if (this.#tags === null || this.#prompt.end === 'closed') return null
    if (share !== null) return Math.max(1, Math.round(share * this.#maxTokens))
    return budget
  }

  #deltas(): Deltas {
    return new Deltas({
      tags: this.#tags,
      promptEnd: this.#prompt.end,
      stops: this.request.stop,
      mayCloseTwice:
        this.#budget !== null ||
        this.request.thinking.budget === 0 ||
        this.request.pruning.earlyExit !== null,
    })
  }

  #spent(trace: Trace, state: EndState, cached: number): Spent {
    const { length } = trace.tokens
    // the tags are a part of the thinking
    const reasoning = state === 'closed' ? trace.answer.tokenStart : state === 'cut' ? length : 0
    return { prompt: this.#prompt.tokens.length, cached, completion: length, reasoning }
  }

  async #tell(trace: Trace, state: EndState, exited: boolean): Promise<ToldPruning> {
    const { told: history } = this.#prompt
    const wanted = this.request.pruning.steps && (state === 'closed' || state === 'cut')
    if (!wanted) return tellPruning({ trace, state, exited, history, steps: null })
    const segmented = segment(trace)
    const steps =
      segmented.steps.length === 0
        ? segmented
        : await scoreSteps(this.host, await this.host.solo(), segmented, this.#signal)
    return tellPruning({ trace, state, exited, history, steps })
  }
}

interface Begun {
  readonly model: Model
  readonly prompt: HistoryPrompt
  readonly maxTokens: number
  readonly signal: AbortSignal
  readonly leave: () => void
}

const likelyOf = ({ tokens, logprobs, alternatives = [] }: GenerationChunk): Likely => ({
  tokens,
  logprobs,
  // tokens that were put in have none
  alternatives: tokens.map((_, i) => alternatives[i] ?? []),
})

/** Cells that a session of its own keeps free for looks. */
const reserved = 32

/** What may be written: as much as was asked for, and as fits. @throws ApiError 400 where nothing does */
export function roomFor(prompt: number, context: number, asked: number | null): number {
  const room = context - reserved - prompt
  if (room > 0) return Math.min(asked ?? room, room)
  const what = `a prompt of ${prompt} tokens leaves no room in the ${context} of a request`
  const message = `${what}: shorten it, or start the server with a larger --context`
  throw new ApiError(400, 'exceed_context_size_error', 'context_length_exceeded', message, {
    param: 'messages',
  })
}

function noHeads(): ApiError {
  const message =
    'in_flight by step-graph needs heads that are known for the model: cot-prune calibrate finds them'
  return new ApiError(400, 'not_supported_error', 'ERR_HEADS_MODEL', message, {
    param: 'cot_prune.in_flight.score',
  })
}
