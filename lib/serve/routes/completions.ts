/** POST /v1/completions. */

import { completionBody, completionChunks } from '../answer/completion-bodies.js'
import type { Serving } from '../context.js'
import { readJson } from '../http/body.js'
import { readCompletion } from '../request/completions.js'
import { CompletionRun } from '../run/completion-run.js'
import { respond } from './respond.js'

export async function completions(request: Request, serving: Serving): Promise<Response> {
  const asked = readCompletion(await readJson(request, serving))
  const host = serving.models.pick(asked.model)
  return respond(request, serving, {
    stream: asked.stream,
    begin: signal => CompletionRun.begin(host, asked, signal),
    body: completionBody,
    chunks: completionChunks,
  })
}
