/** From a trace to steps, scores and what is kept. */

import type { HeadRef, Span, Trace } from './trace.js'

/* ---- segment ----------------------------------------------------------------------------------- */

/** A piece of the thinking text: [start, end) in UTF-16 units of that text. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** Finds steps in a thinking text. Ranges ascend and do not overlap. Pure. */
export interface Splitter {
  readonly name: string
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

export interface SegmentOptions {
  /** @default 'paragraph' */
  readonly splitter?: SplitterName | Splitter | undefined
  /** Pieces with fewer characters (code points) are short. @default 10 */
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
  readonly index: number
  readonly text: string
}

export interface SegmentedTrace extends Trace {
  readonly splitter: string
  readonly steps: readonly Step[]
}

/* ---- score ------------------------------------------------------------------------------------- */

export type ObserverName = 'last-token' | 'think-end'
export type AggregateName = 'sum' | 'mean'
/** All layers, the first half (rounded down, at least one), a range [from, to), or a list. */
export type LayerChoice =
  | 'all'
  | 'first-half'
  | { readonly from: number; readonly to: number }
  | readonly number[]

export interface ScoreOptions {
  /** Whose attention is read. @default 'think-end' where the trace has one, else 'last-token' */
  readonly observer?: ObserverName | undefined
  /** @default 'mean' */
  readonly aggregate?: AggregateName | undefined
  /** @default 'all' */
  readonly layers?: LayerChoice | undefined
  /** Also return one score per (layer, head) and step. @default false */
  readonly perHead?: boolean | undefined
  /** Count attention paid to the prompt in the total that scores are a share of. @default false */
  readonly includePrompt?: boolean | undefined
  /** Count the first `sinkTokens` positions of the context. @default false */
  readonly includeSink?: boolean | undefined
  /** @default 4 */
  readonly sinkTokens?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ScoredTrace extends SegmentedTrace {
  /** Shape (steps): higher is more important; every value is finite and not negative. */
  readonly scores: readonly number[]
  readonly scoring: {
    readonly observer: ObserverName
    readonly aggregate: AggregateName
    /** Position of the observing token in the context. */
    readonly position: number
    readonly layers: LayerChoice
    /** Layers that contributed (sliding-window layers do not). */
    readonly capturedLayers: readonly number[]
    readonly heads: number
    /** Share of the row that fell on the prompt, on the sink, and on the steps. */
    readonly share: { readonly prompt: number; readonly sink: number; readonly steps: number }
    /** Tokens decoded to get the row: 1 where the trace was in the cache. */
    readonly decodedTokens: number
    readonly millis: number
  }
  /** One entry per (layer, head): scores of that head alone, same shape as `scores`. */
  readonly headScores?: readonly (HeadRef & { readonly scores: readonly number[] })[] | undefined
}

/* ---- prune ------------------------------------------------------------------------------------- */

/** Exactly one rule; a union, so that two rules do not type-check. */
export type PruneRule =
  | {
      /** Keep steps whose score is at least the percentile 100·threshold (numpy's linear rule). */
      readonly threshold: number
      readonly ratio?: undefined
      readonly keep?: undefined
    }
  | {
      /** Remove this share of the steps: floor(ratio·n + 1e-9) lowest ones. */
      readonly ratio: number
      readonly threshold?: undefined
      readonly keep?: undefined
    }
  | {
      /** Keep this many steps, the highest ones. */
      readonly keep: number
      readonly threshold?: undefined
      readonly ratio?: undefined
    }

export type PruneOptions = PruneRule & {
  /** Steps that stay whatever their score: indices, negative ones count from the end. @default [] */
  readonly protect?: readonly number[] | undefined
}

export interface PrunedTrace extends ScoredTrace {
  readonly rule: { readonly name: 'threshold' | 'ratio' | 'keep'; readonly value: number }
  /** Ascending step indices; kept and removed partition the steps. */
  readonly kept: readonly number[]
  readonly removed: readonly number[]
  /** The kept steps, joined by a blank line. */
  readonly prunedText: string
  /** The kept steps' tokens, exactly as generated. */
  readonly prunedTokens: readonly number[]
}
