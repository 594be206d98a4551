/** The trace that a generation leaves, and what it is made of. */

import type { HeadRef, Span, TextRange } from './spans.js'
import type { StepGraph } from './step-graph.js'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

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

/** What a trace that was pruned in flight, or ended early, keeps of it. */
export interface InFlightRecord {
  /** At each eviction that lasted: generated tokens then, and the ranges of them that went. */
  readonly evictions: readonly {
    readonly at: number
    readonly ranges: readonly TextRange[]
  }[]
  readonly looks: number
  /** Most tokens in the cache at once, prompt included. */
  readonly peakCachedTokens: number
  /** Decoded for probes and refills. */
  readonly decodedTokens: number
  /** Tokens that were put in to end the thinking; their `logprobs` are 0. Null where it ended by itself. */
  readonly exit: TextRange | null
  readonly millis: number
}
