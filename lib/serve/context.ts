/** What every route knows. */

import type { ResolvedServeOptions } from './options.js'
import type { Models } from './run/models.js'

export interface Serving {
  readonly options: ResolvedServeOptions
  readonly models: Models
  /** Fires when what still runs has to end. */
  readonly stopping: AbortSignal
  /** Whether the server still takes requests. */
  readonly open: () => boolean
}

/** Fires when the client goes away, and when the server has to end. */
export const signalOf = (request: Request, { stopping }: Serving): AbortSignal =>
  AbortSignal.any([request.signal, stopping])
