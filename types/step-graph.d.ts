/** Which step looks at which: the attention from subsequent tokens, head by head. */

import type { HeadRef, TextRange } from './spans.js'

/** What the steps of a trace pay to each other. Plain data, steps × steps numbers for each head. */
export interface StepGraph {
  readonly heads: readonly HeadRef[]
  /** Of each step its tokens, half-open, indices of generated tokens. */
  readonly steps: readonly TextRange[]
  /**
   * Shape (heads, steps + 1, steps): how much of its attention a token of step j pays to all tokens of step
   * i, the mean over the tokens of j. The last row is the answer's. 0 where i is not before j.
   */
  readonly looks: readonly (readonly (readonly number[])[])[]
  /** Tokens that were decoded for it. */
  readonly decodedTokens: number
}

/** What `session.stepGraph` reads. */
export interface StepGraphOptions {
  /** Each once. */
  readonly heads: readonly HeadRef[]
  readonly signal?: AbortSignal | undefined
}

/**
 * From the looks at a step to its score. 'received-max': the largest of a later step. 'received-mean': their
 * mean. 'flow': start with 1 at the answer, hand it backwards along the looks, which are made to sum to 1.
 * 'chain': the largest share of a later step, times that step's own score to the power `inherit`; a share is the
 * geometric mean of what a look is of the strongest of its step and of all, and heads are averaged before,
 * geometrically. The last step and the answer have 1 (docs/step-graph.md).
 */
export type GraphReduction = 'received-max' | 'received-mean' | 'flow' | 'chain'

/** What a step's length does to its score: nothing, divide by its root, divide by it. */
export type GraphAggregate = 'sum' | 'root' | 'mean'

/** How `scoreStepGraph` makes scores of looks. */
export interface GraphScoreOptions {
  /** @default 'received-max' */
  readonly reduction?: GraphReduction | undefined
  /** @default 'mean' */
  readonly aggregate?: GraphAggregate | undefined
  /**
   * Of 'chain', from 0 to 1: how much less the look of a step that is itself not needed counts. At 0 all
   * looks count alike. @default 0.5
   */
  readonly inherit?: number | undefined
  /** Divide each look by what steps at that distance get on average. @default false */
  readonly distance?: boolean | undefined
}

/** What a step graph is read from, and how its looks become scores. */
export interface ChosenHeads {
  readonly heads: readonly HeadRef[]
  readonly score: GraphScoreOptions
}
