/** Generation that looks at itself: its step graph, pruning while it thinks, ending the thinking early. */

import type { HeadRef, TextRange } from './spans.js'
import type { GraphScoreOptions } from './step-graph.js'
import type {
  AggregateName,
  LayerChoice,
  Observer,
  ObserverName,
  Scorer,
  ScorerName,
  SegmentOptions,
} from './steps.js'

/** A step graph that is recorded while a trace is written. */
export interface LiveStepGraphOptions {
  /** Each once. */
  readonly heads: readonly HeadRef[]
  /** Which steps. @default the splitter's defaults */
  readonly segmenting?: SegmentOptions | undefined
  /** How pruning in flight scores by it. @default the defaults of `scoreStepGraph` */
  readonly score?: GraphScoreOptions | undefined
}

/**
 * *Think Clearly* (arXiv 2507.08806) while the model thinks: now and then a probe looks at the steps, and
 * those it attends to least leave the KV cache. What the paper does not say is an option.
 *
 * Never evicted: the prompt, the tag that opens the thinking, the unfinished step, and steps that reach
 * into the newest `window` tokens. The text stays whole in the trace.
 */
export interface PruningOptions {
  /** Generated tokens between two looks, which then wait for the end of a step. @default 200 */
  readonly every?: number | undefined
  /**
   * Whose attention scores the steps. Left out where there is a `stepGraph` beside `pruning`: then the looks
   * of later steps do, and `scorer`, `aggregate`, `layers` and `segmenting` are left out, too.
   * @default 'think-clearly'
   */
  readonly observer?: ObserverName | Observer | undefined
  /** A score in place of an observer's attention: nothing is decoded for it. */
  readonly scorer?: ScorerName | Scorer | undefined
  /** @default 'mean' */
  readonly aggregate?: AggregateName | undefined
  /** @default 'all' */
  readonly layers?: LayerChoice | undefined
  readonly segmenting?: SegmentOptions | undefined
  /**
   * What goes at each look: a share of the tokens of finished steps that are still cached, or as many as
   * are above a cap on cached tokens of the thinking. Whole lowest steps first, then single tokens.
   * @default { ratio: 0.2 }
   */
  readonly budget?: { readonly ratio: number } | { readonly tokens: number } | undefined
  /** Newest tokens whose steps stay. @default 64 */
  readonly window?: number | undefined
  /**
   * 'keep': what is left keeps its positions and its states. 'refill': it is read again without gaps, the
   * reference to compare with, at the cost of a prompt. @default 'keep'
   */
  readonly positions?: 'keep' | 'refill' | undefined
  /** Repack the cache where holes are more than this share of it, so that attention gets faster. @default 0.25 */
  readonly compactAt?: number | undefined
  /**
   * Take the last eviction back where the next look finds the answer's confidence below. Not with
   * `positions: 'refill'`. @default never
   */
  readonly undoBelow?: number | undefined
}

/**
 * End the thinking when the model would give its answer with confidence (as DEER, arXiv 2504.15895, and
 * Dynasor, arXiv 2412.20993, do): at a look the answer is decoded on a fork, greedily.
 */
export interface EarlyExitOptions {
  /** Geometric mean of the probabilities of the answer's tokens. @default 0.95 */
  readonly confidence?: number | undefined
  /** Looks in a row that must be as confident, of the same answer. @default 2 */
  readonly times?: number | undefined
  /** Generated tokens between two looks; that of pruning where there is pruning. @default 200 */
  readonly every?: number | undefined
}

/** What happened between two chunks; ranges and counts are of generated tokens. */
export type InFlightEvent =
  | {
      readonly type: 'step'
      readonly index: number
      readonly tokenStart: number
      readonly tokenEnd: number
    }
  /** Steps that were finished and cached, with their scores; `name` is the observer's or scorer's, or 'step-graph'. */
  | {
      readonly type: 'scored'
      readonly at: number
      readonly name: string
      readonly steps: readonly number[]
      readonly scores: readonly number[]
    }
  | {
      readonly type: 'evicted'
      readonly at: number
      readonly ranges: readonly TextRange[]
      /** Left in the cache, of the generated tokens. */
      readonly cachedTokens: number
    }
  /** The last eviction was taken back. */
  | {
      readonly type: 'restored'
      readonly at: number
      readonly ranges: readonly TextRange[]
      readonly cachedTokens: number
    }
  | {
      readonly type: 'answer'
      readonly at: number
      /** What would be in the box now. */
      readonly text: string
      readonly confidence: number
    }
  /** The thinking is ended here. */
  | { readonly type: 'exit'; readonly at: number }
  /** The look is over, the model goes on. */
  | { readonly type: 'resumed'; readonly at: number; readonly cachedTokens: number }
