/** POST /v1/chat/completions. */

import { chatBody, chatChunks, withErrors } from '../answer/chat-bodies.js'
import { type Serving, signalOf } from '../context.js'
import { readJson } from '../http/body.js'
import { eventStream } from '../http/event-stream.js'
import { primed } from '../http/primed.js'
import { readChat } from '../request/chat.js'
import { ChatRun } from '../run/chat-run.js'

export async function chat(request: Request, serving: Serving): Promise<Response> {
  const { options, models } = serving
  const asked = readChat(await readJson(request, options))
  const host = models.pick(asked.model)
  const signal = signalOf(request, serving)
  const run = await ChatRun.begin(host, asked, { history: options.history, signal })
  try {
    const model = await host.model()
    if (!asked.stream) return Response.json(await chatBody(run, model))
    const chunks = await primed(chatChunks(run, model))
    return eventStream(
      withErrors(chunks, () => run.end()),
      options,
    )
  } catch (error) {
    run.end()
    throw error
  } finally {
    // a stream ends it when it is over
    if (!asked.stream) run.end()
  }
}
