/**
 * What goes along with a generation: it may read rows of each token, look between chunks, take tokens out of the
 * cache, and end the thinking. The generation knows this interface and nothing of who stands behind it.
 */

import type { NativeRows } from '../../types/native.js'
import type {
  GenerationChunk,
  HeadRef,
  InFlightEvent,
  StepGraph,
  Trace,
} from '../../types/public.js'
import type { RowReduction } from '../engine/branches.js'

/** What came of the tokens since the last call. */
export interface Happened {
  readonly events: readonly InFlightEvent[]
  /** Tokens that end the thinking now. */
  readonly exit: readonly number[] | null
}

export interface Companion {
  /** Whose rows it takes of every token; null: of none. */
  readonly heads: readonly HeadRef[] | null
  /** What is to be left of the next rows; undefined: all. */
  reduction(): RowReduction | undefined
  /** The prompt is in the cache. @throws before anything is changed */
  begin(soFar: Trace): Promise<void>
  /** Tokens that there are cells for; null: as many as there would be without it. */
  readonly room: number | null
  /** Most tokens of the next chunk of the thinking. */
  readonly untilLook: number
  /** Newly decoded tokens from `first` on, which are in the cache, and their rows if it takes any. */
  took(first: number, count: number, rows: NativeRows | null): void
  /** All that was decoded is in the trace. */
  read(soFar: Trace): void
  /** Between two chunks of the thinking. */
  happen(soFar: Trace): Promise<Happened>
  /** The tokens that ended the thinking are in the cache. */
  ended(count: number): void
  /** Which step looks at which so far, where that is recorded. */
  readonly stepGraph: StepGraph | null
  /** No more is decoded. */
  close(): Promise<void>
  /** The trace with what it recorded. */
  record(trace: Trace): Trace
}

/** A chunk that tells what happened. */
export const eventChunk = (events: readonly InFlightEvent[]): GenerationChunk => ({
  text: '',
  tokens: [],
  logprobs: [],
  phase: 'thinking',
  events,
})
