/** What is made of the results of many problems, in memory and on disk. */

import type { BuildInfo, ChosenHeads, CutPoint } from '../../../types/public.js'
import type { DatasetOrigin } from '../datasets/types.js'
import type { ResolvedAsk, UsedSampling } from '../run/ask-options.js'
import type { ThinkingEnd } from '../run/result-types.js'
import type { Preset, ResumePlan, Shard } from '../run/types.js'

/** The same problems in two rows. */
export interface Difference {
  /** A share from -1 to 1. */
  readonly accuracy: number
  /** 95 %: paired bootstrap over problems, 10,000 resamples, seeded. */
  readonly interval: readonly [number, number]
  /** Problems that only this row, or only the other one, got right. */
  readonly gained: number
  readonly lost: number
  /** Exact two-sided McNemar test of gained against lost. */
  readonly pValue: number
}

/** How much alike two methods rank steps. */
export interface Correlation {
  readonly methods: readonly [string, string]
  /** Spearman's, the mean over traces in which both vary; null where there is none. */
  readonly rank: number | null
  readonly traces: number
}

/** One row of the table: a method at a threshold, over all problems. Shares are from 0 to 1, intervals half-open pairs of them. */
export interface ThresholdSummary {
  readonly method: string
  /** What the rule took, from 0 to 1; 0 is the baseline. */
  readonly threshold: number
  /** Of the problems whose answer is known. */
  readonly correct: number
  readonly total: number
  /** Of `total`: what nobody can tell to be equal to the expected answer or different; counted as not correct. */
  readonly undecided: number
  /** A share from 0 to 1; null where `total` is 0, as the interval is. */
  readonly accuracy: number | null
  /** 95 %: Wilson's; with several samples by a bootstrap over problems. */
  readonly interval: readonly [number, number] | null
  /** Against threshold 0; null there. */
  readonly change: Difference | null
  /** Against 'random' at the same threshold and kept tokens; null where it did not run. */
  readonly overRandom: Difference | null
  /** With 'resume': against the problem alone, with nothing of the thinking kept; null elsewhere, and there. */
  readonly overNothing: Difference | null
  /** With 'resume': mean tokens to finish, over all and over the right ones; null elsewhere. */
  readonly tokensToFinish: number | null
  readonly tokensToFinishRight: number | null
  /** With 'resume': of the numbers that only removed steps had, how large a share was derived again; null where none was lost. */
  readonly derivedAgain: number | null
  /** Mean share over the problems that have steps; null where none has. */
  readonly stepsKept: number | null
  /** The same of the tokens of steps. */
  readonly tokensKept: number | null
  /** Mean characters over the problems that have steps, and the share that was saved. */
  readonly averageLength: number | null
  /** Of the characters, from 0 to 1; null as `averageLength`. */
  readonly reduction: number | null
  /** Of all rows: prompts and generated ones. */
  readonly decodedTokens: number
  /** How many answers were found how; 'notebook' for its own patterns. */
  readonly extractions: Readonly<Record<string, number>>
}

/** A mean over problems; null where there are none. */
export interface PassShare {
  /** From 0 to 1. */
  readonly share: number | null
  /** 95 %, by a bootstrap over problems. */
  readonly interval: readonly [number, number] | null
}

/** What several samples of each problem say together. */
export interface PassSummary {
  readonly method: string
  readonly threshold: number
  /** n: problems whose answer is known. */
  readonly problems: number
  /** Of each problem. */
  readonly samples: number
  /** The unbiased estimate that one of k is right, for k of 1, 2, 4, … and all. */
  readonly passes: readonly (PassShare & { readonly k: number })[]
  /** The answer that most samples give is right (cons@k); of several that are as frequent the share that is. */
  readonly majority: PassShare
}

/** What was asked for: the part of a summary that the results do not tell. */
export interface SummaryContext {
  readonly preset: Pick<Preset, 'name' | 'faults' | 'maxTokens'>
  readonly dataset: ExperimentSummary['dataset']
  readonly seed: number
  readonly samples: number
  /** Results that there are when the run is complete. */
  readonly planned: number
  /** The baseline was asked for as the pruned rows were, and is not the trace's own answer. */
  readonly askAgain: boolean
  /** Where traces were cut, with 'resume'; missing in results of version 0.1, as the two below. */
  readonly cut?: CutPoint | null | undefined
  readonly hideAnswer?: boolean | undefined
  /** How the chains of thought were sampled. */
  readonly sampling?: UsedSampling | undefined
}

/** All that `summarize` says of the results of a run: the table, and what has to be known to believe it. */
export interface ExperimentSummary {
  readonly version: 1
  readonly preset: string
  readonly faults: readonly string[]
  readonly dataset: {
    readonly name: string
    readonly path: string | null
    readonly problems: number
    /** Where it was downloaded from. */
    readonly source?: DatasetOrigin | undefined
    /** Rows that were left out, and the like. */
    readonly notes?: readonly string[] | undefined
  }
  readonly seed: number
  readonly samples: number
  readonly maxTokens: number
  /** Problems, times samples, that the run was asked for, and that it finished. */
  readonly planned: number
  /** The baseline was asked for as the pruned rows were, and is not the trace's own answer. */
  readonly askAgain: boolean
  /** Where traces were cut, with 'resume'; null in other modes. */
  readonly cut: CutPoint | null
  /** The steps that state the answer were taken out before pruning. */
  readonly hideAnswer: boolean
  /** With 'resume': ids of problems of which steps before the cut state the answer all the same. */
  readonly leaking: readonly string[]
  /** How many thinkings were closed, cut by the length, or had no tag that closes them; null where it is not known. */
  readonly ends: Readonly<Record<ThinkingEnd, number>> | null
  /** How the chains of thought were sampled; null where the results do not say it. */
  readonly sampling: UsedSampling | null
  readonly finished: number
  /** Ids of problems that no known answer exists for, and of those whose trace has no steps. */
  readonly noVerifiedAnswer: readonly string[]
  readonly noSteps: readonly string[]
  /** Ids of problems whose trace has one step or none: there is nothing to choose. */
  readonly fewSteps: readonly string[]
  /** How many traces got their steps from which splitter. */
  readonly splitters: Readonly<Record<string, number>>
  /** Ids of problems whose trace ended at `maxTokens`, or with the context. */
  readonly cutOff: readonly string[]
  /** Those of them that went round in circles. */
  readonly looping: readonly string[]
  /** Those whose thinking was ended by its budget. */
  readonly forcedClose: readonly string[]
  /** Method by method. */
  readonly thresholds: readonly ThresholdSummary[]
  /** Method by method as `thresholds`; none where each problem was solved once. */
  readonly passes: readonly PassSummary[]
  readonly correlations: readonly Correlation[]
  /** Of all traces. */
  readonly generatedTokens: number
  /** Of each method, probes included. */
  readonly scoringTokens: Readonly<Record<string, number>>
  readonly millis: number
}

/* ---- on disk ------------------------------------------------------------------------------ */

/** `run.json`: what the results beside it are of. */
export interface RunFile {
  readonly version: 1
  /** What they depend on: results belong together where this is the same. */
  readonly key: {
    /** SHA-256 of the model's file, and of the problems with their answers. */
    readonly model: string
    readonly dataset: string
    /** Null for the default. */
    readonly contextLength: number | null
    /** The tags of the model's thinking; null where none were found. */
    readonly thinking: { readonly open: string; readonly close: string } | null
    /** SHA-256 of the template that made the prompts; null where there is none. */
    readonly chatTemplate: string | null
    readonly ask: ResolvedAsk
    readonly seed: number
    readonly samples: number
    readonly askAgain: boolean
    readonly resume: ResumePlan | null
    readonly hideAnswer: boolean
    /** The rules by which answers were judged; missing in the notebook preset, and before 0.2. */
    readonly checker?: number | undefined
    readonly methods: readonly string[]
    /** Those of 'step-graph'. */
    readonly heads: ChosenHeads | null
    readonly thresholds: readonly number[]
    readonly preset: Omit<Preset, 'description' | 'faults'>
  }
  readonly model: { readonly name: string; readonly path: string }
  readonly context: SummaryContext
  readonly limit: number | null
  readonly shard: Shard | null
  readonly build: BuildInfo
  /** How it was started, where it was from the command line, and on what; of a merged run nothing is said. */
  readonly command?: string | undefined
  readonly machine?: string | undefined
}

/** A problem that several workers tried, and none could solve; the others go on without it. */
export interface FailedProblem {
  /** As in `ProblemResult`. */
  readonly index: number
  readonly sample: number
  readonly id: string
  /** Of the last try: the code of its error, ERR_QUEUE where the worker did not live to say one, and its message. */
  readonly code: string
  readonly message: string
  readonly attempts: number
  /** Which worker that was; null where it is not known. */
  readonly worker: string | null
}

/** `results.json`. */
export interface RunRecord {
  readonly version: 1
  /** False where the run was interrupted or failed. */
  readonly complete: boolean
  /** ISO 8601, UTC. */
  readonly date: string
  readonly run: RunFile
  readonly summary: ExperimentSummary
  /** Of a run by several workers; missing where nothing failed. */
  readonly failed?: readonly FailedProblem[] | undefined
}
