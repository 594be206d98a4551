/** What every route knows. */

import type { BodyRoom } from './http/body.js'
import type { ResolvedServeOptions } from './options.js'
import type { Models } from './run/models.js'

export interface Serving {
  readonly options: ResolvedServeOptions
  readonly models: Models
  readonly room: BodyRoom
  /** Fires when what still runs has to end. */
  readonly stopping: AbortSignal
  /** Whether the server still takes requests. */
  readonly open: () => boolean
}

export interface Linked {
  /** Fires when the client goes away, and when the server has to end. */
  readonly signal: AbortSignal
  /** To be called when the request is over: the server lives longer, and would remember it. */
  readonly unlink: () => void
}

export function linkedTo({ signal }: Request, { stopping }: Serving): Linked {
  const own = new AbortController()
  const [gone, stop] = [() => own.abort(signal.reason), () => own.abort(stopping.reason)]
  if (signal.aborted) gone()
  if (stopping.aborted) stop()
  signal.addEventListener('abort', gone, { once: true })
  stopping.addEventListener('abort', stop, { once: true })
  const unlink = () => {
    signal.removeEventListener('abort', gone)
    stopping.removeEventListener('abort', stop)
  }
  return { signal: own.signal, unlink }
}
