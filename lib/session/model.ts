/** What users hold: a model and its sessions. They know each other, so they stand together. */

import type { SessionHandle } from '../../types/native.js'
import type {
  Message,
  ModelInfo,
  ModelOptions,
  PromptOptions,
  SessionOptions,
  TextTraceInput,
  Trace,
} from '../../types/public.js'
import { boolean, checkKnown, string, tokenList } from '../base/check.js'
import { openContext } from '../engine/context.js'
import { resolvePromptInput } from '../engine/prompt-input.js'
import { resolveTemplateArguments } from '../engine/template.js'
import { Weights } from '../engine/weights.js'
import { resolveTextTrace, textParts, textTrace } from '../trace/from-text.js'
import { TokenText } from '../trace/token-text.js'
import { SessionJobs } from './session-jobs.js'

/** What `model.tokenize` takes beside the text. */
export interface TokenizeOptions {
  /** Add the tokens that the vocabulary puts around a text (BOS). @default false */
  readonly addSpecial?: boolean | undefined
  /** Read `<think>` and the like as control tokens. @default false */
  readonly parseSpecial?: boolean | undefined
}

/**
 * Load a GGUF file. Nothing of it is copied into JavaScript; with `mmap` the weights are read when
 * they are first used.
 *
 * @param path the file, or the first of its parts; `resolveModel` makes one of a name
 * @throws TypeError or RangeError that names the option
 * @throws CotPruneError ERR_MODEL_NOT_FOUND, ERR_MODEL_FORMAT (no GGUF, truncated, damaged),
 * ERR_MODEL_NO_WEIGHTS (a vocabulary), ERR_MODEL_UNSUPPORTED (unknown architecture),
 * ERR_OUT_OF_MEMORY (more GPU layers than fit; without `mmap`, more weights than memory),
 * ERR_MODEL_LOAD (all else that llama.cpp refuses), ERR_ISOLATED_EXIT (`isolate`: its process ended; so from every job
 * of it, too), ERR_RPC_SERVER (`rpcServers`: one cannot be had, or was lost; so from every job of it, too);
 * `signal.reason` when aborted
 */
export async function loadModel(path: string, options?: ModelOptions): Promise<Model> {
  return Model.load(path, options)
}

/** A GGUF model: weights and vocabulary. Tokenises, renders chats, opens sessions. */
export class Model implements AsyncDisposable {
  readonly #weights: Weights
  /** Weak: a session that nobody holds is the collector's, also while its model lives. */
  readonly #sessions = new Set<WeakRef<Session>>()

  private constructor(weights: Weights) {
    this.#weights = weights
  }

  /** @see loadModel */
  static async load(path: string, options?: ModelOptions): Promise<Model> {
    return new Model(await Weights.open(path, options))
  }

  /** What the file says, and what was made of it; still there when the model is closed. */
  get info(): ModelInfo {
    return this.#weights.info
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#weights.closed
  }

  /** The process of an isolated model has ended by itself: what is asked rejects with ERR_ISOLATED_EXIT or ERR_RPC_SERVER, and it is to be loaded again. */
  get lost(): boolean {
    return this.#weights.lost
  }

  /** Token ids of a text. Runs off the JavaScript thread. @throws TypeError of no text; CotPruneError ERR_CLOSED */
  async tokenize(text: string, options?: TokenizeOptions): Promise<number[]> {
    checkKnown('options', options, ['addSpecial', 'parseSpecial'])
    const { addSpecial = false, parseSpecial = false } = options ?? {}
    return this.#weights.tokenize(string('text', text), {
      addSpecial: boolean('options.addSpecial', addSpecial),
      parseSpecial: boolean('options.parseSpecial', parseSpecial),
    })
  }

  /**
   * What each token adds to the text, in bytes: a token may hold a part of a character.
   *
   * @returns shape (tokens): UTF-8, when they are put together
   * @throws TypeError or RangeError of what is no token; CotPruneError ERR_CLOSED
   */
  async pieces(tokens: readonly number[]): Promise<readonly Uint8Array[]> {
    const { bytes, ends } = await this.#weights.pieces(tokenList('tokens', tokens))
    return Array.from(ends, (end, i) => bytes.slice(ends[i - 1] ?? 0, end))
  }

  /**
   * The text of tokens, control tokens included; exactly what a trace's text is made of.
   *
   * @throws TypeError or RangeError of what is no token; CotPruneError ERR_CLOSED
   */
  async detokenize(tokens: readonly number[]): Promise<string> {
    const text = new TokenText()
    text.push(await this.#weights.pieces(tokenList('tokens', tokens)))
    text.flush()
    return text.text
  }

  /**
   * Render messages through the model's own template. Message text never becomes control tokens.
   * @throws TypeError that names the option or the message; CotPruneError ERR_CHAT_TEMPLATE, ERR_CLOSED
   */
  async renderChat(
    messages: readonly Message[],
    options?: PromptOptions & { readonly addGenerationPrompt?: boolean | undefined },
  ): Promise<{ readonly text: string; readonly tokens: readonly number[] }> {
    checkKnown('options', options, ['addGenerationPrompt', 'templateArguments'])
    const add = boolean('options.addGenerationPrompt', options?.addGenerationPrompt ?? true)
    return this.#weights.renderChat(resolvePromptInput(messages).messages ?? [], {
      addGenerationPrompt: add,
      templateArguments: resolveTemplateArguments(options?.templateArguments),
    })
  }

  /**
   * The trace of a chain of thought that is given as text, as if this model had written it: to score
   * what a person, a generator or another model wrote. Nothing is decoded; log-probabilities are 0.
   * @throws TypeError that names the input; CotPruneError ERR_CHAT_TEMPLATE, ERR_EMPTY_PROMPT, ERR_CLOSED
   */
  async traceOf(input: TextTraceInput): Promise<Trace> {
    const resolved = resolveTextTrace(input)
    const prompt = await this.#weights.renderChat(resolved.messages, resolved)
    const tokens: number[] = []
    for (const part of textParts(resolved, prompt.text, this.#weights.thinking)) {
      tokens.push(...(await this.#weights.tokenize(part.text, part)))
    }
    return textTrace(resolved, prompt, tokens, await this.#weights.pieces(tokens), this.#weights)
  }

  /**
   * Open a session: one context with its KV cache.
   * @throws TypeError or RangeError that names the option; CotPruneError ERR_OUT_OF_MEMORY, ERR_CONTEXT_CREATE, ERR_CLOSED
   */
  async createSession(options?: SessionOptions): Promise<Session> {
    this.#weights.check()
    for (const ref of this.#sessions) if (ref.deref() === undefined) this.#sessions.delete(ref)
    let ref: WeakRef<Session> | undefined
    const forget = () => {
      if (ref !== undefined) this.#sessions.delete(ref)
    }
    const handle = await openContext(this.#weights, options)
    const session = Session.of(this, this.#weights, handle, forget)
    ref = new WeakRef(session)
    this.#sessions.add(ref)
    // the model may have been closed meanwhile
    if (this.closed) await session.close()
    this.#weights.check()
    return session
  }

  /** Idempotent. Aborts and closes the sessions, then frees the weights. */
  close(): Promise<void> {
    return this.#weights.close(() =>
      Promise.all(Array.from(this.#sessions, ref => ref.deref()?.close())),
    )
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** One context of a model, one job at a time. */
export class Session extends SessionJobs {
  readonly model: Model

  private constructor(model: Model, weights: Weights, handle: SessionHandle, onClose: () => void) {
    super(weights, handle, onClose)
    this.model = model
  }

  /** Use `model.createSession()`. @internal */
  static of(model: Model, weights: Weights, handle: SessionHandle, onClose: () => void): Session {
    return new Session(model, weights, handle, onClose)
  }
}
