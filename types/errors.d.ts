/** The codes of errors. */

/** Codes of `CotPruneError`; docs/errors.md says when each occurs and what to do. */
export type ErrorCode =
  | 'ERR_NATIVE_LOAD'
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
  | 'ERR_CAPTURE_UNAVAILABLE'
  | 'ERR_EVICTION_UNAVAILABLE'
  | 'ERR_NOT_FINITE'
  | 'ERR_TRACE_INVALID'
  | 'ERR_TRACE_MODEL'
  | 'ERR_NO_STEPS'
  | 'ERR_DATASET'
  | 'ERR_RESULTS'
  | 'ERR_EMBEDDED_MODEL'
  | 'ERR_HEADS_MODEL'
  | 'ERR_OPTIONAL_PACKAGE'
  | 'ERR_BUSY'
  | 'ERR_CLOSED'

/** Codes of argument errors, which are `TypeError` or `RangeError` as in Node itself. */
export type ArgumentErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_UNKNOWN_OPTION'
