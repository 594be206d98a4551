/** Work that several processes do: what passes between them. Plain data, which survives JSON. */

import type { BuildInfo, ThinkingChoice } from '../index.js'

/** What one worker does at once. */
export interface Job<Data> {
  /** The same for the same work, so that what was done twice is known again: letters, digits, `-`. */
  readonly id: string
  /** Where the work is: places in a data set or a file that each worker has, never what stands there. */
  readonly data: Data
}

/** Why a job was given up. */
export interface Failure {
  /** Of the last try: the code of its error; ERR_QUEUE where the worker did not live to say one. */
  readonly code: string
  readonly message: string
  readonly attempts: number
  /** Which worker that was; null where it is not known. */
  readonly worker: string | null
}

/** What came of a job. */
export type Outcome<Result> =
  | { readonly failure: null; readonly result: Result }
  | { readonly failure: Failure; readonly result: null }

/** Who does jobs, in whatever processes. */
export interface Hands<Data, Result> {
  /** How many jobs may be out at once; it changes as workers come and go. */
  readonly room: number
  /** @param listener called where there may be more room */
  onRoom(listener: () => void): void
  /** @throws CotPruneError ERR_QUEUE where nobody can do any job any more */
  do(job: Job<Data>): Promise<Outcome<Result>>
  /** The outcome is kept: whoever still has it may forget it. */
  forget(id: string): Promise<void>
}

/** What the results depend on; a worker with another one is refused. */
export interface Fingerprint {
  readonly build: Pick<BuildInfo, 'version' | 'llamaCommit' | 'patchSha256'>
  /** As `run.json` has it: sha256 of the model and of the data, and all options. */
  readonly key: object
}

/** What workers are told of the work, beside their jobs. */
export interface WorkSpec<Kind extends string = string, Options = unknown> {
  readonly version: 1
  readonly kind: Kind
  /** The same for the same fingerprint: 24 hexadecimal digits. */
  readonly id: string
  readonly fingerprint: Fingerprint
  /** What the coordinator calls it; a worker takes names from here, and no paths. */
  readonly model: {
    readonly name: string
    readonly contextLength: number | null
    readonly thinking: ThinkingChoice | null
    readonly chatTemplate: string | null
  }
  /** The problems, or the file of rows; as for the model. */
  readonly input: { readonly name: string }
  readonly options: Options
  /** How often a job is tried. */
  readonly attempts: number
  /** Seconds without a sign of life after which a worker's job is another's. */
  readonly stalledAfter: number
}

/** What a worker says of itself. */
export interface WorkerInfo {
  /** `host/pid`, with a part that makes it the only one. */
  readonly name: string
  /** sha256 of its file; null where it has not opened one. */
  readonly model: string | null
  readonly patch: string
  /** What it computes on. */
  readonly device: string
  /** Jobs at once. */
  readonly parallel: number
  /** Why it is not taken; null where it works. */
  readonly refused: string | null
}

/** Work, opened by a worker: its model is loaded. */
export interface Workplace {
  readonly fingerprint: Fingerprint
  readonly info: Pick<WorkerInfo, 'model' | 'device' | 'parallel'>
  /** Do a job; what it is comes from elsewhere, and is checked. */
  do(data: unknown): Promise<unknown>
  close(): Promise<void>
}

/** Loads what the work needs. @param signal aborts that, and later all jobs */
export type OpenWorkplace = (spec: WorkSpec, signal: AbortSignal) => Promise<Workplace>

/** Says something that is neither result nor fault. */
export type Note = (text: string) => void
