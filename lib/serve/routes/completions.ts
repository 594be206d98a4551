/** POST /v1/completions. */

import { withErrors } from '../answer/chat-bodies.js'
import { completionBody, completionChunks } from '../answer/completion-bodies.js'
import { type Serving, signalOf } from '../context.js'
import { readJson } from '../http/body.js'
import { eventStream } from '../http/event-stream.js'
import { primed } from '../http/primed.js'
import { readCompletion } from '../request/completions.js'
import { CompletionRun } from '../run/completion-run.js'

export async function completions(request: Request, serving: Serving): Promise<Response> {
  const { options, models } = serving
  const asked = readCompletion(await readJson(request, options))
  const run = await CompletionRun.begin(models.pick(asked.model), asked, signalOf(request, serving))
  try {
    if (!asked.stream) return Response.json(await completionBody(run))
    const chunks = await primed(completionChunks(run))
    return eventStream(
      withErrors(chunks, () => run.end()),
      options,
    )
  } catch (error) {
    run.end()
    throw error
  } finally {
    if (!asked.stream) run.end()
  }
}
