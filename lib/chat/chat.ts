/** A chat that begins: what is asked of which session, and what comes of it. */

import {
  type Alternative,
  type BatchedOptions,
  CotPruneError,
  type GenerateOptions,
  type GenerationChunk,
  type Model,
  segment,
  type Trace,
} from '../index.js'
import type { AskedChat, History } from './asked.js'
import { type Delta, Deltas, type EndState } from './deltas.js'
import { type HistoryPrompt, promptWithHistory, scoreSteps } from './history.js'
import type { ChatHost } from './host.js'
import { withoutThinking } from './prompt.js'
import { type Told, tell } from './told.js'

export interface ChatAnswer {
  readonly reasoning: string
  readonly content: string
  readonly state: EndState
  readonly finishReason: 'stop' | 'length'
  readonly spent: Spent
  readonly told: Told
}

/** Of one answer, in tokens. */
export interface Spent {
  readonly prompt: number
  readonly cached: number
  readonly completion: number
  readonly reasoning: number
}

/** Tokens with what is known of them; shapes (tokens), (tokens, as many as asked). */
export interface Likely {
  readonly tokens: readonly number[]
  /** null: nothing is before it. */
  readonly logprobs: readonly (number | null)[]
  readonly alternatives: readonly (readonly Alternative[])[]
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

export class Chat {
  readonly #host: ChatHost
  readonly #asked: AskedChat
  readonly #model: Model
  readonly #prompt: HistoryPrompt
  readonly #maxTokens: number
  readonly #signal: AbortSignal

  private constructor(
    host: ChatHost,
    asked: AskedChat,
    { model, prompt, maxTokens, signal }: Begun,
  ) {
    this.#host = host
    this.#asked = asked
    this.#model = model
    this.#prompt = prompt
    this.#maxTokens = maxTokens
    this.#signal = signal
  }

  /**
   * What is wrong with the prompt is known before anything is generated.
   * @throws CotPruneError ERR_CONTEXT_FULL, ERR_CHAT_TEMPLATE, ERR_HEADS_MODEL (no heads are known for the model)
   */
  static async begin(
    host: ChatHost,
    asked: AskedChat,
    { history, signal }: { readonly history: History; readonly signal: AbortSignal },
  ): Promise<Chat> {
    const model = await host.model()
    const { pruning, thinking, messages } = asked
    const rendered = await promptWithHistory(host, messages, {
      history,
      keep: pruning.historyKeep,
      templateArguments: thinking.templateArguments,
      signal,
    })
    const prompt = { ...rendered, ...(await withoutThinking(model, rendered, thinking)) }
    const room = roomFor(prompt.tokens.length, await host.tokens(), asked.maxTokens)
    // what is evicted makes room: such a trace may be longer than the context
    const maxTokens = pruning.inFlight === null ? room : (asked.maxTokens ?? room)
    if (pruning.byStepGraph && (await host.heads()) === null) throw noHeads()
    return new Chat(host, asked, { model, prompt, maxTokens, signal })
  }

  /** One of its answers. */
  async *answer(index: number): AsyncGenerator<ChatEvent, void, undefined> {
    const end = this.#alone ? await this.#host.turns.take(this.#signal) : null
    try {
      yield* this.#generate(index)
    } finally {
      end?.()
    }
  }

  /** Whether it needs a session to itself. */
  get #alone(): boolean {
    const { inFlight, byStepGraph, earlyExit, steps } = this.#asked.pruning
    return inFlight !== null || byStepGraph || earlyExit !== null || steps
  }

  async *#generate(index: number): AsyncGenerator<ChatEvent, void, undefined> {
    const generation = await this.#begin(index)
    const deltas = this.#deltas()
    const content = this.#asked.alternatives !== null
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
    if (trace.finish === 'cancelled' && !deltas.stopped) throw ended()
    const { deltas: last, state } = deltas.end(trace.finish === 'length')
    for (const delta of last) yield { type: 'delta', delta, likely: null }
    const { reasoning, content: text } = deltas
    const answer = {
      reasoning,
      content: text,
      state,
      finishReason: trace.finish === 'length' && !deltas.stopped ? 'length' : 'stop',
      spent: this.#spent(trace, state, generation.cachedTokens ?? 0),
      told: await this.#tell(trace, state, exited),
    } as const
    yield { type: 'end', answer }
  }

  async #begin(index: number): Promise<Generating> {
    const input = { tokens: this.#prompt.tokens }
    if (!this.#alone) return (await this.#host.batch()).generate(input, this.#options(index))
    const session = await this.#host.solo()
    return session.generate(input, { ...this.#options(index), ...(await this.#inFlight()) })
  }

  #options(index: number): BatchedOptions {
    const { sampling, alternatives } = this.#asked
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
    const { inFlight, byStepGraph, earlyExit, steps } = this.#asked.pruning
    const heads = byStepGraph || (steps && inFlight === null) ? await this.#host.heads() : null
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
    const { budget, share } = this.#asked.thinking
    if (this.#tags === null || this.#prompt.end === 'closed') return null
    if (share !== null) return Math.max(1, Math.round(share * this.#maxTokens))
    return budget
  }

  #deltas(): Deltas {
    return new Deltas({
      tags: this.#tags,
      promptEnd: this.#prompt.end,
      stops: this.#asked.stop,
      mayCloseTwice:
        this.#budget !== null ||
        this.#asked.thinking.budget === 0 ||
        this.#asked.pruning.earlyExit !== null,
    })
  }

  #spent(trace: Trace, state: EndState, cached: number): Spent {
    const { length } = trace.tokens
    // the tags are a part of the thinking
    const reasoning = state === 'closed' ? trace.answer.tokenStart : state === 'cut' ? length : 0
    return { prompt: this.#prompt.tokens.length, cached, completion: length, reasoning }
  }

  async #tell(trace: Trace, state: EndState, exited: boolean): Promise<Told> {
    const { told: history } = this.#prompt
    const wanted = this.#asked.pruning.steps && (state === 'closed' || state === 'cut')
    if (!wanted) return tell({ trace, state, exited, history, steps: null })
    const segmented = segment(trace)
    const steps =
      segmented.steps.length === 0
        ? segmented
        : await scoreSteps(this.#host, await this.#host.solo(), segmented, this.#signal)
    return tell({ trace, state, exited, history, steps })
  }
}

interface Begun {
  readonly model: Model
  readonly prompt: HistoryPrompt
  readonly maxTokens: number
  readonly signal: AbortSignal
}

const likelyOf = ({ tokens, logprobs, alternatives = [] }: GenerationChunk): Likely => ({
  tokens,
  logprobs,
  // tokens that were put in have none
  alternatives: tokens.map((_, i) => alternatives[i] ?? []),
})

/** Cells that a session of its own keeps free for looks. */
const reserved = 32

/** What may be written: as much as was asked for, and as fits. @throws CotPruneError ERR_CONTEXT_FULL where nothing does */
export function roomFor(prompt: number, context: number, asked: number | null): number {
  const room = context - reserved - prompt
  if (room > 0) return Math.min(asked ?? room, room)
  const what = `a prompt of ${prompt} tokens leaves no room in the context of ${context}`
  const message = `${what}: shorten it, or ask for a larger contextLength (--context of a server)`
  throw new CotPruneError('ERR_CONTEXT_FULL', message)
}

function noHeads(): CotPruneError {
  const message =
    'pruning by step-graph needs heads that are known for the model: cot-prune calibrate finds them'
  return new CotPruneError('ERR_HEADS_MODEL', message)
}

const ended = () => new CotPruneError('ERR_CLOSED', 'the batch was closed meanwhile')
