/**
 * The types of an experiment: what is asked, how it is run, what comes out. Results are plain data
 * that survive JSON; one `ProblemResult` is one line of `results.jsonl`.
 */

import type {
  EvaluateOptions,
  Evaluation,
  Extraction,
  GenerateOptions,
  GenerationChunk,
  PromptInput,
  PrunedTrace,
  SamplingOptions,
  ScoredTrace,
  ScoreOptions,
  SegmentedTrace,
  SegmentOptions,
  Trace,
} from '../../types/public.js'
import type { NotebookScorer } from './notebook-score.js'

/* ---- what is asked ------------------------------------------------------------------------ */

export interface Problem {
  readonly id: string
  readonly problem: string
  /** Canonical text, as the data set gives it. */
  readonly answer: string
  /** The right answer; null where the statement determines none, absent where nobody checked. */
  readonly verifiedAnswer?: string | null | undefined
  readonly note?: string | undefined
}

export interface Dataset {
  readonly name: string
  /** The file it was read from; null for a built-in one. */
  readonly path: string | null
  readonly problems: readonly Problem[]
}

/** A built-in data set: one function that fetches it. */
export interface DatasetSource {
  readonly name: string
  load(): Promise<Dataset>
}

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

/** How well one score separates needed steps from others. */
export interface Separation {
  readonly score: string
  /** Mean over traces of the area under the ROC curve; 0.5 for a coin. */
  readonly auc: number
  /** Of its 95 % interval. */
  readonly halfWidth: number
  readonly traces: number
}

/* ---- how it is run ------------------------------------------------------------------------ */

export type PresetName = 'notebook' | 'recommended'

/** A way to run the experiment: plain data, nothing but. */
export interface Preset {
  readonly name: string
  readonly description: string
  /** 'notebook' is the seed's loop; 'standard' uses exact spans and batched evaluation. */
  readonly loop: 'notebook' | 'standard'
  /** Which answer of a problem counts: the one given, or the verified one where there is one. */
  readonly expects: 'given' | 'verified'
  readonly sampling: SamplingOptions
  readonly maxTokens: number
  readonly thresholds: readonly number[]
  readonly segmenting: SegmentOptions
  readonly scoring: ScoreOptions
  readonly evaluation: EvaluateOptions & { readonly maxTokens: number }
  /** Known faults that this preset keeps, one sentence each. */
  readonly faults: readonly string[]
}

/** What the experiment uses of a session; the `Session` of the core fits. */
export interface ExperimentSession extends NotebookScorer {
  generate(
    input: PromptInput,
    options?: GenerateOptions,
  ): AsyncIterable<GenerationChunk> & { finish(): Promise<Trace> }
  scoreSteps(trace: SegmentedTrace, options?: ScoreOptions): Promise<ScoredTrace>
  evaluateAll(traces: readonly PrunedTrace[], options?: EvaluateOptions): Promise<Evaluation[]>
}

/** The seed's view of a trace: steps with normalised importance, and the text around them. */
export interface NotebookScores {
  readonly steps: readonly {
    readonly index: number
    readonly text: string
    readonly importance: number
  }[]
  readonly thinking: string
  readonly answer: string
}

export interface ExperimentOptions {
  readonly session: ExperimentSession
  readonly dataset: Dataset
  /** @default 'recommended' */
  readonly preset?: PresetName | Preset | undefined
  /** Each from 0 to 1; 0, the baseline, is always among them. @default the preset's */
  readonly thresholds?: readonly number[] | undefined
  /** Only the first problems. @default all */
  readonly limit?: number | undefined
  /** Problem i is generated with seed + i. @default 0 */
  readonly seed?: number | undefined
  /** Tokens of a trace. @default the preset's */
  readonly maxTokens?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined
}

export type Stage = 'generate' | 'score' | 'evaluate'

export type ExperimentEvent =
  | {
      readonly type: 'problem'
      readonly index: number
      readonly total: number
      readonly id: string
    }
  | { readonly type: 'stage'; readonly index: number; readonly stage: Stage }
  /** Tokens of the running generation so far. */
  | { readonly type: 'tokens'; readonly index: number; readonly tokens: number }
  | { readonly type: 'result'; readonly total: number; readonly result: ProblemResult }

/** The options of one run, checked and with defaults: what the loops work from. */
export interface Plan {
  readonly session: ExperimentSession
  readonly dataset: Dataset
  readonly problems: readonly Problem[]
  readonly preset: Preset
  /** Ascending, distinct, 0 among them. */
  readonly thresholds: readonly number[]
  readonly seed: number
  readonly maxTokens: number
  readonly signal: AbortSignal | undefined
  readonly emit: (event: ExperimentEvent) => void
}

/* ---- what comes out ----------------------------------------------------------------------- */

/**
 * Where an answer was read: in the trace itself (nothing decoded), in the text of the evaluation,
 * in the pruned text (the notebook's fallback), or nowhere, because the trace had no steps.
 */
export type AnswerSource = 'trace' | 'evaluation' | 'pruned-text' | 'none'

export interface ThresholdResult {
  readonly threshold: number
  /** Ascending step indices. */
  readonly kept: readonly number[]
  readonly keptSteps: number
  readonly steps: number
  /** Null in the notebook preset, whose steps are texts without tokens. */
  readonly keptTokens: number | null
  readonly thinkingTokens: number | null
  /** Characters (code points) of the text that is left. */
  readonly length: number
  readonly predicted: string | null
  readonly source: AnswerSource
  /** Null in the notebook preset, whose patterns do not say which one matched. */
  readonly extraction: Extraction | null
  /** Null where no answer is known to be right. */
  readonly correct: boolean | null
  /** The threshold whose evaluation this row shares, because the same steps are kept. */
  readonly sameAs: number | null
  /** Tokens decoded for this row: prompt and generated ones. */
  readonly decodedTokens: number
  /** What the evaluation wrote; null where nothing was decoded. */
  readonly output: string | null
  readonly millis: number
}

export interface ProblemResult {
  readonly version: 1
  readonly index: number
  readonly id: string
  readonly problem: string
  readonly expected: string | null
  readonly seed: number
  readonly trace: {
    readonly text: string
    readonly tokens: number
    readonly characters: number
    readonly finish: Trace['finish']
    readonly millis: Trace['millis']
  }
  readonly steps: readonly {
    readonly index: number
    readonly text: string
    readonly score: number
    /** Null in the notebook preset. */
    readonly tokens: number | null
  }[]
  /** Ascending thresholds; the first one is 0, the baseline. */
  readonly thresholds: readonly ThresholdResult[]
  /** From the first decoded token to the last evaluation. */
  readonly millis: number
}

export interface ThresholdSummary {
  readonly threshold: number
  /** Of the problems whose answer is known. */
  readonly correct: number
  readonly total: number
  /** A share from 0 to 1; null where `total` is 0, as the interval is. */
  readonly accuracy: number | null
  /** Wilson, 95 %. */
  readonly interval: readonly [number, number] | null
  /** Against threshold 0; null there. */
  readonly change: {
    readonly accuracy: number
    /** Problems that only this row, or only the baseline, got right. */
    readonly gained: number
    readonly lost: number
    /** Exact two-sided McNemar test of gained against lost. */
    readonly pValue: number
  } | null
  /** Mean share over the problems that have steps; null where none has. */
  readonly stepsKept: number | null
  readonly tokensKept: number | null
  /** Mean characters over the problems that have steps, and the share that was saved. */
  readonly averageLength: number | null
  readonly reduction: number | null
  readonly decodedTokens: number
  /** How many answers were found how; 'notebook' for its own patterns. */
  readonly extractions: Readonly<Record<string, number>>
}

export interface ExperimentSummary {
  readonly version: 1
  readonly preset: string
  readonly faults: readonly string[]
  readonly dataset: {
    readonly name: string
    readonly path: string | null
    readonly problems: number
  }
  readonly seed: number
  readonly maxTokens: number
  /** Problems that the run was asked for, and that it finished. */
  readonly planned: number
  readonly finished: number
  /** Ids of problems that no known answer exists for, and of those whose trace has no steps. */
  readonly noVerifiedAnswer: readonly string[]
  readonly noSteps: readonly string[]
  /** Ids of problems whose trace ended at `maxTokens`, or with the context. */
  readonly cutOff: readonly string[]
  readonly thresholds: readonly ThresholdSummary[]
  readonly generatedTokens: number
  readonly millis: number
}
