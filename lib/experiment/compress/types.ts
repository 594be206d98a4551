/** Finished traces, pruned: what is asked for, and what comes out. */

import type { ChosenHeads, SegmentOptions } from '../../../types/public.js'
import type { Model, Session } from '../../index.js'
import type { AskOptions } from '../run/ask-options.js'
import type { ExperimentSession, MethodChoice, Preset } from '../run/types.js'

/** What compressing uses of a session; the `Session` of the core fits. */
export interface CompressSession
  extends Pick<ExperimentSession, 'scoreSteps' | 'stepGraph' | 'evaluateAll' | 'clear'>,
    Pick<Session, 'tokenLogprobs' | 'stepGraphs'> {
  readonly info: Pick<Session['info'], 'contextLength'>
  readonly model: Pick<Model, 'traceOf'> & {
    readonly info: Pick<Model['info'], 'thinking' | 'chatTemplate'>
  }
}

/**
 * How much goes: plain data, and exactly one. 'threshold', 'ratio', 'keep' and 'uniformity' are the rules of `prune`; 'tokens' is
 * how many tokens of steps stay at most, whole steps alone, the best one always.
 */
export type CompressRule =
  | { readonly threshold: number }
  | { readonly ratio: number }
  | { readonly keep: number }
  | { readonly uniformity: number }
  | { readonly tokens: number }

/** What may become of a row that cannot be pruned, by name; `OnError` says what each means. */
export const onErrorNames = ['copy', 'skip', 'stop'] as const

/** What becomes of a row that cannot be pruned: it stays as it is, is left out, or ends the run. */
export type OnError = (typeof onErrorNames)[number]

/** What `compressTraces` takes beside the rows. */
export interface CompressTracesOptions {
  /** Several work on as many rows at once, and may be of one model. */
  readonly session: CompressSession | readonly CompressSession[]
  /** @default { threshold: 0.3 } */
  readonly rule?: CompressRule | undefined
  /** As in `runExperiment`. @default 'step-graph' with `heads`, else 'last-token' */
  readonly method?: MethodChoice | undefined
  /**
   * So many neighbouring rows are read in common batches by 'step-graph', where they have room for each other: on a CPU those
   * that are together no longer than 256 tokens, on a GPU those that leave a batch unfilled. Scores differ by rounding.
   * @default 1
   */
  readonly parallel?: number | undefined
  /** What 'step-graph' reads. @default none */
  readonly heads?: ChosenHeads | undefined
  /** Which steps. @default those of `segment` */
  readonly segmenting?: SegmentOptions | undefined
  /** So many first and last steps stay. @default none */
  readonly protect?: Preset['protect'] | undefined
  /** A system turn where a row has none, and variables of the chat template. */
  readonly ask?: Pick<AskOptions, 'system' | 'templateArguments'> | undefined
  /** @default 'copy' */
  readonly onError?: OnError | undefined
  /** Rows, by index, whose pruned turns the model is asked again behind what is left, greedily. @default none */
  readonly check?: ((index: number) => boolean) | undefined
  /** Row i scores with seed + i, for the method 'random'. @default 0 */
  readonly seed?: number | undefined
  /** Index of the first row. @default 0 */
  readonly first?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Why a row was not pruned; what each means is in docs/compress.md. */
export type RowReason =
  | 'json'
  | 'shape'
  | 'no-thinking'
  | 'unfinished'
  | 'no-answer'
  | 'too-long'
  | 'template'
  | 'text'
  | 'worker'

/** Why a row was not pruned, by a name and in words. */
export interface RowFault {
  readonly reason: RowReason
  readonly message: string
}

/** The model, asked again. Null: no answer was found. */
export interface TurnCheck {
  /** What the row says. */
  readonly own: string | null
  /** Behind all of the thinking, and behind what is left of it. */
  readonly whole: string | null
  readonly pruned: string | null
}

/** One assistant turn; it stands in the row that is written. */
export interface TurnRecord {
  /** Of the row's messages; null where the row is a problem, a thinking and an answer. */
  readonly turn: number | null
  readonly steps: number
  /** Of the thinking, in this model's tokens. */
  readonly tokens: { readonly before: number; readonly after: number }
  /** One for each step, six digits. */
  readonly scores: readonly number[]
  readonly removed: readonly { readonly step: number; readonly text: string }[]
  readonly check?: TurnCheck | undefined
}

/** What a written row has in its field `cot_prune`. */
export interface RowRecord {
  readonly method: string
  readonly rule: CompressRule
  readonly turns: readonly TurnRecord[]
}

/**
 * What became of a row. 'pruned': a step went. 'unchanged': it was scored, or has a single step, and nothing went. 'failed': see
 * `fault`. 'blank': an empty line.
 */
export interface CompressedRow {
  /** In the source, from `first` on. */
  readonly index: number
  readonly outcome: 'pruned' | 'unchanged' | 'failed' | 'blank'
  /** What was given, with its thinking pruned: a line of text for a line, else an object. Null where it is skipped. */
  readonly row: unknown
  readonly record: RowRecord | null
  readonly fault: RowFault | null
  /** Tokens that the model read for the scores, prompts included. */
  readonly readTokens: number
}
