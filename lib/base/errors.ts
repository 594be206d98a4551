/**
 * Every error that the library makes. `CotPruneError` is for what goes wrong at run time; argument
 * faults are `TypeError` or `RangeError` with a `code`, as Node's own are. All `new TypeError` and
 * `new RangeError` are in this file.
 */

import type { ArgumentErrorCode, ErrorCode } from '../../types/public.js'

/** The identity, which compiles only where no `ErrorCode` is missing from the list. */
const complete = <const T extends readonly ErrorCode[]>(
  list: T & ([ErrorCode] extends [T[number]] ? unknown : never),
): T => list

/** All codes of `CotPruneError`, in the order of docs/errors.md. */
export const errorCodes = complete([
  'ERR_NATIVE_LOAD',
  'ERR_MODEL_NAME',
  'ERR_MODEL_NOT_FOUND',
  'ERR_MODEL_FORMAT',
  'ERR_MODEL_UNSUPPORTED',
  'ERR_MODEL_NO_WEIGHTS',
  'ERR_MODEL_LOAD',
  'ERR_CHAT_TEMPLATE',
  'ERR_CONTEXT_CREATE',
  'ERR_CONTEXT_FULL',
  'ERR_OUT_OF_MEMORY',
  'ERR_EMPTY_PROMPT',
  'ERR_DECODE',
  'ERR_ENGINE',
  'ERR_ISOLATED_EXIT',
  'ERR_CAPTURE_UNAVAILABLE',
  'ERR_EVICTION_UNAVAILABLE',
  'ERR_NOT_FINITE',
  'ERR_TRACE_INVALID',
  'ERR_TRACE_MODEL',
  'ERR_NO_STEPS',
  'ERR_DATASET',
  'ERR_RESULTS',
  'ERR_EMBEDDED_MODEL',
  'ERR_HUB_OFFLINE',
  'ERR_HUB_ACCESS',
  'ERR_HUB_NOT_FOUND',
  'ERR_HUB_UNREACHABLE',
  'ERR_HUB_DAMAGED',
  'ERR_DISK_FULL',
  'ERR_HEADS_MODEL',
  'ERR_OPTIONAL_PACKAGE',
  'ERR_RPC_SERVER',
  'ERR_SERVE',
  'ERR_QUEUE',
  'ERR_BUSY',
  'ERR_CLOSED',
])

const codes: ReadonlySet<unknown> = new Set(errorCodes)
const isErrorCode = (value: unknown): value is ErrorCode => codes.has(value)

/** What failed at run time; `code` says what, `cause` is the error underneath, if there is one. */
export class CotPruneError extends Error {
  readonly code: ErrorCode

  static {
    // On the prototype, as in the built-in errors: an own `name` would be printed with the fields.
    Object.defineProperty(CotPruneError.prototype, 'name', {
      value: 'CotPruneError',
      configurable: true,
      writable: true,
    })
  }

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /**
   * True for errors of this class, of another copy of this package or of another realm, where
   * `instanceof` is false. With `code`, true for that code only.
   */
  static is(value: unknown, code?: ErrorCode): value is CotPruneError {
    if (typeof value !== 'object' || value === null) return false
    if (!('name' in value) || value.name !== 'CotPruneError') return false
    if (!('code' in value) || !isErrorCode(value.code)) return false
    return code === undefined || value.code === code
  }
}

/* ---- argument errors ---------------------------------------------------------------------- */

/** Characters of a received value that a message shows. */
const shownCharacters = 40

const shorten = (text: string): string =>
  text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text

/** A value with its type, on one short line: `'abc' (string)`, `an array of 3`, `null`. */
export function render(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `'${shorten(value)}' (string)`
  if (typeof value === 'function') return `a function ${shorten(value.name)}`.trimEnd()
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value !== 'object') return `${shorten(String(value))} (${typeof value})`
  // Data of a caller: the constructor may be missing, or be anything.
  const { constructor: made } = value
  const name = typeof made === 'function' ? made.name : ''
  return name === '' ? 'an object' : `an instance of ${shorten(name)}`
}

const mustBe = (name: string, expected: string, received: unknown): string =>
  `${name} must be ${expected}. Received ${render(received)}`

type Coded = { readonly code: ArgumentErrorCode }

/** Adds the code and starts the stack at the caller of `helper`. */
function argumentError<E extends Error>(
  error: E,
  code: ArgumentErrorCode,
  helper: (...args: never[]) => unknown,
): E & Coded {
  Error.captureStackTrace(error, helper)
  return Object.assign(error, { code })
}

/** `expected` continues "must be": `invalidType('options.seed', 'an integer', 'x')`. */
export function invalidType(name: string, expected: string, received: unknown): TypeError & Coded {
  const error = new TypeError(mustBe(name, expected, received))
  return argumentError(error, 'ERR_INVALID_ARG_TYPE', invalidType)
}

/** The type is right and the value is not one of those allowed. */
export function invalidValue(name: string, expected: string, received: unknown): TypeError & Coded {
  const error = new TypeError(mustBe(name, expected, received))
  return argumentError(error, 'ERR_INVALID_ARG_VALUE', invalidValue)
}

/** A number outside its range; also NaN and fractions where an integer is needed, as in Node. */
export function outOfRange(name: string, expected: string, received: unknown): RangeError & Coded {
  const error = new RangeError(mustBe(name, expected, received))
  return argumentError(error, 'ERR_OUT_OF_RANGE', outOfRange)
}

/** `name` with its path, `options.maxToken`; `known` are the allowed keys beside it. */
export function unknownOption(name: string, known: readonly string[]): TypeError & Coded {
  const dot = name.lastIndexOf('.') + 1
  const near = nearest(name.slice(dot), known)
  const hint =
    near === null ? `Known are ${known.join(', ')}` : `Did you mean ${name.slice(0, dot)}${near}?`
  const error = new TypeError(`${shorten(name)} is not a known option. ${hint}`)
  return argumentError(error, 'ERR_UNKNOWN_OPTION', unknownOption)
}

/** The known word nearest to `word`, or null where none is near enough to be meant. */
function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null
  // A third of the letters: above that, short words are all alike.
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein distance in UTF-16 units. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/* ---- errors of the addon ------------------------------------------------------------------ */

/**
 * The addon rejects with an `Error` that has a `code` and no stack of JavaScript. Codes of ours
 * become a `CotPruneError` with it as `cause`; other errors come back as they are.
 *
 * @param context what was being done, put before the message: `loading model.gguf`
 * @param caller an `Error` captured when the call was made; its frames become the stack
 */
export function fromNative(error: unknown, context: string, caller?: Error): Error {
  if (!(error instanceof Error)) {
    return new Error(`${context}: ${render(error)}`, { cause: error })
  }
  if (error instanceof CotPruneError || !('code' in error) || !isErrorCode(error.code)) return error
  const message = `${context}: ${withoutSource(error.message)}`
  const converted = new CotPruneError(error.code, message, { cause: error })
  const frames = caller?.stack?.slice(caller.stack.indexOf('\n    at '))
  if (frames?.startsWith('\n')) converted.stack = `${converted}${frames}`
  return converted
}

/** Errors of a chat template quote its source, over many lines, before they say what is wrong: that stays in the cause. */
function withoutSource(message: string): string {
  const source = message.indexOf('\n')
  if (source === -1) return message
  const reason = message.slice(message.lastIndexOf('Error: ') + 'Error: '.length)
  return `${message.slice(0, source).trimEnd()} ${reason}`.replaceAll(/\s*\n\s*/g, ' ')
}
