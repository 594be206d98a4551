/** What a study is made of, and what comes out of it. */

/** A chain of thought of which it is known what its result depends on. */
export interface LabelledTrace {
  readonly id: string
  /** What kind of problem it is; kinds differ in structure. */
  readonly kind: string
  /** Whether the embedded model was trained on problems of this kind. */
  readonly trained: boolean
  readonly problem: string
  readonly steps: readonly string[]
  /** Indices of steps, ascending. */
  readonly needed: readonly number[]
  /** The answer's text. */
  readonly reply: string
}

/** A mean over traces, with the half-width of its 95 % interval. */
export interface Estimate {
  readonly mean: number
  /** NaN of fewer than two traces. */
  readonly halfWidth: number
  /** That could say anything. */
  readonly traces: number
}

/** How well one score tells which steps matter; null where no trace can say. */
export interface Separation {
  readonly score: string
  /** Area under the ROC curve of needed against other steps; 0.5 for a coin. */
  readonly auc: Estimate | null
  /** Rank correlation with how much less likely the rest of the thinking is without a step. */
  readonly rest: Estimate | null
  /** The same with the right answer. */
  readonly answer: Estimate | null
}

/** What is left of labelled traces at one threshold, the last step protected; means over traces. */
export interface Compression {
  readonly score: string
  /** Of the rule, from 0 to 1. */
  readonly threshold: number
  /** Share of the needed steps. */
  readonly neededKept: number
  /** Share of the other steps. */
  readonly othersRemoved: number
  /** Share of the tokens of the thinking. */
  readonly tokensKept: number
  readonly traces: number
}
