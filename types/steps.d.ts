/** From a trace to steps, scores and what is kept. */

import type { HeadRef, Span, TextRange } from './spans.js'
import type { GraphAggregate, GraphReduction } from './step-graph.js'
import type { Trace } from './trace.js'

/* ---- segment ----------------------------------------------------------------------------------- */

/** Finds steps in a thinking text. Ranges ascend and do not overlap. Pure. */
export interface Splitter {
  readonly name: string
  /**
   * Where the steps of a text are.
   *
   * @param thinking the text between the tags
   * @returns half-open ranges of it, in UTF-16 units
   */
  split(thinking: string): readonly TextRange[]
}

/**
 * 'paragraph': blank lines. 'control-words': TRAAC's phrases, as whole words; with '-traac-code' as
 * its released code finds them. 'sentence': Unicode's rules. 'line': line breaks.
 */
export type SplitterName =
  | 'paragraph'
  | 'control-words'
  | 'control-words-traac-code'
  | 'sentence'
  | 'line'

/** What `segment` takes beside the trace. */
export interface SegmentOptions {
  /**
   * 'auto': the first of 'paragraph', 'line' and 'sentence' that finds two steps, else 'paragraph'; the trace has the name
   * of the one that was used. While a trace is written 'auto' is 'paragraph', since its steps must stay what they are.
   * @default 'auto'
   */
  readonly splitter?: SplitterName | 'auto' | Splitter | undefined
  /** Pieces with fewer characters are short; those of Chinese, Japanese and Korean count twice. @default 10 */
  readonly minCharacters?: number | undefined
  /** What happens to short pieces: join the step before (or behind), or be left out. @default 'join' */
  readonly short?: 'join' | 'drop' | undefined
}

/**
 * `text` is trace.text.slice(charStart, charEnd). A token belongs to the step in which its first
 * character lies; separators belong to the step before, so that the steps tile the tokens from
 * the first step's start to the end of the thinking (unless short pieces are dropped).
 */
export interface Step extends Span {
  /** From 0, in order: `trace.steps[index]` is this step. */
  readonly index: number
  readonly text: string
}

/** A trace whose thinking is divided into steps. */
export interface SegmentedTrace extends Trace {
  /** The name of the splitter that was used. */
  readonly splitter: string
  /** In order; none where the thinking is empty. */
  readonly steps: readonly Step[]
}

/* ---- score ------------------------------------------------------------------------------------- */

/**
 * Whose attention is read. 'last-token': of the trace. 'think-end': its own `</think>`.
 * 'think-clearly', 'traac': the papers' sentence and `</think>`, decoded behind the thinking on a fork
 * and dropped. 'window': the last tokens of the thinking, averaged.
 */
export type ObserverName = 'last-token' | 'think-end' | 'think-clearly' | 'traac' | 'window'

/** Says which tokens look at the steps; decodes nothing itself. Pure. */
export interface Observer {
  readonly name: string
  /** Which tokens look, and from behind how many tokens of the trace. */
  observe(trace: SegmentedTrace): Observation
}

/** Who looks at the steps: tokens of the trace, or of a probe that is put behind them. */
export interface Observation {
  /** Generated tokens that are in the context: `trace.tokens.slice(0, tokens)`. */
  readonly tokens: number
  /** Text that is decoded behind them, on a fork; `</think>` and the like are control tokens. */
  readonly probe?: string | undefined
  /** Whether the tag that closes the model's thinking follows the probe. @default false */
  readonly closes?: boolean | undefined
  /** How many of the last tokens of all that observe; the mean of their rows. @default 1 */
  readonly window?: number | undefined
}

/**
 * Scores that need no model: 'random' (seeded), the step's index, its tokens, its probability;
 * 'confidence-traac' is the mean of `certainties`, which the trace must have.
 */
export type ScorerName = 'random' | 'recency' | 'length' | 'confidence' | 'confidence-traac'

/** One finite score from 0 for each step. Pure. */
export interface Scorer {
  readonly name: string
  /** What each step is worth. @returns shape (steps): finite, not negative, higher is kept */
  score(trace: SegmentedTrace, options: { readonly seed: number }): readonly number[]
}

/** What `scoreWith` takes beside the scorer. */
export interface ScorerOptions {
  /** Of 'random'. @default 0 */
  readonly seed?: number | undefined
}

/** From tokens to a step: the attention that its tokens get in sum, or a token in the mean. */
export type AggregateName = 'sum' | 'mean'
/** All layers, the first half (rounded down, at least one), a range [from, to), or a list. */
export type LayerChoice =
  | 'all'
  | 'first-half'
  | { readonly from: number; readonly to: number }
  | readonly number[]

/** What `session.scoreSteps` takes beside the trace. */
export interface ScoreOptions {
  /** Whose attention is read. @default 'think-end' where the trace has one, else 'last-token' */
  readonly observer?: ObserverName | Observer | undefined
  /** Tokens that observe with 'window'. @default 8 */
  readonly window?: number | undefined
  /** @default 'mean' */
  readonly aggregate?: AggregateName | undefined
  /** @default 'all' */
  readonly layers?: LayerChoice | undefined
  /** Also return one score per (layer, head) and step. @default false */
  readonly perHead?: boolean | undefined
  /** Also return one score per generated token. @default false */
  readonly perToken?: boolean | undefined
  /** Count attention paid to the prompt in the total that scores are a share of. @default false */
  readonly includePrompt?: boolean | undefined
  /** Count the first `sinkTokens` positions of the context. @default false */
  readonly includeSink?: boolean | undefined
  /** @default 4 */
  readonly sinkTokens?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How `session.scoreSteps` came to its scores. */
export interface AttentionScoring {
  readonly kind: 'attention'
  readonly observer: string
  readonly aggregate: AggregateName
  /** Position of the last observing token in the context. */
  readonly position: number
  /** Tokens that observed. */
  readonly window: number
  /** Tokens of the probe; 0 where the trace's own tokens observed. */
  readonly probeTokens: number
  readonly layers: LayerChoice
  /** Layers that contributed: of those chosen, the ones that attend to the whole context. */
  readonly capturedLayers: readonly number[]
  /** How many heads the mean is over. */
  readonly heads: number
  /** Share of the row that fell on the prompt, on the sink, and on the steps. */
  readonly share: { readonly prompt: number; readonly sink: number; readonly steps: number }
  /** Tokens decoded to get the rows: window and probe where the trace was in the cache. */
  readonly decodedTokens: number
  /** Milliseconds, decoding included. */
  readonly millis: number
}

/** Scores of a `Scorer`. */
export interface PlainScoring {
  readonly kind: 'plain'
  readonly scorer: string
  readonly seed: number
}

/** Scores of `scoreStepGraph`. */
export interface GraphScoring {
  readonly kind: 'step-graph'
  readonly heads: readonly HeadRef[]
  readonly reduction: GraphReduction
  readonly aggregate: GraphAggregate
  /** Of the reduction 'chain'. */
  readonly inherit: number
  readonly distance: boolean
  /** For the graph: 0 where it was recorded while the trace was written. */
  readonly decodedTokens: number
}

/** A trace with a score for each step. */
export interface ScoredTrace extends SegmentedTrace {
  /** Shape (steps): higher is more important; every value is finite and not negative. */
  readonly scores: readonly number[]
  /** How they came about. */
  readonly scoring: AttentionScoring | PlainScoring | GraphScoring
  /** Shape (tokens): the score of each generated token; 0 outside of steps. */
  readonly tokenScores?: readonly number[] | undefined
  /** One entry per (layer, head): scores of that head alone, same shape as `scores`. */
  readonly headScores?: readonly (HeadRef & { readonly scores: readonly number[] })[] | undefined
}

/* ---- prune ------------------------------------------------------------------------------------- */

/** What each rule takes; a prune has exactly one of them. */
export interface RuleValues {
  /** Keep steps whose score is at least the percentile 100·threshold (numpy's linear rule). */
  readonly threshold: number
  /** Remove this share of the steps: floor(ratio·n + 1e-9) lowest ones. */
  readonly ratio: number
  /** Keep this many steps, the highest ones. */
  readonly keep: number
  /** TRAAC's target reduction ρ, scaled by how uneven the scores are: often nothing goes. */
  readonly uniformity: number
  /** Keep at most this many tokens of steps: whole lowest steps go, then lowest tokens of one more. */
  readonly tokenBudget: number
  /** A rule of one's own. */
  readonly rule: CustomRule
}

/** Which steps stay: shape (steps). Pure. */
export interface CustomRule {
  readonly name: string
  /**
   * Which steps stay.
   *
   * @param scores shape (steps), finite
   * @returns shape (steps): whether each stays; protected steps stay in any case
   */
  keep(scores: readonly number[], steps: readonly Step[]): readonly boolean[]
}

/** Exactly one rule; a union, so that two rules do not type-check. */
export type PruneRule = {
  [K in keyof RuleValues]: Pick<RuleValues, K> & {
    readonly [Other in Exclude<keyof RuleValues, K>]?: undefined
  }
}[keyof RuleValues]

/** Indices (negative ones count from the end), the first and the last so many, or a predicate. */
export type ProtectedSteps =
  | readonly number[]
  | { readonly first?: number | undefined; readonly last?: number | undefined }
  | ((step: Step) => boolean)

/** What `prune` takes beside the trace: exactly one rule, and what it may not touch. */
export type PruneOptions = PruneRule & {
  /** Steps that stay whatever their score. @default [] */
  readonly protect?: ProtectedSteps | undefined
}

/** A trace, and what is left of its thinking. All of what was generated stays in it. */
export interface PrunedTrace extends ScoredTrace {
  /** `value` is null for a rule of one's own. */
  readonly rule: { readonly name: string; readonly value: number | null }
  /** Ascending step indices; kept and removed partition the steps. */
  readonly kept: readonly number[]
  /** Ascending step indices. */
  readonly removed: readonly number[]
  /** Half-open ranges of generated tokens that are gone, ascending: whole steps, or parts of one. */
  readonly removedTokens: readonly TextRange[]
  /** The kept steps, joined by a blank line. */
  readonly prunedText: string
  /** The kept steps' tokens, exactly as generated. */
  readonly prunedTokens: readonly number[]
}
