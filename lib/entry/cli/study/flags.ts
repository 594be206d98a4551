/** What `cot-prune study` is asked, and what it takes where it is not told: all of it, or the short way. */

import {
  type InFlightName,
  inFlightNames,
  quickPartNames,
  type StudyPart,
  studyPartNames,
} from '../../../experiment/study/whole/part-names.js'
import type { AskFlags } from '../ask-flags.js'
import type { DatasetFlags } from '../dataset-flags.js'
import type { ModelFlags } from '../open-model.js'
import type { WorkersFlags } from '../workers/flags.js'

/** What a study is asked, whoever computes it. */
export interface StudyQuestion extends DatasetFlags, AskFlags {
  readonly quick?: boolean
  readonly parts?: readonly StudyPart[]
  readonly traces?: string
  readonly limit?: number
  readonly problems?: number
  readonly maxTokens?: number
  readonly heads: number
  readonly seed: number
}

export interface StudyFlags extends StudyQuestion, ModelFlags, WorkersFlags {
  readonly context?: number
  readonly threads?: number
  readonly out?: string
  readonly resume?: boolean
  readonly json?: boolean
}

/** How much of everything. */
export interface StudySize {
  readonly parts: readonly StudyPart[]
  /** Labelled traces; undefined for all. */
  readonly limit: number | undefined
  readonly problems: number
  readonly maxTokens: number
  /** Where traces are cut; undefined for all. */
  readonly shares: readonly number[] | undefined
  readonly inFlight: readonly InFlightName[]
}

const whole: StudySize = {
  parts: studyPartNames,
  limit: undefined,
  problems: 50,
  maxTokens: 4096,
  shares: undefined,
  inFlight: inFlightNames,
}

/** About ten minutes on a GPU, and an hour on a laptop, for a model of 1.5 billion parameters. */
const quick: StudySize = {
  parts: quickPartNames,
  limit: 20,
  problems: 5,
  maxTokens: 1024,
  shares: [0.5, 0.9],
  inFlight: ['none', 'step-graph', 'last-token', 'random'],
}

/** What was given goes before what is the default. */
export function sizeOf(flags: StudyQuestion): StudySize {
  const size = flags.quick ? quick : whole
  return {
    ...size,
    parts: flags.parts ?? size.parts,
    limit: flags.limit ?? size.limit,
    problems: flags.problems ?? size.problems,
    maxTokens: flags.maxTokens ?? size.maxTokens,
  }
}
