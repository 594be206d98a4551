/** A model as the AI SDK takes it. */

import { randomUUID } from 'node:crypto'
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3GenerateResult,
  LanguageModelV3ResponseMetadata,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
} from '@ai-sdk/provider'
import { Chat, type ChatAnswer, primed } from '../chat/index.js'
import { CotPruneError, type Model } from '../index.js'
import { type Call, readCall } from './call.js'
import { OpenHost } from './host.js'
import { finishOf, metadataOf, usageOf } from './metadata.js'
import { type CotPruneOptions, type ResolvedOptions, resolveOptions } from './options.js'
import { partsOf, streamOf } from './stream.js'

/**
 * A model for `generateText` and `streamText` of `ai` 6 and 7: its reasoning as parts of its own, and in
 * `providerMetadata.cotPrune` the steps of it with their scores and what was evicted. It opens its sessions when they are
 * needed; they are closed with the model, which stays the caller's.
 *
 * @param options `providerOptions.cotPrune` of a call goes before them
 * @throws TypeError or RangeError that names the option
 */
export function cotPrune(model: Model, options?: CotPruneOptions): LanguageModelV3 {
  return new CotPruneLanguageModel(model, resolveOptions(options))
}

class CotPruneLanguageModel implements LanguageModelV3 {
  readonly specificationVersion = 'v3'
  readonly provider = 'cot-prune'
  readonly modelId: string
  readonly supportedUrls = {}
  readonly #host: OpenHost
  readonly #options: ResolvedOptions

  constructor(model: Model, options: ResolvedOptions) {
    this.#host = new OpenHost('model', model, options)
    this.#options = options
    this.modelId = options.id ?? (model.info.name || model.info.architecture)
  }

  /** @throws as `session.generate`; TypeError or RangeError that names the field; the signal's reason */
  async doGenerate(options: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    const { chat, call } = await this.#begin(options)
    const answer = await answerOf(chat)
    return {
      content: contentOf(answer),
      finishReason: finishOf(answer),
      usage: usageOf(answer.spent),
      providerMetadata: metadataOf(answer),
      response: this.#response(),
      warnings: call.warnings,
    }
  }

  /** @throws as `doGenerate` what is wrong before the first token; what is wrong behind it is a part of the stream */
  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const { chat, call } = await this.#begin(options)
    const events = await primed(chat.answer(0))
    const parts = partsOf(events, options.abortSignal)
    const first: LanguageModelV3StreamPart[] = [
      { type: 'stream-start', warnings: call.warnings },
      { type: 'response-metadata', ...this.#response() },
    ]
    return { stream: streamOf(behind(first, parts)) }
  }

  async #begin(
    options: LanguageModelV3CallOptions,
  ): Promise<{ readonly chat: Chat; readonly call: Call }> {
    const signal = options.abortSignal ?? new AbortController().signal
    signal.throwIfAborted()
    const call = readCall(options, this.#options.settings)
    const chat = await Chat.begin(this.#host, call.asked, { history: call.history, signal })
    return { chat, call }
  }

  #response(): LanguageModelV3ResponseMetadata {
    return { id: `cotprune-${randomUUID()}`, modelId: this.modelId, timestamp: new Date() }
  }
}

async function answerOf(chat: Chat): Promise<ChatAnswer> {
  for await (const event of chat.answer(0)) if (event.type === 'end') return event.answer
  throw new CotPruneError('ERR_DECODE', 'the answer has no end')
}

function contentOf({ reasoning, content }: ChatAnswer): LanguageModelV3Content[] {
  return [
    ...(reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning } as const]),
    ...(content === '' ? [] : [{ type: 'text', text: content } as const]),
  ]
}

async function* behind<T>(
  first: readonly T[],
  rest: AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* first
    yield* rest
  } finally {
    await rest.return()
  }
}
