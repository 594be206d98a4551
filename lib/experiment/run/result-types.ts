/** What comes out of an experiment: plain data; one `ProblemResult` is one line of `results.jsonl`. */

import type {
  AnswerDecision,
  Evaluation,
  Extraction,
  TextRange,
  Trace,
} from '../../../types/public.js'

/**
 * Where an answer was read: in the trace itself (nothing decoded), in the text of the evaluation,
 * in the pruned text (the notebook's fallback), or nowhere, because the trace had no steps.
 */
export type AnswerSource = 'trace' | 'evaluation' | 'pruned-text' | 'none'

/** One problem, pruned by one method at one threshold, and asked again. */
export interface ThresholdResult {
  readonly method: string
  /** What the rule took, from 0 to 1; 0 keeps all. */
  readonly threshold: number
  /** Ascending step indices. */
  readonly kept: readonly number[]
  readonly keptSteps: number
  readonly steps: number
  /** Null in the notebook preset, whose steps are texts without tokens. */
  readonly keptTokens: number | null
  /** Of all steps; null as `keptTokens`. */
  readonly thinkingTokens: number | null
  /** Characters (code points) of the text that is left. */
  readonly length: number
  readonly predicted: string | null
  readonly source: AnswerSource
  /** Null in the notebook preset, whose patterns do not say which one matched. */
  readonly extraction: Extraction | null
  /** Whether it is the expected one, and why; null where none is known, missing in the notebook preset and before 0.2. */
  readonly decision?: AnswerDecision | null | undefined
  /** Null where no answer is known to be right; false where `decision` is undecided. */
  readonly correct: boolean | null
  /** The row whose evaluation this one shares, because the same tokens are kept. */
  readonly sameAs: Pick<ThresholdResult, 'method' | 'threshold'> | null
  /** Tokens decoded for this row: prompt and generated ones. */
  readonly decodedTokens: number
  /** How the model finished a trace that was cut; missing in other modes. */
  readonly resumed?: Resumed | undefined
  /** What the evaluation wrote; null where nothing was decoded. */
  readonly output: string | null
  readonly millis: number
}

/** How a model finished a thinking that was cut and pruned. */
export interface Resumed {
  /** Tokens that it needed, the answer included; all it had where `finish` is 'length'. */
  readonly tokens: number
  readonly finish: Evaluation['finish']
  readonly looping?: boolean | undefined
  /** Numbers that only removed steps had, and how many of them it wrote again. */
  readonly lost: number
  readonly again: number
}

/** How a trace ended: its thinking was closed, was cut by the length, or had no end to be closed by. */
export type ThinkingEnd = 'closed' | 'cut' | 'never-opened'

/** One problem, solved once: its trace, its scores, and what came of each threshold. A line of `results.jsonl`. */
export interface ProblemResult {
  readonly version: 1
  /** Of the problem in the data set, from 0. */
  readonly index: number
  /** Which of several of the same problem, from 0. */
  readonly sample: number
  readonly id: string
  readonly problem: string
  readonly expected: string | null
  /** Others that are as right. */
  readonly alternatives?: readonly string[] | undefined
  /** That the trace was sampled with. */
  readonly seed: number
  readonly trace: {
    readonly text: string
    readonly tokens: number
    readonly characters: number
    readonly finish: Trace['finish']
    /** Missing in results of version 0.1. */
    readonly thinking?: ThinkingEnd | undefined
    /** As `trace.looping`. */
    readonly looping?: boolean | undefined
    /** The thinking was ended by its budget. */
    readonly forcedClose?: boolean | undefined
    /** Where the answer stands in the text, empty where there is none; missing before 0.2. */
    readonly answer?: TextRange | undefined
    readonly millis: Trace['millis']
  }
  /** What found the steps. */
  readonly splitter: string
  readonly steps: readonly {
    readonly index: number
    readonly text: string
    /** Null in the notebook preset. */
    readonly tokens: number | null
  }[]
  /** With 'resume': steps before the cut that state the answer all the same. */
  readonly leaks?: boolean | undefined
  /** In the order of the run's methods; none where the trace has no steps. */
  readonly methods: readonly MethodResult[]
  /** For each method ascending thresholds; the first one is 0, the baseline, the same for all. */
  readonly thresholds: readonly ThresholdResult[]
  /** From the first decoded token to the last evaluation. */
  readonly millis: number
}

/** What can be drawn of one trace, in whole per cent of the strongest. */
export interface MethodPictures {
  /** Of 'step-graph': which step looks at which; the answer is the step behind the last one. The strongest last. */
  readonly looks?: readonly (readonly [from: number, to: number, share: number])[] | undefined
  /** Of attention: how the scores of a layer, the mean over its heads, are spread over the steps. */
  readonly layers?:
    | readonly { readonly layer: number; readonly shares: readonly number[] }[]
    | undefined
}

/** What a method made of one trace. */
export interface MethodResult extends MethodPictures {
  readonly method: string
  /** Shape (steps). */
  readonly scores: readonly number[]
  /** Tokens decoded for the scores, those of probes included. */
  readonly decodedTokens: number
  /** For the scores, in milliseconds. */
  readonly millis: number
}
