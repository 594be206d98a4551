/** Generation: what is asked, and the trace that comes out. */

import type {
  EarlyExitOptions,
  InFlightEvent,
  InFlightRecord,
  PruningOptions,
} from './in-flight.js'

import type { LiveStepGraphOptions, StepGraph } from './step-graph.js'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Chat messages go through the model's template; a string is taken as the raw prompt. */
export type PromptInput = string | readonly Message[]

export interface SamplingOptions {
  /** 0 is greedy. @default 0 */
  readonly temperature?: number | undefined
  /** 0 keeps all tokens. Applied behind the temperature, as in Hugging Face. @default 40 */
  readonly topK?: number | undefined
  /** @default 0.95 */
  readonly topP?: number | undefined
  /** @default 0 */
  readonly minP?: number | undefined
  /** 1 is none. @default 1 */
  readonly repeatPenalty?: number | undefined
  /** Tokens that the penalty looks back at. @default 64 */
  readonly repeatWindow?: number | undefined
  /** 32-bit unsigned. @default 0 */
  readonly seed?: number | undefined
}

export interface HeadRef {
  readonly layer: number
  readonly head: number
}

export interface GenerateOptions extends SamplingOptions {
  /** @default 1024 */
  readonly maxTokens?: number | undefined
  /** Generation ends when one of these is complete; it stays in the text. */
  readonly stop?: readonly string[] | undefined
  /** Tokens of a chunk, 1 to 1024. @default by the model's speed: as many as take 50 ms */
  readonly chunkTokens?: number | undefined
  /**
   * Hand out the attention row of every generated token with its chunk: of all heads (their
   * mean) or of each listed head.
   */
  readonly attention?: 'all' | readonly HeadRef[] | undefined
  /**
   * Also record how sure the model was of each token: among so many likeliest ones, as TRAAC's released
   * confidence (20). @default not
   */
  readonly certainty?: number | undefined
  /**
   * Record which step looks at which while it is written, read from these heads: `trace.stepGraph`, of the
   * steps that `segmenting` finds. Beside `pruning` it scores the steps, and no probe is decoded. @default not
   */
  readonly stepGraph?: LiveStepGraphOptions | undefined
  /** Evict steps from the cache while the model thinks. @default none */
  readonly pruning?: PruningOptions | undefined
  /** End the thinking as soon as the answer is sure. @default not */
  readonly earlyExit?: EarlyExitOptions | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RolloutOptions extends SamplingOptions {
  /** How many; rollout i samples with `seed` + i. @default 8 */
  readonly count?: number | undefined
  /** Of each. @default 1024 */
  readonly maxTokens?: number | undefined
  readonly stop?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Attention rows: shape (queries, rows, length), row-major, indexed by position in the context. */
export interface AttentionRows {
  readonly data: Float32Array
  readonly queries: number
  readonly rows: number
  readonly length: number
  /** Layers that contributed (sliding-window layers do not), ascending. */
  readonly capturedLayers: readonly number[]
  /** Row r belongs to heads[r]; null where a row is the mean of all heads of all layers. */
  readonly heads: readonly HeadRef[] | null
}

export interface GenerationChunk {
  readonly text: string
  readonly tokens: readonly number[]
  readonly logprobs: readonly number[]
  readonly phase: 'thinking' | 'answer'
  readonly attention?: AttentionRows | undefined
  /** What happened behind it, with `pruning` or `earlyExit`; the chunk itself may be empty then. */
  readonly events?: readonly InFlightEvent[] | undefined
}

/** Half-open range of tokens, and of UTF-16 units of the text. */
export interface Span {
  readonly tokenStart: number
  readonly tokenEnd: number
  readonly charStart: number
  readonly charEnd: number
}

/** What a model generated: plain data, complete enough to be scored later from a file. */
export interface Trace {
  readonly version: 1
  /** Enough to notice that a trace is scored by another model than the one that wrote it. */
  readonly model: {
    readonly name: string
    readonly architecture: string
    readonly parameters: number
    readonly vocabularySize: number
  }
  /** The messages, or null where a raw prompt was given. */
  readonly messages: readonly Message[] | null
  readonly prompt: { readonly text: string; readonly tokens: readonly number[] }
  /** Generated tokens, without the end-of-generation token. */
  readonly tokens: readonly number[]
  /** Shape (tokens): end of each token in `text`, in UTF-16 units. */
  readonly tokenEnds: readonly number[]
  /** Shape (tokens): natural logarithm, model's own distribution. */
  readonly logprobs: readonly number[]
  /**
   * Shape (tokens), 0 to 1, where `certainty` asked for it: one minus the entropy of the likeliest k
   * tokens, whose probabilities are made to sum to 1, over ln k.
   */
  readonly certainties?: readonly number[] | undefined
  readonly text: string
  /** Between `<think>` and `</think>`, tags excluded; the whole text where there are no tags. */
  readonly thinking: Span
  /** Behind `</think>`; empty at the end where there is none. */
  readonly answer: Span
  /** 'cancelled': the consumer left the loop; an aborted signal rejects instead. */
  readonly finish: 'end' | 'length' | 'stop' | 'cancelled'
  readonly sampling: Required<{ [K in keyof SamplingOptions]: number }>
  readonly millis: { readonly prompt: number; readonly generation: number }
  /** Where it was generated with `stepGraph`. */
  readonly stepGraph?: StepGraph | undefined
  /** Where it was generated with `pruning` or `earlyExit`. */
  readonly inFlight?: InFlightRecord | undefined
}

/** A chain of thought as text: what `model.traceOf` makes a trace of. */
export interface TextTraceInput {
  readonly messages: readonly Message[]
  /** Without the tags. */
  readonly thinking: string
  /** Behind `</think>`. @default '' */
  readonly answer?: string | undefined
}
