/** A GGUF model: weights and vocabulary. Loads, tokenises, renders chats, opens sessions. */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ModelHandle, NativeModelInfo } from '../types/native.js'
import type {
  Message,
  ModelInfo,
  ModelOptions,
  SessionOptions,
  TextTraceInput,
  Trace,
} from '../types/public.js'
import { CotPruneError, fromNative } from './errors.js'
import { memoryLimit, native } from './native.js'
import { boolean, checkKnown, string, tokenList } from './options/check.js'
import { resolveModelOptions, resolvePromptInput } from './options/index.js'
import { Session } from './session.js'
import { generatedText, resolveTextTrace, textTrace } from './text-trace.js'
import { TokenText } from './token-text.js'

export interface TokenizeOptions {
  /** Add the tokens that the vocabulary puts around a text (BOS). @default false */
  readonly addSpecial?: boolean | undefined
  /** Read `<think>` and the like as control tokens. @default false */
  readonly parseSpecial?: boolean | undefined
}

/** How often a progress callback is told, in milliseconds. */
const progressEvery = 50

/**
 * Load a GGUF file. Nothing of it is copied into JavaScript; with `mmap` the weights are read when
 * they are first used.
 *
 * @throws CotPruneError ERR_MODEL_NOT_FOUND, ERR_MODEL_FORMAT (no GGUF, truncated, damaged),
 * ERR_MODEL_NO_WEIGHTS (a vocabulary), ERR_MODEL_UNSUPPORTED (unknown architecture),
 * ERR_OUT_OF_MEMORY (more GPU layers than fit; without `mmap`, more weights than memory),
 * ERR_MODEL_LOAD (all else that llama.cpp refuses); `signal.reason` when aborted
 */
export async function loadModel(path: string, options?: ModelOptions): Promise<Model> {
  return Model.load(path, options)
}

export class Model implements AsyncDisposable {
  readonly info: ModelInfo
  readonly #native: NativeModelInfo
  readonly #handle: ModelHandle
  /** Weak: a session that nobody holds is the collector's, also while its model lives. */
  readonly #sessions = new Set<WeakRef<Session>>()
  #closing: Promise<void> | undefined

  private constructor(path: string, handle: ModelHandle) {
    this.#handle = handle
    this.#native = native().modelInfo(handle)
    const { bosToken, eosToken, thinkToken, endThinkToken, description, ...info } = this.#native
    this.info = { path, ...info, fileType: info.fileType.replace('(guessed) ', '') }
  }

  /** @see loadModel */
  static async load(path: string, options?: ModelOptions): Promise<Model> {
    const caller = new Error()
    const file = resolve(string('path', path))
    const { onProgress, signal, ...placement } = resolveModelOptions(options)
    signal?.throwIfAborted()
    await checkFile(file)
    signal?.throwIfAborted()
    const addon = native()
    const control = addon.controlCreate()
    const abort = () => addon.controlAbort(control)
    signal?.addEventListener('abort', abort, { once: true })
    let thrown: { readonly error: unknown } | undefined
    const report = () => {
      try {
        onProgress?.(addon.controlProgress(control))
      } catch (error) {
        // from a timer it would be nobody's: the load ends with it instead
        thrown = { error }
        abort()
      }
    }
    const timer = onProgress === null ? undefined : setInterval(report, progressEvery)
    try {
      const handle = await addon.modelOpen(
        control,
        file,
        placement.gpuLayers,
        placement.mainGpu,
        placement.tensorSplit,
        placement.mmap,
        memoryLimit(),
      )
      const model = new Model(file, handle)
      report()
      if (signal?.aborted || thrown !== undefined) await model.close()
      signal?.throwIfAborted()
      if (thrown !== undefined) throw thrown.error
      return model
    } catch (error) {
      signal?.throwIfAborted()
      if (thrown !== undefined) throw thrown.error
      throw fromNative(error, 'model', caller)
    } finally {
      clearInterval(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Token ids of a text. Runs off the JavaScript thread. */
  async tokenize(text: string, options?: TokenizeOptions): Promise<number[]> {
    checkKnown('options', options, ['addSpecial', 'parseSpecial'])
    const { addSpecial = false, parseSpecial = false } = options ?? {}
    const tokens = await this.#call(addon =>
      addon.modelTokenize(
        this.#handle,
        string('text', text),
        boolean('options.addSpecial', addSpecial),
        boolean('options.parseSpecial', parseSpecial),
      ),
    )
    return Array.from(tokens)
  }

  /** The text of tokens, control tokens included; exactly what a trace's text is made of. */
  async detokenize(tokens: readonly number[]): Promise<string> {
    const pieces = await this.#call(addon =>
      addon.modelPieces(this.#handle, tokenList('tokens', tokens)),
    )
    const text = new TokenText()
    text.push(pieces)
    text.flush()
    return text.text
  }

  /**
   * Render messages through the model's own template. Message text never becomes control tokens.
   * @throws CotPruneError ERR_CHAT_TEMPLATE
   */
  async renderChat(
    messages: readonly Message[],
    options?: { readonly addGenerationPrompt?: boolean | undefined },
  ): Promise<{ readonly text: string; readonly tokens: readonly number[] }> {
    checkKnown('options', options, ['addGenerationPrompt'])
    const add = boolean('options.addGenerationPrompt', options?.addGenerationPrompt ?? true)
    const checked = resolvePromptInput(messages).messages ?? []
    const prompt = await this.#call(addon =>
      addon.modelRenderChat(
        this.#handle,
        checked.map(message => message.role),
        checked.map(message => message.content),
        add,
      ),
    )
    return { text: prompt.text, tokens: Array.from(prompt.tokens) }
  }

  /**
   * The trace of a chain of thought that is given as text, as if this model had written it: to score
   * what a person, a generator or another model wrote. Nothing is decoded; log-probabilities are 0.
   * @throws CotPruneError ERR_CHAT_TEMPLATE, ERR_EMPTY_PROMPT
   */
  async traceOf(input: TextTraceInput): Promise<Trace> {
    const resolved = resolveTextTrace(input)
    const prompt = await this.renderChat(resolved.messages)
    const text = generatedText(resolved, prompt.text)
    const tokens = await this.tokenize(text, { parseSpecial: true })
    const pieces = await this.#call(addon =>
      addon.modelPieces(this.#handle, Int32Array.from(tokens)),
    )
    return textTrace(resolved, prompt, tokens, pieces, this.#native)
  }

  /**
   * Open a session: one context with its KV cache.
   * @throws CotPruneError ERR_OUT_OF_MEMORY, ERR_CONTEXT_CREATE, ERR_CLOSED
   */
  async createSession(options?: SessionOptions): Promise<Session> {
    this.#check()
    for (const ref of this.#sessions) if (ref.deref() === undefined) this.#sessions.delete(ref)
    let ref: WeakRef<Session> | undefined
    const forget = () => {
      if (ref !== undefined) this.#sessions.delete(ref)
    }
    const session = await Session.open(this, this.#handle, this.#native, options, forget)
    ref = new WeakRef(session)
    this.#sessions.add(ref)
    // the model may have been closed meanwhile
    if (this.closed) await session.close()
    this.#check()
    return session
  }

  /** Idempotent. Aborts and closes the sessions, then frees the weights. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#sessions, ref => ref.deref()?.close()))
    await native().modelClose(this.#handle)
  }

  #check(): void {
    if (this.closed) throw new CotPruneError('ERR_CLOSED', 'the model is closed')
  }

  async #call<T>(job: (addon: ReturnType<typeof native>) => Promise<T>): Promise<T> {
    this.#check()
    const caller = new Error()
    try {
      return await job(native())
    } catch (error) {
      throw fromNative(error, 'model', caller)
    }
  }
}

/** Says what is wrong with a path in the terms of files; the addon looks inside. */
async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new CotPruneError('ERR_MODEL_NOT_FOUND', `there is no file ${path}`, { cause })
  })
  if (found.isDirectory()) {
    throw new CotPruneError('ERR_MODEL_FORMAT', `${path} is a directory; a .gguf file is needed`)
  }
  if (found.size === 0) throw new CotPruneError('ERR_MODEL_FORMAT', `${path} is empty`)
}
