/** A whole study of one model: its parts, what each of them finds, and the file that has all of it. */

import type { BuildInfo } from '../../../../types/public.js'
import type { EvaluationMode } from '../../../index.js'
import type { ExperimentSummary } from '../../results/types.js'
import type { ResolvedAsk } from '../../run/ask-options.js'
import type { AnswerLikelihoodRow } from '../answer-likelihood.js'
import type { Calibration } from '../calibration.js'
import type { InFlightSummary } from '../in-flight-summary.js'
import type { NextStepRow } from '../next-step.js'
import type { ResumeAtCut } from '../resume-curve.js'
import type { SolvedSummary } from '../solve-problems.js'
import type { Compression, Separation } from '../types.js'
import type { StudyPart } from './part-names.js'

/** By part: plain data, from which a report can be written again. */
export interface StudyData {
  readonly calibration: Calibration
  readonly labels: readonly Separation[]
  readonly compression: readonly Compression[]
  readonly effects: readonly Separation[]
  readonly 'next-step': readonly NextStepRow[]
  readonly traces: SolvedSummary
  readonly own: {
    readonly rows: readonly Separation[]
    readonly answers: readonly AnswerLikelihoodRow[]
  }
  readonly deletion: Calibration
  readonly answers: readonly {
    readonly mode: EvaluationMode
    readonly summary: ExperimentSummary
  }[]
  readonly resume: readonly ResumeAtCut[]
  readonly 'in-flight': readonly InFlightSummary[]
}

/** What came out of a part, or the sentence that says why nothing can. */
export type Outcome<T> =
  | { readonly skipped: null; readonly data: T }
  | { readonly skipped: string; readonly data: null }

/** A part as `study.json` has it: what came out, and the seconds that it took. */
export type StudyRecord<P extends StudyPart = StudyPart> = Outcome<StudyData[P]> & {
  readonly seconds: number
}

/** Parts that are finished. */
export type StudyRecords = { readonly [P in StudyPart]?: StudyRecord<P> | undefined }

/** What the numbers of a study depend on, and what it is refused by. */
export interface StudyKey {
  /** sha256 of the file. */
  readonly model: string
  readonly cotPrune: {
    readonly version: string
    readonly llamaCommit: string
    readonly patch: string
  }
  readonly dataset: { readonly name: string; readonly problems: number; readonly sha256: string }
  readonly labelled: { readonly traces: number; readonly sha256: string }
  readonly contextLength: number | null
  readonly thinking: { readonly open: string; readonly close: string } | null
  readonly chatTemplate: string | null
  readonly ask: ResolvedAsk
  readonly seed: number
  readonly maxTokens: number
  readonly heads: number | null
  readonly shares: readonly number[]
  readonly inFlight: readonly string[]
}

/** `study.json`: no path of the machine and no text of a problem is in it. */
export interface StudyFile {
  readonly version: 1
  readonly key: StudyKey
  readonly model: {
    readonly name: string
    /** Without its folder. */
    readonly file: string
    readonly sha256: string
    readonly architecture: string
    readonly fileType: string
    readonly parameters: number
    readonly layers: number
    readonly heads: number
    /** How it marks its thinking; null where no format was found. */
    readonly thinking: { readonly open: string; readonly close: string } | null
  }
  readonly build: BuildInfo
  readonly machine: StudyMachine
  /** When it was begun. */
  readonly date: string
  /** What was asked for, in order. */
  readonly asked: readonly StudyPart[]
  readonly parts: StudyRecords
}

/** What a study ran on. */
export interface StudyMachine {
  readonly platform: string
  readonly node: string
  readonly processor: string
  readonly cores: number
  readonly threads: number
  readonly gpuLayers: number
  readonly devices: readonly { readonly name: string; readonly description: string }[]
}
