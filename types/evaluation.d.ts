/** Answering again, and the report. */

import type { ModelInfo } from './model.js'
import type { TextRange } from './spans.js'
import type { PrunedTrace } from './steps.js'
import type { SamplingOptions } from './trace.js'

/* ---- evaluate ---------------------------------------------------------------------------------- */

/**
 * How an answer was found, the most explicit marks first: in a box, alone between tags that stand around an answer, behind
 * `####`, behind a label (`Answer:`), behind or before "the answer is" in some language, in a sentence that concludes
 * ("Therefore …"), at the end of an equation, as the last number; 'none' where there is none.
 */
export type Extraction =
  | 'boxed'
  | 'tagged'
  | 'hash'
  | 'final-answer'
  | 'answer-is'
  | 'concluded'
  | 'equals'
  | 'last-number'
  | 'none'

/** The answer of a text, and the mark by which it was found. */
export interface ExtractedAnswer {
  /** Canonical text: an integer without leading zeros or separators; else as written. */
  readonly value: string | null
  readonly extraction: Extraction
}

/** What an expected answer is, which says how others are compared with it. */
export type AnswerKind =
  | 'integer'
  | 'number'
  | 'fraction'
  | 'expression'
  | 'equation'
  | 'tuple'
  | 'set'
  | 'interval'
  | 'matrix'
  | 'ratio'
  | 'choice'
  | 'text'

/** 'equal' and 'different' are said only where it is sure. */
export type AnswerVerdict = 'equal' | 'different' | 'undecided'

/** Whether an answer is the expected one, and why. */
export interface AnswerDecision {
  readonly verdict: AnswerVerdict
  /** The reason, in a few words. */
  readonly by: string
  readonly kind: AnswerKind
  /** In one spelling for all that are read alike; null where there was no answer. */
  readonly found: string | null
  readonly expected: string
}

/** An answer, and where it is written: [start, end) in UTF-16 units of the text, without the box or marks around it. */
export interface AnswerPlace extends TextRange {
  readonly value: string
  readonly extraction: Exclude<Extraction, 'none'>
}

/** How a pruned trace is asked again; each is described at `EvaluateOptions.mode`. */
export type EvaluationMode = 'reprompt' | 'continue' | 'evict' | 'resume'

/**
 * Where a trace is cut for the model to go on: before the first step that states the answer, before its last so many
 * steps, or where so large a share of its thinking is written (whole steps).
 */
export type CutPoint = 'before-answer' | { readonly steps: number } | { readonly share: number }

/**
 * Sampling is greedy without options, since an answer is read off and not thought about; in the modes 'reprompt' and
 * 'resume', where the model thinks, it is what `model.info.sampling` says.
 */
export interface EvaluateOptions extends SamplingOptions {
  /**
   * 'reprompt': ask again with the problem and the kept steps as text; needs `messages`.
   * 'continue': kept steps' tokens behind the prompt, thinking closed, answer written again.
   * 'evict': the whole thinking is in the cache, removed tokens leave it (no prefill, positions of
   * the others stay), thinking closed, answer written again. What is kept has seen what is gone.
   * Where the end of the thinking is removed, the closing tag moves up to its place.
   * 'resume': kept steps' tokens behind the prompt, and the thinking stays open: the model thinks on, then answers.
   * Only what it closed is an answer; where the tokens are used up before, there is none. See `cutTrace`.
   * @default 'continue'
   */
  readonly mode?: EvaluationMode | undefined
  /**
   * Written behind the closed thinking, and part of the answer's text: how the answer is asked for in 'continue'
   * and 'evict'. '' for none. @default none; for a model without a thinking format, whose thinking no tag can
   * close, a blank line and `The final answer is \boxed{`
   */
  readonly answerCue?: string | undefined
  /** @default 512; 4096 in mode 'resume' */
  readonly maxTokens?: number | undefined
  /**
   * Each alone, from an empty cache, so that what stands beside it changes nothing. In one batch rounding does: logits
   * differ by 0.1 to 0.4 with Q4 weights, and where two tokens are that near, greedy texts go apart. @default false
   */
  readonly independent?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an evaluation in a batch may be asked for: nothing is independent there. */
export type BatchedEvaluateOptions = Omit<EvaluateOptions, 'independent'>

/** What the model said when it was asked again with a pruned trace. Plain data; counts are of tokens, `millis` of milliseconds. */
export interface Evaluation {
  readonly mode: EvaluationMode
  /** What the model wrote. */
  readonly text: string
  readonly answer: ExtractedAnswer
  /** 'length': `maxTokens` or the context was used up. */
  readonly finish: 'end' | 'length' | 'stop'
  /** As `trace.looping`. */
  readonly looping?: boolean | undefined
  /** Tokens of the prompt, those of it that had to be decoded, and generated ones. */
  readonly tokens: {
    readonly prompt: number
    readonly decoded: number
    readonly generated: number
  }
  /** Mode 'evict': the state of recurrent layers has seen what was removed; only attention layers lost it. */
  readonly recurrentStateKept?: true | undefined
  /** Mean log-probability of the generated tokens; 0 where there are none. */
  readonly meanLogprob: number
  /** Of those that were decoded together, an equal share each. */
  readonly millis: number
}

/* ---- report ------------------------------------------------------------------------------------ */

/** What the addon was built of: the versions behind every number of a report. */
export interface BuildInfo {
  readonly version: string
  readonly llamaCommit: string
  readonly llamaVersion: string
  readonly patchSha256: string
  readonly backends: readonly string[]
  /** The CPU backend: `native`, or of a prebuilt addon's the one that was chosen, for example `haswell`. */
  readonly cpu: string
  /** Which addon it is: `local build`, `@cot-prune/linux-x64`; `addonInfo()` says more. */
  readonly addon: string
  readonly systemInfo: string
}

/** Where the compiled addon was found; the order is that of docs/install.md. */
export interface AddonInfo {
  /** `COT_PRUNE_ADDON`, `local build`, the name of a package, or `prebuilds`. */
  readonly source: string
  /** Path of its file. */
  readonly file: string
  /** A sentence for each that comes before it, is there and did not load. */
  readonly failed: readonly string[]
}

/** Everything about one pruned and evaluated trace, with its provenance. */
export interface Report {
  readonly version: 1
  readonly build: BuildInfo
  readonly model: ModelInfo
  readonly trace: PrunedTrace
  /** The answer that the trace itself gave. */
  readonly before: ExtractedAnswer
  readonly after: Evaluation
  /** Of the trace, and of what is left of it. */
  readonly counts: {
    readonly steps: number
    readonly keptSteps: number
    readonly thinkingTokens: number
    readonly keptTokens: number
  }
}

/** What `session.likelihood` asks for: a text, and where it stands. */
export interface LikelihoodOptions {
  /** The text that is asked for, behind `given`. */
  readonly text: string
  /** Shown before it, in the place of the answer: `'The answer is \\boxed{'`. @default '' */
  readonly given?: string | undefined
  /**
   * Where the text stands: behind the closed thinking, or as the next step of it, with mode 'continue'.
   * @default 'answer'
   */
  readonly place?: 'answer' | 'thinking' | undefined
  /** @default 'continue' */
  readonly mode?: Exclude<EvaluationMode, 'resume'> | undefined
  readonly signal?: AbortSignal | undefined
}

/** How likely a text is; natural logarithms, under the model's own distribution. */
export interface Likelihood {
  /** Of `text`, tokenised alone. */
  readonly tokens: readonly number[]
  /** Shape (tokens). */
  readonly logprobs: readonly number[]
  /** Their sum. */
  readonly logprob: number
}
