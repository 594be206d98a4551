/** What a process and the workers that it started say to each other. */

import type { Fingerprint, Workplace, WorkSpec } from '../types.js'

/** What a worker process is told. */
export type ToWorker =
  | { readonly type: 'work'; readonly spec: WorkSpec }
  | { readonly type: 'job'; readonly id: string; readonly data: unknown }

/** What it says. */
export type FromWorker =
  | {
      readonly type: 'ready'
      readonly fingerprint: Fingerprint
      readonly info: Workplace['info']
    }
  | { readonly type: 'done'; readonly id: string; readonly result: unknown }
  | {
      readonly type: 'failed'
      readonly id: string
      readonly code: string
      readonly message: string
    }
  /** It cannot work at all. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string }

/** Of an error, as it passes between processes. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'ERR_QUEUE'

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** With these the model is given up, and a worker with it: another process loads it again. */
export const fatalCodes: readonly string[] = ['ERR_ENGINE', 'ERR_CLOSED', 'ERR_OUT_OF_MEMORY']
