/** GET /v1/models and /v1/models/ID: what is served, and what is known of it. */

import { ApiError } from '../http/api-error.js'
import type { HostedModel } from '../run/hosted-model.js'
import type { Models } from '../run/models.js'

export async function listModels({ all }: Models): Promise<object> {
  return { object: 'list', data: await Promise.all(all.map(entryOf)) }
}

export async function oneModel({ all }: Models, id: string): Promise<object> {
  const found = all.find(host => host.id === id)
  if (found !== undefined) return entryOf(found)
  const message = `there is no model ${JSON.stringify(id.slice(0, 80))}`
  throw new ApiError(404, 'not_found_error', 'model_not_found', message)
}

/** What is not loaded yet has no more than a name. */
async function entryOf(host: HostedModel): Promise<object> {
  const { id, created } = host
  const entry = { id, object: 'model', created, owned_by: 'cot-prune' }
  if (!host.loaded) return entry
  const { info } = await host.model()
  const { architecture, parameters, fileType, vocabularySize, trainedContext, thinking } = info
  return {
    ...entry,
    max_model_len: await host.tokens(),
    meta: {
      architecture,
      parameters,
      file_type: fileType,
      vocabulary_size: vocabularySize,
      trained_context: trainedContext,
      thinking: thinking?.name ?? null,
    },
  }
}
