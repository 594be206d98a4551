/** Generation: what is asked, and the chunks that are streamed. */

import type {
  EarlyExitOptions,
  InFlightEvent,
  LiveStepGraphOptions,
  PruningOptions,
} from './in-flight.js'
import type { HeadRef } from './spans.js'
import type { AttentionRows, Message, SamplingOptions, TemplateArguments } from './trace.js'

/** Chat messages go through the model's template; a string is taken as the raw prompt, tokens as they are. */
export type PromptInput = string | readonly Message[] | { readonly tokens: readonly number[] }

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

/** What `session.generate` takes beside the prompt. */
export interface GenerateOptions extends SamplingOptions, PromptOptions, ThinkingBudgetOptions {
  /** @default 1024 */
  readonly maxTokens?: number | undefined
  /**
   * 'step': at the end of a step (a paragraph; a line or a sentence where nothing longer was written yet), where one more
   * as long as the longest so far would not end within the budget; at the latest at the budget. @default 'token'
   */
  readonly thinkingBudgetAt?: 'token' | 'step' | undefined
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
  /** Hand out so many of the likeliest tokens at each position with its chunk, 1 to 100. @default none */
  readonly alternatives?: number | undefined
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

/** What `session.rollouts` takes beside the prompt. */
export interface RolloutOptions extends SamplingOptions, PromptOptions {
  /** How many; rollout i samples with `seed` + i. @default 8 */
  readonly count?: number | undefined
  /** Of each. @default 1024 */
  readonly maxTokens?: number | undefined
  readonly stop?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A token that might stand at a position, under the model's own distribution. */
export interface Alternative {
  /** Its id in the vocabulary. */
  readonly token: number
  /** Natural logarithm. */
  readonly logprob: number
}

/** How likely given tokens are, one behind the other. */
export interface TokenLogprobs {
  /** Shape (tokens − from): natural logarithms, under the model's own distribution. */
  readonly logprobs: readonly number[]
  /** Shape (tokens − from, as many as asked): what is likeliest in their places. */
  readonly alternatives: readonly (readonly Alternative[])[]
  /** Shape (as many as asked): what is likeliest behind the last one. */
  readonly next: readonly Alternative[]
}

/** What one of several generations that share a batch may be asked for. */
export type BatchedOptions = Pick<
  GenerateOptions,
  | keyof SamplingOptions
  | keyof PromptOptions
  | keyof ThinkingBudgetOptions
  | 'thinkingBudgetAt'
  | 'maxTokens'
  | 'stop'
  | 'alternatives'
  | 'signal'
>

/** How jobs share a session; see `session.batch()`. */
export interface BatchOptions {
  /**
   * Most tokens of one job, its prompt included. Where all of them together may need more cells than there are, some wait.
   * @default the share of each branch of the context
   */
  readonly slotTokens?: number | undefined
  /**
   * 'reader': prompts are read in pieces between the tokens of others, so that whoever reads along sees no pause. 'batch':
   * each is read whole, since all wait for the last. @default 'reader'
   */
  readonly pace?: 'reader' | 'batch' | undefined
}

/**
 * A piece of a generation, as it is streamed. `text` is what its `tokens` add to the trace's text; `logprobs` has the shape (tokens), natural
 * logarithms; `attention` one query for each token.
 */
export interface GenerationChunk {
  readonly text: string
  readonly tokens: readonly number[]
  readonly logprobs: readonly number[]
  readonly phase: 'thinking' | 'answer'
  readonly attention?: AttentionRows | undefined
  /** Shape (tokens, as many as asked): what could have stood there, the likeliest first; none for tokens that were put in. */
  readonly alternatives?: readonly (readonly Alternative[])[] | undefined
  /** What happened behind it, with `pruning`, `earlyExit` or `stepGraph`; the chunk itself may be empty then. */
  readonly events?: readonly InFlightEvent[] | undefined
}
