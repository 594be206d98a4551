/** What the page carries: an index of all problems, and a block for each, which is unpacked when it is looked at. Types only. */

/** How a trace is pruned: the run's rule and what it protects. */
export interface PagePruning {
  readonly rule: 'threshold' | 'ratio' | 'uniformity' | 'tokens'
  readonly protect: { readonly first?: number; readonly last?: number }
}

/** An answer, and whether it is right; null where nobody knows. What is undecided counts as not right, and says so. */
export type PageAnswer = readonly [
  value: string | null,
  correct: boolean | null,
  undecided?: boolean,
]

export interface PageIndex {
  /** Those that scored; the first one is pruned by the rule, the others keep as many tokens. */
  readonly methods: readonly string[]
  /** Ascending; those of the run. */
  readonly thresholds: readonly number[]
  readonly pruning: PagePruning
  readonly problems: readonly PageProblem[]
}

export interface PageProblem {
  /** The id; with a sample's number where there are several. */
  readonly name: string
  readonly question: string
  readonly expected: string | null
  readonly steps: number
  readonly tokens: number
  /** Shape (methods, thresholds). */
  readonly answers: readonly (readonly PageAnswer[])[]
}

/** What the slider needs of a problem. */
export interface PrunableSteps {
  /** Shape (steps): tokens; null where steps are texts without tokens. */
  readonly tokens: readonly (number | null)[]
  /** Shape (methods, steps); null where a number is none. */
  readonly scores: readonly (readonly (number | null)[])[]
  /** Steps that were taken out before pruning, since they state the answer. */
  readonly hidden: readonly number[]
}

export interface PageTrace extends PrunableSteps {
  /** All that the model wrote. */
  readonly text: string
  /** A step as a range of the text, or as a text of its own where it is none. */
  readonly steps: readonly (readonly [start: number, end: number] | string)[]
  readonly seed: number
  readonly splitter: string
  readonly finish: string
  /** Shape (methods, thresholds). */
  readonly rows: readonly (readonly PageRow[])[]
  /** With nothing of the thinking kept, where that was asked. */
  readonly floor: PageRow | null
  /** Shape (methods): `MethodPictures`, where the run has them. */
  readonly looks: readonly (PageLooks | null)[]
  readonly layers: readonly (PageLayers | null)[]
  /**
   * Shape (methods, thresholds, kept): what the run kept, where the slider would keep something else, because the run pruned
   * by other means. Null where the slider is right.
   */
  readonly recorded: readonly (readonly (readonly number[])[])[] | null
}

/** Which step looks at which, in per cent of the strongest; the answer is the step behind the last one. */
export type PageLooks = readonly (readonly [from: number, to: number, share: number])[]

/** Shape (layers, steps): in per cent of a layer's highest. */
export type PageLayers = readonly { readonly layer: number; readonly shares: readonly number[] }[]

export interface PageRow {
  readonly answer: PageAnswer
  /** What the model wrote behind what was kept; null where nothing was asked. */
  readonly output: string | null
  /** Only the end of it is here, since the file would be too large. */
  readonly shortened: boolean
  /** Tokens to finish, of traces that were resumed. */
  readonly finishTokens: number | null
}

/** What is left at a threshold. */
export interface PrunedSteps {
  /** Ascending step indices. */
  readonly kept: readonly number[]
  /** The kept step that lost some of its tokens, and how many. */
  readonly cut: { readonly step: number; readonly tokens: number } | null
  readonly keptTokens: number
  readonly tokens: number
}

export type PruneSteps = (
  steps: PrunableSteps,
  method: number,
  threshold: number,
  pruning: PagePruning,
) => PrunedSteps | null
