/** The events of a chat → the parts of a stream: reasoning, text, the end; and a stream that is read as it is made. */

import type { LanguageModelV3StreamPart, LanguageModelV3Usage } from '@ai-sdk/provider'
import type { ChatEvent, Delta } from '../chat/index.js'
import { finishOf, metadataOf, usageOf } from './metadata.js'

type Kind = 'reasoning' | 'text'

/** @param signal what it rejects with is no fault that is told in the stream */
export async function* partsOf(
  events: AsyncGenerator<ChatEvent, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LanguageModelV3StreamPart, void, undefined> {
  const blocks = new Blocks()
  try {
    for await (const event of events) {
      if (event.type === 'delta') yield* blocks.delta(event.delta)
      if (event.type !== 'end') continue
      const { answer } = event
      yield* blocks.end()
      const providerMetadata = metadataOf(answer)
      const usage = usageOf(answer.spent)
      yield { type: 'finish', finishReason: finishOf(answer), usage, providerMetadata }
    }
  } catch (error) {
    if (signal?.aborted) throw error
    yield* blocks.end()
    yield { type: 'error', error }
    yield { type: 'finish', finishReason: { unified: 'error', raw: undefined }, usage: unknown }
  }
}

const unknown: LanguageModelV3Usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
}

/** Deltas stand between a start and an end of their kind. */
class Blocks {
  #open: Kind | null = null
  #count = 0

  get #id(): string {
    return String(this.#count)
  }

  *delta({ kind, text }: Delta): Generator<LanguageModelV3StreamPart> {
    const type: Kind = kind === 'content' ? 'text' : 'reasoning'
    if (this.#open !== type) {
      yield* this.end()
      this.#open = type
      yield { type: `${type}-start`, id: this.#id }
    }
    yield { type: `${type}-delta`, id: this.#id, delta: text }
  }

  *end(): Generator<LanguageModelV3StreamPart> {
    if (this.#open === null) return
    yield { type: `${this.#open}-end`, id: this.#id }
    this.#open = null
    this.#count++
  }
}

/**
 * Written as fast as it is made, however it is read: a reader that stops reading without a word would hold the session for ever. Who
 * cancels ends the generation.
 */
export function streamOf<T>(parts: AsyncGenerator<T, void, undefined>): ReadableStream<T> {
  let gone = false
  const write = async (controller: ReadableStreamDefaultController<T>) => {
    for await (const part of parts) {
      if (gone) return
      controller.enqueue(part)
    }
    if (!gone) controller.close()
  }
  return new ReadableStream<T>({
    start(controller) {
      write(controller).catch((error: unknown) => controller.error(error))
    },
    cancel() {
      gone = true
    },
  })
}
