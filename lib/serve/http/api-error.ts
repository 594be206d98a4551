/** What goes wrong, as clients of the API read it: a status, and an `error` with message, type, param and code. */

import { CotPruneError } from '../../base/errors.js'

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'exceed_context_size_error'
  | 'rate_limit_error'
  | 'not_supported_error'
  | 'server_error'
  | 'unavailable_error'

export interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: ErrorType
    /** The field that is meant. */
    readonly param: string | null
    readonly code: string
  }
}

interface Details {
  readonly param?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export class ApiError extends Error {
  readonly status: number
  readonly type: ErrorType
  readonly code: string
  readonly param: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    type: ErrorType,
    code: string,
    message: string,
    details: Details = {},
  ) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
    this.param = details.param ?? null
    this.headers = details.headers ?? {}
  }

  get body(): ErrorBody {
    const { message, type, param, code } = this
    return { error: { message, type, param, code } }
  }
}

/** A field that is not as it has to be. */
export const invalid = (param: string, message: string, code = 'invalid_value'): ApiError =>
  new ApiError(400, 'invalid_request_error', code, message, { param })

/** A field that is known, and asks for what there is not. */
export const unsupported = (param: string, what: string): ApiError =>
  invalid(param, `${param} is not supported: ${what}`, 'unsupported_parameter')

/** Status, type, the code where clients know it by another name, and the field that is meant. */
const statusOf: Readonly<
  Partial<Record<CotPruneError['code'], readonly [number, ErrorType, string?, string?]>>
> = {
  ERR_CONTEXT_FULL: [400, 'exceed_context_size_error', 'context_length_exceeded', 'messages'],
  ERR_EMPTY_PROMPT: [400, 'invalid_request_error'],
  ERR_CHAT_TEMPLATE: [400, 'invalid_request_error'],
  ERR_TRACE_MODEL: [400, 'invalid_request_error'],
  ERR_NO_STEPS: [400, 'invalid_request_error'],
  ERR_HEADS_MODEL: [400, 'not_supported_error', 'ERR_HEADS_MODEL', 'cot_prune.in_flight.score'],
  ERR_CAPTURE_UNAVAILABLE: [501, 'not_supported_error'],
  ERR_EVICTION_UNAVAILABLE: [501, 'not_supported_error'],
  ERR_OUT_OF_MEMORY: [503, 'unavailable_error'],
  ERR_RPC_SERVER: [503, 'unavailable_error'],
  ERR_BUSY: [503, 'unavailable_error'],
  ERR_CLOSED: [503, 'unavailable_error'],
}

/** Names of options as requests have them. */
const requestNames: readonly (readonly [RegExp, string])[] = [
  [/\boptions\.pruning\b/g, 'cot_prune.in_flight'],
  [/\boptions\.earlyExit\b/g, 'cot_prune.early_exit'],
  [/\boptions\.templateArguments\b/g, 'chat_template_kwargs'],
  [/\boptions\./g, ''],
]

/** Of anything that was thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const message =
    error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' ') : String(error)
  if (CotPruneError.is(error)) {
    const [status, type, code = error.code, param] = statusOf[error.code] ?? [500, 'server_error']
    return new ApiError(status, type, code, message, { param: param ?? null })
  }
  if (isArgumentFault(error)) {
    const named = requestNames.reduce((text, [from, to]) => text.replaceAll(from, to), message)
    const param = /^(\S+) (?:must be|is not)/.exec(named)?.[1] ?? null
    return new ApiError(400, 'invalid_request_error', error.code, named, { param })
  }
  return new ApiError(500, 'server_error', 'internal_error', message)
}

const argumentCodes = /^ERR_(?:INVALID_ARG_(?:TYPE|VALUE)|OUT_OF_RANGE|UNKNOWN_OPTION)$/

function isArgumentFault(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || !('code' in error)) return false
  return typeof error.code === 'string' && argumentCodes.test(error.code)
}
