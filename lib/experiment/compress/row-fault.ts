/** What is wrong with a row, as distinct from what is wrong with the model, the options or the disk. */

import { CotPruneError } from '../../index.js'
import type { RowFault, RowReason } from './types.js'

/** Thrown and caught within this folder. */
export class RowError extends Error {
  readonly fault: RowFault

  constructor(reason: RowReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = { reason, message }
  }
}

/** Codes that speak of what a row says, and not of the model: the next row may be fine. */
const reasons: ReadonlyMap<string, RowReason> = new Map([
  ['ERR_CONTEXT_FULL', 'too-long'],
  ['ERR_EMPTY_PROMPT', 'shape'],
])

/** What a model could not make a trace of. @param hasTemplate else no row can be rendered, and it is not this one's fault */
export function renderingFault(error: unknown, hasTemplate: boolean): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const { code, message } = error
  if (code === 'ERR_CHAT_TEMPLATE' && hasTemplate) {
    return new RowError('template', message, { cause: error })
  }
  // it quotes a tag that only text can tell
  return code === 'ERR_INVALID_ARG_VALUE' ? new RowError('text', message, { cause: error }) : error
}

/** null: this is no fault of the row, and all others would fail, too. */
export function faultOf(error: unknown): RowFault | null {
  if (error instanceof RowError) return error.fault
  if (!(error instanceof Error) || !('code' in error)) return null
  const reason = reasons.get(String(error.code))
  return reason === undefined ? null : { reason, message: error.message }
}

/** The same error with the row's name in front; an abort stays what it is. */
export function atRow(error: unknown, where: string): unknown {
  if (!CotPruneError.is(error)) return error
  return new CotPruneError(error.code, `${where}: ${error.message}`, { cause: error })
}
