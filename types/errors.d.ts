/** The codes of errors. */

/** Codes of `CotPruneError`; docs/errors.md says when each occurs and what to do. */
export type ErrorCode =
  | 'ERR_NATIVE_LOAD'
  | 'ERR_MODEL_NAME'
  | 'ERR_MODEL_NOT_FOUND'
  | 'ERR_MODEL_FORMAT'
  | 'ERR_MODEL_UNSUPPORTED'
  | 'ERR_MODEL_NO_WEIGHTS'
  | 'ERR_MODEL_LOAD'
  | 'ERR_CHAT_TEMPLATE'
  | 'ERR_CONTEXT_CREATE'
  | 'ERR_CONTEXT_FULL'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_EMPTY_PROMPT'
  | 'ERR_DECODE'
  | 'ERR_ENGINE'
  | 'ERR_ISOLATED_EXIT'
  | 'ERR_CAPTURE_UNAVAILABLE'
  | 'ERR_EVICTION_UNAVAILABLE'
  | 'ERR_NOT_FINITE'
  | 'ERR_TRACE_INVALID'
  | 'ERR_TRACE_MODEL'
  | 'ERR_NO_STEPS'
  | 'ERR_DATASET'
  | 'ERR_RESULTS'
  | 'ERR_EMBEDDED_MODEL'
  | 'ERR_HUB_OFFLINE'
  | 'ERR_HUB_ACCESS'
  | 'ERR_HUB_NOT_FOUND'
  | 'ERR_HUB_UNREACHABLE'
  | 'ERR_HUB_DAMAGED'
  | 'ERR_DISK_FULL'
  | 'ERR_HEADS_MODEL'
  | 'ERR_OPTIONAL_PACKAGE'
  | 'ERR_RPC_SERVER'
  | 'ERR_SERVE'
  | 'ERR_QUEUE'
  | 'ERR_BUSY'
  | 'ERR_CLOSED'

/** The `cause` of an ERR_ISOLATED_EXIT: how the process of an isolated model ended. */
export interface IsolatedExit {
  readonly code: 'ERR_ISOLATED_EXIT'
  readonly pid: number
  /** null where a signal ended it, or it could not be started. */
  readonly exitCode: number | null
  readonly signal: string | null
  /** The call that was not answered; null where the process had ended before. */
  readonly during: string | null
  /** The last lines that it wrote on stderr, at most 50, the oldest first. */
  readonly lines: readonly string[]
}

/** Codes of argument errors, which are `TypeError` or `RangeError` as in Node itself. */
export type ArgumentErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_UNKNOWN_OPTION'
