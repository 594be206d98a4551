/** A chat that was let in. */

import { randomUUID } from 'node:crypto'
import { Chat, type ChatEvent, type History } from '../../chat/index.js'
import type { ChatRequest } from '../request/chat.js'
import type { HostedModel } from './hosted-model.js'

export class ChatRun {
  readonly id = `chatcmpl-${randomUUID()}`
  readonly created = Math.floor(Date.now() / 1000)
  readonly host: HostedModel
  readonly request: ChatRequest
  readonly #chat: Chat
  readonly #leave: () => void

  private constructor(host: HostedModel, request: ChatRequest, chat: Chat, leave: () => void) {
    this.host = host
    this.request = request
    this.#chat = chat
    this.#leave = leave
  }

  /** @throws ApiError 429, and as `Chat.begin`, before anything is generated */
  static async begin(
    host: HostedModel,
    request: ChatRequest,
    { history, signal }: { readonly history: History; readonly signal: AbortSignal },
  ): Promise<ChatRun> {
    const leave = host.admission.enter(request.n)
    try {
      const asked = { history: request.history ?? history, signal }
      return new ChatRun(host, request, await Chat.begin(host, request, asked), leave)
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
  answer(index: number): AsyncGenerator<ChatEvent, void, undefined> {
    return this.#chat.answer(index)
  }
}
