/** Generation: what is asked, and the chunks that are streamed. */

import type {
  EarlyExitOptions,
  InFlightEvent,
  LiveStepGraphOptions,
  PruningOptions,
} from './in-flight.js'
import type { HeadRef } from './spans.js'
import type { AttentionRows, Message, SamplingOptions, TemplateArguments } from './trace.js'

/** Chat messages go through the model's template; a string is taken as the raw prompt. */
export type PromptInput = string | readonly Message[]

/** How messages become a prompt. */
export interface PromptOptions {
  /** Variables of the chat template; a prompt that is a string has none. `enable_thinking` and `thinking` are true without. */
  readonly templateArguments?: TemplateArguments | undefined
}

/** When the thinking has to end. */
export interface ThinkingBudgetOptions {
  /**
   * Most tokens of the thinking, at least 1: then it is closed, as the model's format closes it, and the answer
   * follows. @default none
   */
  readonly thinkingBudget?: number | undefined
  /** Written before the closing tag where the budget closes it, as Qwen3 does it. @default '' */
  readonly thinkingBudgetMessage?: string | undefined
}

export interface GenerateOptions extends SamplingOptions, PromptOptions, ThinkingBudgetOptions {
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

export interface RolloutOptions extends SamplingOptions, PromptOptions {
  /** How many; rollout i samples with `seed` + i. @default 8 */
  readonly count?: number | undefined
  /** Of each. @default 1024 */
  readonly maxTokens?: number | undefined
  readonly stop?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

export interface GenerationChunk {
  readonly text: string
  readonly tokens: readonly number[]
  readonly logprobs: readonly number[]
  readonly phase: 'thinking' | 'answer'
  readonly attention?: AttentionRows | undefined
  /** What happened behind it, with `pruning`, `earlyExit` or `stepGraph`; the chunk itself may be empty then. */
  readonly events?: readonly InFlightEvent[] | undefined
}
