/** The weights and the vocabulary of a GGUF file: loading, tokens, text, chat template, freeing. */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, ModelHandle, NativePieces } from '../../types/native.js'
import type {
  Message,
  ModelInfo,
  ModelOptions,
  ModelThinking,
  TemplateArguments,
} from '../../types/public.js'
import { string } from '../base/check.js'
import { CotPruneError, fromNative } from '../base/errors.js'
import { type RenderedChat, renderMessages } from './chat-rendering.js'
import { IsolatedEngine } from './isolated/isolated-engine.js'
import { memoryLimit, native } from './native.js'
import { resolveModelOptions } from './options.js'
import { askRpcServers } from './rpc-servers.js'
import { modelSampling } from './sampling.js'
import { templateSource } from './template.js'
import { type FoundThinking, findThinkingFormat, type TokenOf } from './thinking-formats.js'

/** How text becomes tokens; see `TokenizeOptions`. */
export interface Tokenizing {
  readonly addSpecial?: boolean | undefined
  readonly parseSpecial?: boolean | undefined
}

/** How a prompt is made of messages. */
export interface Rendering {
  /** @default true */
  readonly addGenerationPrompt?: boolean
  /** @default none */
  readonly templateArguments?: TemplateArguments
}

/** How long an isolated model waits for its sessions to close. */
const hungMillis = 3000

/** How often a progress callback is told, in milliseconds. */
const progressEvery = 50

export class Weights {
  readonly handle: ModelHandle
  /** The addon, in this process or in another. */
  readonly engine: Engine
  readonly info: ModelInfo
  /** Of the process that has the weights. */
  readonly pid: number
  /** How thinking is opened, closed and found; the papers' tags where the model has none of its own. */
  readonly thinking: ModelThinking
  readonly #isolated: IsolatedEngine | null
  #closing: Promise<void> | undefined

  private constructor(
    path: string,
    engine: Engine,
    handle: ModelHandle,
    chatTemplate: string | null,
    { found, used }: FoundThinking,
  ) {
    this.engine = engine
    this.#isolated = engine instanceof IsolatedEngine ? engine : null
    this.pid = this.#isolated?.pid ?? process.pid
    this.handle = handle
    const { bosToken, eosToken, description, ...info } = engine.modelInfo(handle)
    const attentionLayers = Array.from(info.attentionLayers)
    const windowLayers = Array.from(info.windowLayers)
    const fileType = info.fileType.replace('(guessed) ', '')
    const sampling = modelSampling(info.sampling, found !== null)
    const layers = { attentionLayers, windowLayers }
    this.info = { path, ...info, ...layers, fileType, chatTemplate, sampling, thinking: found }
    this.thinking = used
  }

  /** The work behind `loadModel`; see there. */
  static async open(path: string, options: ModelOptions | undefined): Promise<Weights> {
    const caller = new Error()
    const file = resolve(string('path', path))
    const { onProgress, signal, thinking, isolate, ...rest } = resolveModelOptions(options)
    const { chatTemplate: chosen, ...placement } = rest
    signal?.throwIfAborted()
    await checkFile(file)
    const given = await templateSource(chosen)
    await askRpcServers(placement.rpcServers, signal)
    signal?.throwIfAborted()
    const isolated = isolate ? new IsolatedEngine(file) : null
    const engine = isolated ?? native()
    const control = engine.controlCreate()
    const abort = () => engine.controlAbort(control)
    signal?.addEventListener('abort', abort, { once: true })
    let thrown: { readonly error: unknown } | undefined
    const report = () => {
      try {
        onProgress?.(engine.controlProgress(control))
      } catch (error) {
        // from a timer it would be nobody's: the load ends with it instead
        thrown = { error }
        abort()
      }
    }
    const timer = onProgress === null ? undefined : setInterval(report, progressEvery)
    try {
      const handle = await engine.modelOpen(
        control,
        file,
        placement.gpuLayers,
        placement.mainGpu,
        placement.tensorSplit,
        placement.mmap,
        memoryLimit(),
        placement.rpcServers,
        placement.rpcTimeoutMillis,
      )
      const chatTemplate = given ?? engine.modelInfo(handle).chatTemplate
      const found = await findThinkingFormat(thinking, chatTemplate, tokenIn(engine, handle))
      const weights = new Weights(file, engine, handle, chatTemplate, found)
      // a template that somebody wrote just now is wrong more often than one that came with the weights
      if (given !== null) await weights.#tryTemplate()
      report()
      if (signal?.aborted || thrown !== undefined) await weights.close()
      signal?.throwIfAborted()
      if (thrown !== undefined) throw thrown.error
      return weights
    } catch (error) {
      await isolated?.modelClose()
      signal?.throwIfAborted()
      if (thrown !== undefined) throw thrown.error
      throw fromNative(error, 'model', caller)
    } finally {
      clearInterval(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** In a process of its own. */
  get isolated(): boolean {
    return this.#isolated !== null
  }

  /** That process has ended, and nobody closed the model. */
  get lost(): boolean {
    return !this.closed && (this.#isolated?.ended ?? false)
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Runs off the JavaScript thread. */
  async tokenize(text: string, options: Tokenizing = {}): Promise<number[]> {
    const { addSpecial = false, parseSpecial = false } = options
    const tokens = await this.#call(addon =>
      addon.modelTokenize(this.handle, text, addSpecial, parseSpecial),
    )
    return Array.from(tokens)
  }

  /** What each token adds to the text, control tokens included. */
  pieces(tokens: readonly number[] | Int32Array): Promise<NativePieces> {
    return this.#call(addon => addon.modelPieces(this.handle, Int32Array.from(tokens)))
  }

  /**
   * Text of messages never becomes control tokens, nor tags; see chat-rendering.ts.
   * @throws CotPruneError ERR_CHAT_TEMPLATE
   */
  async renderChat(messages: readonly Message[], rendering: Rendering = {}): Promise<RenderedChat> {
    const { chatTemplate } = this.info
    if (chatTemplate === null) {
      throw new CotPruneError(
        'ERR_CHAT_TEMPLATE',
        "the model file has no chat template: give one with chatTemplate (--chat-template FILE), 'none' for " +
          'plain text, or the prompt as a string',
      )
    }
    return renderMessages(messages, {
      render: turns => this.#render(chatTemplate, turns, rendering),
      tokenize: text => this.tokenize(text),
      template: chatTemplate,
      format: this.thinking,
    })
  }

  async #render(
    template: string,
    messages: readonly Message[],
    { addGenerationPrompt = true, templateArguments = {} }: Rendering,
  ): Promise<RenderedChat> {
    const { text, tokens } = await this.#call(addon =>
      addon.modelRenderChat(
        this.handle,
        template,
        messages.map(({ role }) => role),
        messages.map(({ content }) => content),
        addGenerationPrompt,
        JSON.stringify(templateArguments),
      ),
    )
    return { text, tokens: Array.from(tokens) }
  }

  /** Reads it, and renders nothing of it: what it needs is known when it is asked. */
  async #tryTemplate(): Promise<void> {
    try {
      await this.#render(`{% if false %}${this.info.chatTemplate}{% endif %}`, [], {})
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Idempotent. Whoever holds contexts of it closes them before. */
  close(before: () => Promise<unknown> = async () => {}): Promise<void> {
    this.#closing ??= this.#close(before())
    return this.#closing
  }

  async #close(before: Promise<unknown>): Promise<void> {
    // a job that does not heed its interruption ends with its process; here it could only be waited for
    const hung = sleep(hungMillis, undefined, { ref: false })
    await (this.isolated ? Promise.race([before, hung]) : before)
    await this.engine.modelClose(this.handle)
    await before
  }

  check(): void {
    if (this.closed) throw new CotPruneError('ERR_CLOSED', 'the model is closed')
  }

  async #call<T>(job: (addon: Engine) => Promise<T>): Promise<T> {
    this.check()
    const caller = new Error()
    try {
      return await job(this.engine)
    } catch (error) {
      throw fromNative(error, 'model', caller)
    }
  }
}

/** The id of a text that is one token of the vocabulary. */
const tokenIn =
  (engine: Engine, model: ModelHandle): TokenOf =>
  async text => {
    const tokens = await engine.modelTokenize(model, text, false, true)
    return tokens.length === 1 ? (tokens[0] ?? null) : null
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
