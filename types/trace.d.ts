/** The trace that a generation leaves, and what it is made of. */

import type { HeadRef, Span, TextRange } from './spans.js'
import type { StepGraph } from './step-graph.js'

/** A turn of a chat, as the model's template takes it. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** How tokens are drawn. What is left out is as the model's makers say (`model.info.sampling`). */
export interface SamplingOptions {
  /** 0 is greedy. @default what `model.info.sampling` says, as the five below */
  readonly temperature?: number | undefined
  /** 0 keeps all tokens. Applied behind the temperature, as in Hugging Face. */
  readonly topK?: number | undefined
  /** Of the tokens that are left, the likeliest ones whose probabilities sum to it stay; 1 keeps all. */
  readonly topP?: number | undefined
  /** Tokens less likely than this share of the likeliest go; 0 keeps all. */
  readonly minP?: number | undefined
  /** 1 is none. */
  readonly repeatPenalty?: number | undefined
  /** Taken from the logit of each token that is among the last `repeatWindow`, -2 to 2. @default 0 */
  readonly presencePenalty?: number | undefined
  /** Tokens that the penalties look back at. */
  readonly repeatWindow?: number | undefined
  /** 32-bit unsigned. @default 0 */
  readonly seed?: number | undefined
}

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Variables of a chat template, as `enable_thinking` or `reasoning_effort`. */
export type TemplateArguments = Readonly<Record<string, JsonValue>>

/** Attention rows: shape (queries, rows, length), row-major, indexed by position in the context. */
export interface AttentionRows {
  /** Softmax weights, float32: row r of query q begins at (q · rows + r) · length. */
  readonly data: Float32Array
  /** Tokens that look. */
  readonly queries: number
  /** Heads, or 1 for their mean. */
  readonly rows: number
  /** Positions that are looked at. */
  readonly length: number
  /** Layers that contributed, ascending; to the mean of all heads, sliding-window layers do not. */
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
  /** What stands before it, as the template wrote it. */
  readonly prompt: { readonly text: string; readonly tokens: readonly number[] }
  /** What the messages were rendered with, where anything was given. */
  readonly templateArguments?: TemplateArguments | undefined
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
  /** All that was generated, tags included. */
  readonly text: string
  /** Between `<think>` and `</think>`, tags excluded; the whole text where there are no tags. */
  readonly thinking: Span
  /** Behind `</think>`; empty at the end where there is none. */
  readonly answer: Span
  /** 'cancelled': the consumer left the loop; an aborted signal rejects instead. */
  readonly finish: 'end' | 'length' | 'stop' | 'cancelled'
  /**
   * True where it was cut at its length in a loop: it ends in three or more times the same span of tokens, 64
   * tokens of it at least.
   */
  readonly looping?: boolean | undefined
  /** Tokens that were put in to end the thinking (`thinkingBudget`, `earlyExit`); their log-probabilities are 0. */
  readonly forcedClose?: TextRange | undefined
  /** `presencePenalty` is missing in traces of version 0.1, which knew none. */
  readonly sampling: {
    readonly [K in Exclude<keyof SamplingOptions, 'presencePenalty'>]-?: number
  } & { readonly presencePenalty?: number | undefined }
  /** What it took to read the prompt and to generate, in milliseconds. */
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
  /** As in generation. @default none */
  readonly templateArguments?: TemplateArguments | undefined
}

/** What a trace that was pruned in flight, or ended early, keeps of it. */
export interface InFlightRecord {
  /** At each eviction that lasted: generated tokens then, and the ranges of them that went. */
  readonly evictions: readonly {
    readonly at: number
    readonly ranges: readonly TextRange[]
  }[]
  /** How often steps were looked at. */
  readonly looks: number
  /** Most tokens in the cache at once, prompt included. */
  readonly peakCachedTokens: number
  /** The state of recurrent layers still has what was evicted; only the attention layers have lost it. */
  readonly recurrentStateKept?: true | undefined
  /** Decoded for probes and refills. */
  readonly decodedTokens: number
  /** Tokens that were put in to end the thinking; their `logprobs` are 0. Null where it ended by itself. */
  readonly exit: TextRange | null
  /** Of looks, evictions and refills, in milliseconds. */
  readonly millis: number
}
