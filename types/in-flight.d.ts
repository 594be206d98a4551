/** Generation that looks at itself: its step graph, pruning while it thinks, ending the thinking early. */

import type { HeadRef, TextRange } from './spans.js'
import type { GraphScoreOptions, StepGraph } from './step-graph.js'
import type {
  AggregateName,
  LayerChoice,
  Observer,
  ObserverName,
  Scorer,
  ScorerName,
  SegmentedTrace,
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
   * of later steps do (or a `score` of them), and `scorer`, `aggregate`, `layers` and `segmenting` are left out, too.
   * @default 'think-clearly'
   */
  readonly observer?: ObserverName | Observer | undefined
  /** A score in place of an observer's attention: nothing is decoded for it. */
  readonly scorer?: ScorerName | Scorer | undefined
  /** In place of both: a score that may remember earlier looks and sees rows one by one. Also beside a `stepGraph`. */
  readonly score?: LiveScoreName | LiveScore | undefined
  /** Of the score 'decay': what is left of a count at the next look, from 0 to 1. @default 0.7 */
  readonly decay?: number | undefined
  /**
   * The last so many tokens of every step stay: more steps are cut then, and none is gone (ThinKV keeps 4). What a step
   * came to stands there, where a model writes it there. @default 0
   */
  readonly remnant?: number | undefined
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
 * 'decay': a counter of hits by the last token's row, or by the step graph beside it, that forgets. 'gap': how long a
 * step was not looked at against its longest silence, by the step graph. 'window-max': the most that one of the newest
 * 32 tokens pays. 'plan': a probe that asks which results are still needed. 'two-probes': the most that this one or Think
 * Clearly's pays. 'value-attention': the last token's row, each head's times the norm of the value that it reads. 'value-range':
 * that row with a little randomness, and tokens with outlying values stay. 'distinct': that row, and steps that a later one
 * resembles go first.
 */
export type LiveScoreName =
  | 'decay'
  | 'gap'
  | 'window-max'
  | 'plan'
  | 'two-probes'
  | 'value-attention'
  | 'value-range'
  | 'distinct'

/** A score of pruning in flight. What it returns is as long as `look.steps`, finite, and higher is kept. */
export interface LiveScore {
  readonly name: string
  /** Whose rows it is handed at each look, each read on a fork of its own. @default [] */
  readonly observers?: readonly (ObserverName | Observer)[] | undefined
  /** Whether it reads `look.values`, which every head of the chosen layers is captured for. @default false */
  readonly values?: boolean | undefined
  /** For one generation: what is returned may remember. @param options.seed of the generation */
  begin(options: { readonly seed: number }): (look: LiveLook) => readonly number[] | LiveScores
}

/** What a `LiveScore` may return in place of bare scores. */
export interface LiveScores {
  /** Shape (steps). */
  readonly scores: readonly number[]
  /** Shape (cached tokens): which ones go first of a step that goes in part. */
  readonly tokenScores?: readonly number[] | undefined
  /** Shape (cached tokens): which ones stay even where their step goes. */
  readonly stays?: readonly boolean[] | undefined
}

/** What a score sees at a look. */
export interface LiveLook {
  /** So far; its last step is unfinished. */
  readonly trace: SegmentedTrace
  /** Finished steps of which something is cached. */
  readonly steps: readonly LiveStep[]
  /** Shape (cached tokens): their indices in `trace.tokens`, ascending. */
  readonly tokens: readonly number[]
  /**
   * Shape (observers, observing tokens, cached tokens): what each pays to the generated tokens that are cached, the mean over
   * all heads of the chosen layers.
   */
  readonly rows: readonly (readonly Float64Array[])[]
  /** Of all finished steps so far, where one is recorded; its last row is what is being written. */
  readonly graph: StepGraph | null
  /** Null where the score asks for none. */
  readonly values: LiveValues | null
}

/** The value cells of what is cached, read once for each token; of layers that attend to the whole context. */
export interface LiveValues {
  /** Shape as `rows`: what each observer takes from a token, attention times the L1 norm of the value, the mean over heads. */
  readonly taken: readonly (readonly Float64Array[])[]
  /**
   * Shape (cached tokens): how far a token's value reaches, the logarithm of its largest entry minus its smallest, the mean
   * over layers and key heads.
   */
  readonly ranges: Float64Array
  /** Shape (steps, width): the mean value of a step's cached tokens in the last of these layers. */
  readonly ofSteps: readonly Float64Array[]
}

/** A finished step of which something is in the cache. */
export interface LiveStep {
  /** Its index in `trace.steps`. */
  readonly step: number
  /** Half-open range of its tokens among the cached ones. */
  readonly start: number
  /** Exclusive. */
  readonly end: number
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

/**
 * What happened between two chunks; ranges and counts are of generated tokens, `at` is how many there were. 'step': one more is finished.
 * 'scored', 'evicted', 'restored', 'answer', 'exit' and 'resumed' are what a look came to.
 */
export type InFlightEvent =
  | {
      readonly type: 'step'
      readonly index: number
      readonly tokenStart: number
      readonly tokenEnd: number
      /** Of the text so far. */
      readonly charStart: number
      readonly charEnd: number
    }
  /**
   * Steps that were finished and cached, with their scores; `name` is the observer's or score's, or 'step-graph'. With a
   * `stepGraph` and no pruning, all finished ones, whenever one more is.
   */
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
      /** From 0 to 1: the geometric mean of its tokens' probabilities. */
      readonly confidence: number
    }
  /** The thinking is ended here. */
  | { readonly type: 'exit'; readonly at: number }
  /** The look is over, the model goes on. */
  | { readonly type: 'resumed'; readonly at: number; readonly cachedTokens: number }
