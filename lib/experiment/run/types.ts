/** How an experiment is run; what comes out is in result-types.ts. */

import type {
  BatchedEvaluateOptions,
  BatchedOptions,
  BatchOptions,
  ChosenHeads,
  CutPoint,
  EvaluateOptions,
  Evaluation,
  EvaluationMode,
  GenerateOptions,
  GenerationChunk,
  Observer,
  ObserverName,
  PromptInput,
  PrunedTrace,
  SamplingOptions,
  ScoredTrace,
  ScoreOptions,
  Scorer,
  ScorerName,
  SegmentedTrace,
  SegmentOptions,
  StepGraph,
  StepGraphOptions,
  Trace,
} from '../../../types/public.js'
import type { Dataset, Problem } from '../datasets/types.js'
import type { AskOptions, ResolvedAsk } from './ask-options.js'
import type { NotebookScorer } from './notebook/types.js'
import type { MethodPictures, ProblemResult } from './result-types.js'

/** A preset by name; `presets` has what each is. */
export type PresetName = 'notebook' | 'recommended' | 'think-clearly' | 'traac-paper' | 'traac-code'

/**
 * How steps are scored: 'attention' as the preset says, 'step-graph' by what later steps look at (with
 * `heads`), an observer's name for the same with another
 * observer, a scorer's name for a baseline, or an object of one's own of either sort.
 */
export type MethodChoice =
  | 'attention'
  | 'step-graph'
  | ObserverName
  | ScorerName
  | Observer
  | Scorer

/**
 * What the numbers of a sweep mean, each from 0 to 1. 'threshold', 'ratio' and 'uniformity' are the rules
 * of `prune`; 'tokens' is the share of the steps' tokens that goes, whole lowest steps first.
 */
export type SweepRule = 'threshold' | 'ratio' | 'uniformity' | 'tokens'

/** A way to run the experiment: plain data, nothing but. */
export interface Preset {
  readonly name: string
  readonly description: string
  /** 'notebook' is the seed's loop; 'standard' uses exact spans and batched evaluation. */
  readonly loop: 'notebook' | 'standard'
  /** Which answer of a problem counts: the one given, or the verified one where there is one. */
  readonly expects: 'given' | 'verified'
  /** What it changes of the model's own. */
  readonly sampling: SamplingOptions
  /** Tokens of a trace, at most. */
  readonly maxTokens: number
  /** What the rule takes, each from 0 to 1. */
  readonly thresholds: readonly number[]
  readonly rule: SweepRule
  /** Steps that stay whatever their score. */
  readonly protect: { readonly first?: number | undefined; readonly last?: number | undefined }
  readonly segmenting: SegmentOptions
  readonly scoring: ScoreOptions
  readonly evaluation: EvaluateOptions & { readonly maxTokens: number }
  /** Known faults that this preset keeps, one sentence each. */
  readonly faults: readonly string[]
}

/** What the experiment uses of a session; the `Session` of the core fits. */
export interface ExperimentSession extends NotebookScorer {
  /** As `Session.generate`. */
  generate(
    input: PromptInput,
    options?: GenerateOptions,
  ): AsyncIterable<GenerationChunk> & {
    /** As `Generation.finish`. */
    finish(): Promise<Trace>
  }
  /** As `Session.scoreSteps`. */
  scoreSteps(trace: SegmentedTrace, options?: ScoreOptions): Promise<ScoredTrace>
  /** As `Session.stepGraph`. */
  stepGraph(trace: SegmentedTrace, options: StepGraphOptions): Promise<StepGraph>
  /** As `Session.evaluateAll`. */
  evaluateAll(traces: readonly PrunedTrace[], options?: EvaluateOptions): Promise<Evaluation[]>
  /** Empty the cache, so that a problem's result does not depend on the problem before it. */
  clear(): Promise<void>
  /** What `parallel` uses: all of it side by side. */
  batch?(options?: BatchOptions): Pick<ExperimentSession, 'scoreSteps' | 'stepGraph'> & {
    /** As `GenerationBatch.generate`. */
    generate(
      input: PromptInput,
      options?: BatchedOptions,
    ): AsyncIterable<GenerationChunk> & {
      /** As `BatchedGeneration.finish`. */
      finish(): Promise<Trace>
    }
    /** As `GenerationBatch.evaluateAll`. */
    evaluateAll(
      traces: readonly PrunedTrace[],
      options?: BatchedEvaluateOptions,
    ): Promise<Evaluation[]>
    /** As `GenerationBatch.close`. */
    close(): Promise<void>
  }
  readonly info?: { readonly contextLength: number }
}

/** What `runExperiment` takes. */
export interface ExperimentOptions {
  readonly session: ExperimentSession
  readonly dataset: Dataset
  /** @default 'recommended' */
  readonly preset?: PresetName | Preset | undefined
  /**
   * The first prunes by the preset's rule. Every other one keeps as many tokens as the first does at the
   * same threshold, whole lowest steps gone first, so that they differ in nothing but the choice.
   * @default ['attention']
   */
  readonly methods?: readonly MethodChoice[] | undefined
  /** What 'step-graph' reads; `calibrateHeads` finds them. @default none */
  readonly heads?: ChosenHeads | undefined
  /** Each from 0 to 1; 0, the baseline, is always among them. @default the preset's */
  readonly thresholds?: readonly number[] | undefined
  /** @default the preset's */
  readonly rule?: SweepRule | undefined
  /** Which steps, in place of the preset's; what is left out stays the preset's. */
  readonly segmenting?: SegmentOptions | undefined
  /** So many first and last steps stay, whatever the method. @default the preset's */
  readonly protect?: Preset['protect'] | undefined
  /** How the pruned traces are answered. @default the preset's */
  readonly evaluation?: EvaluationMode | undefined
  /**
   * Also answer again where nothing is pruned, so that the baseline differs from the other rows in the
   * pruning alone; without it the baseline is the trace's own answer.
   * @default false; true for a model without a thinking format, whose answers are asked for by a cue
   */
  readonly askAgain?: boolean | undefined
  /**
   * With `evaluation: 'resume'`: where traces are cut, and how many tokens the model may use to finish.
   * @default 'before-answer'; twice as many tokens as the whole trace has, 512 at least
   */
  readonly resume?: ResumeOptions | undefined
  /**
   * Take the steps that state the answer out before anything is pruned, for all methods alike; the baseline lacks
   * them, too, and all rows are asked for their answer. Not with 'resume', which cuts before them. @default false
   */
  readonly hideAnswer?: boolean | undefined
  /**
   * Evaluate the rows of a problem in one batch: faster on a GPU; greedy answers then depend on the other rows by
   * rounding. @default false
   */
  readonly batch?: boolean | undefined
  /** Keep what pictures of a trace show: results get larger, and attention is read once more. @default false */
  readonly pictures?: boolean | undefined
  /**
   * Problems in flight at once: chains that are written, scores and answers share one batch. Greedy texts then differ
   * by rounding, sampled ones have their own seeds; results come in the same order. @default 1
   */
  readonly parallel?: number | undefined
  /**
   * With `parallel`: most tokens of a chain and its prompt. A chain that may need more cells than are free waits.
   * @default all of the context
   */
  readonly slotTokens?: number | undefined
  /** Only the first problems. @default all */
  readonly limit?: number | undefined
  /** Only every `count`-th problem, from the `index`-th on, which counts from 1. @default all */
  readonly shard?: Shard | undefined
  /** How often each problem is solved, every time with another seed. @default 1 */
  readonly samples?: number | undefined
  /** How the problems are put to the model; more than one sample differ by the temperature alone. */
  readonly ask?: AskOptions | undefined
  /**
   * Sample s (from 0) of problem i of n is generated with seed + i + s·n, and 'random' scores with it.
   * @default 0
   */
  readonly seed?: number | undefined
  /** Tokens of a trace. @default the preset's */
  readonly maxTokens?: number | undefined
  /** Results that are there already, of the same options: they are not made again. @default none */
  readonly finished?: readonly Pick<ProblemResult, 'index' | 'sample'>[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Called as the run goes on; it is not waited for. */
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined
}

/** Where traces are cut, and how many tokens the model may use to finish. */
export interface ResumeOptions {
  /** @default 'before-answer' */
  readonly cut?: CutPoint | undefined
  /** @default twice as many as the whole trace has, 512 at least */
  readonly maxTokens?: number | undefined
}

/** One of `count` parts; `index` counts from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** What an experiment does with a problem, in order. */
export type Stage = 'generate' | 'score' | 'evaluate'

/** What `onEvent` hears of a run. */
export type ExperimentEvent =
  | {
      readonly type: 'problem'
      /** Of the problem in the data set. */
      readonly index: number
      /** Problems, times samples, that this call has finished, and all it has to do. */
      readonly done: number
      readonly total: number
      readonly id: string
    }
  | { readonly type: 'stage'; readonly index: number; readonly stage: Stage }
  /** Tokens of the running generation so far. */
  | { readonly type: 'tokens'; readonly index: number; readonly tokens: number }
  /** The consumer has the result and asks for the next one. */
  | {
      readonly type: 'result'
      readonly done: number
      readonly total: number
      readonly result: ProblemResult
    }

/** The options of one run, checked and with defaults: what the loops work from. */
export interface Plan {
  readonly session: ExperimentSession
  readonly dataset: Dataset
  /** Every problem and sample that is to be solved, in order. */
  readonly units: readonly Unit[]
  readonly preset: Preset
  readonly ask: ResolvedAsk
  readonly methods: readonly Method[]
  /** Ascending, distinct, 0 among them. */
  readonly thresholds: readonly number[]
  readonly samples: number
  readonly askAgain: boolean
  /** null where the evaluation does not resume. */
  readonly resume: ResumePlan | null
  readonly pictures: boolean
  readonly parallel: number
  /** Where several problems are in flight: `session`, which is theirs from one to the other. */
  readonly shared: {
    /** Before the first problem. */
    open(): Promise<void>
    /** Behind the last one, also where one failed. */
    close(): Promise<void>
  } | null
  readonly hideAnswer: boolean
  readonly seed: number
  readonly signal: AbortSignal | undefined
  /** `onEvent`, or nothing. */
  readonly emit: (event: ExperimentEvent) => void
}

/** `ResumeOptions`, checked. */
export interface ResumePlan {
  readonly cut: CutPoint
  /** null: by the length of the trace. */
  readonly maxTokens: number | null
}

/** One problem, solved once. */
export interface Unit {
  readonly problem: Problem
  /** Of the problem in the data set. */
  readonly index: number
  readonly sample: number
}

/** A way to score, under the name that its results have. */
export interface Method {
  readonly name: string
  /**
   * Scores the steps of a trace.
   *
   * @param seed of random scores
   * @throws as `session.scoreSteps`
   */
  score(trace: SegmentedTrace, seed: number): Promise<ScoredTrace>
  /** Of a trace that was scored; missing where nothing is to be seen but scores. */
  readonly picture?: ((trace: SegmentedTrace) => Promise<MethodPictures>) | undefined
  /** What results depend on beside the name. */
  readonly heads?: ChosenHeads | undefined
}
