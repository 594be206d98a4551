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
  ['ERR_CHAT_TEMPLATE', 'template'],
  ['ERR_EMPTY_PROMPT', 'shape'],
  // text that the tags or the vocabulary cannot hold
  ['ERR_INVALID_ARG_VALUE', 'text'],
])

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
