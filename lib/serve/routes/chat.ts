/** POST /v1/chat/completions. */

import { chatBody, chatChunks } from '../answer/chat-bodies.js'
import type { Serving } from '../context.js'
import { readJson } from '../http/body.js'
import { readChat } from '../request/chat.js'
import { ChatRun } from '../run/chat-run.js'
import { respond } from './respond.js'

export async function chat(request: Request, serving: Serving): Promise<Response> {
  const { options, models } = serving
  const asked = readChat(await readJson(request, serving))
  const host = models.pick(asked.model)
  return respond(request, serving, {
    stream: asked.stream,
    begin: signal => ChatRun.begin(host, asked, { history: options.history, signal }),
    body: chatBody,
    chunks: chatChunks,
  })
}
