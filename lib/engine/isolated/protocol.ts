/** What passes between a process and that of an isolated model: plain data, typed arrays included. */

import type { Engine, NativeSessionInfo, SessionHandle } from '../../../types/native.js'

/** Jobs of a session. */
export type SessionJob = {
  [M in keyof Engine]: Engine[M] extends (session: SessionHandle, ...rest: never[]) => infer Result
    ? Extract<Result, Promise<unknown>> extends never
      ? never
      : M
    : never
}[keyof Engine]

/** Jobs of the model, of which a process has one. */
export type ModelJob = 'modelTokenize' | 'modelPieces' | 'modelRenderChat'

/** What is set without an answer: a fault of it is that of the session's next job. */
export type Setting = 'sessionSampler' | 'sessionCertainty' | 'sessionAlternatives'

/** Arguments behind the handle. */
export type Rest<M extends keyof Engine> =
  Parameters<Engine[M]> extends [unknown, ...infer Args] ? Args : never

/** What a job resolves to. */
export type Outcome<M extends keyof Engine> = Awaited<ReturnType<Engine[M]>>

export interface Request {
  /** null: it is not answered. */
  readonly id: number | null
  readonly method: 'modelOpen' | 'sessionOpen' | ModelJob | SessionJob | Setting | Signal
  /** Chosen by who asks; null where it is of the model. */
  readonly session: number | null
  readonly args: readonly unknown[]
}

/** `sessionForget`: nobody holds the session any more. */
export type Signal = 'sessionAbort' | 'sessionForget'

export interface Progress {
  readonly progress: number
}

export interface Reply {
  readonly id: number
  readonly outcome: { readonly value: unknown } | { readonly error: PlainError }
  /** Where it was a job of a session: what has become of it. */
  readonly session: SessionChange | null
}

/** What the model's process says. */
export type FromChild = Reply | Progress

/** Facts of a session that are read without waiting, so that they are sent with each answer. */
export interface SessionState {
  readonly info: NativeSessionInfo
  readonly branches: readonly BranchChange[]
}

/** Or why there are no facts any more. */
export type SessionChange = SessionState | { readonly fault: PlainError }

/** A branch is its first `kept` tokens, then these. */
export interface BranchChange {
  readonly branch: number
  readonly kept: number
  readonly tokens: Int32Array
  /** Its tokens alone would make the memory that it has: then others can share its beginning. */
  readonly shareable: boolean
}

/* ---- errors: a structured clone would lose their codes ---------------------------------------- */

export interface PlainError {
  readonly name: string
  readonly message: string
  readonly code: string | null
  readonly cause: PlainError | null
}

export function toPlain(error: unknown): PlainError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), code: null, cause: null }
  }
  const { name, message, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  return { name, message, code, cause: cause === undefined ? null : toPlain(cause) }
}

/** As the addon makes them: an `Error` with a code, which `fromNative` knows. */
export function fromPlain({ name, message, code, cause }: PlainError): Error {
  const error = new Error(message, cause === null ? undefined : { cause: fromPlain(cause) })
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  return code === null ? error : Object.assign(error, { code })
}
