/** The newest traces of the page, scored by every method, so that it need not send them back. */

import { randomUUID } from 'node:crypto'
import type { ScoredTrace } from '../../index.js'
import { ApiError } from '../http/api-error.js'
import type { HostedModel } from '../run/hosted-model.js'

export interface KeptTrace {
  readonly host: HostedModel
  /** In the order of the page. */
  readonly scored: readonly { readonly method: string; readonly trace: ScoredTrace }[]
}

const remembered = 16

export class KeptTraces {
  readonly #traces = new Map<string, KeptTrace>()

  keep(trace: KeptTrace): string {
    const id = randomUUID()
    this.#traces.set(id, trace)
    for (const oldest of this.#traces.keys()) {
      if (this.#traces.size <= remembered) break
      this.#traces.delete(oldest)
    }
    return id
  }

  /** @throws ApiError 404 */
  get(id: string): KeptTrace {
    const found = this.#traces.get(id)
    if (found !== undefined) return found
    const message = 'the server does not have that trace any more: ask again'
    throw new ApiError(404, 'not_found_error', 'trace_not_found', message)
  }
}
