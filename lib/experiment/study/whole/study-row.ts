/** One model's study in one row: what is put beside the studies of other models. Pure. */

import type { ThresholdSummary } from '../../results/types.js'
import type { Estimate } from '../types.js'
import type { StudyPart } from './part-names.js'
import type { StudyData, StudyFile } from './types.js'

/** Scores of which a row has the AUC; of those that are a sum or a mean, the better one. */
export const rowScores = [
  'step graph',
  'think-clearly',
  'traac',
  'last-token',
  'random',
  'recency',
  'length',
] as const
/** A score of which a row has the AUC, by name. */
export type RowScore = (typeof rowScores)[number]

/** Counts of right answers. */
export interface Right {
  readonly correct: number
  readonly total: number
}

/** Traces that were cut before the answer, at one threshold. */
export interface ResumedRow {
  readonly threshold: number
  readonly stepGraph: Right | null
  readonly recency: Right | null
  readonly random: Right | null
}

/** One model in a table of models. null: the study does not have it. */
export interface StudyRow {
  readonly model: string
  readonly auc: Readonly<Record<RowScore, Estimate | null>>
  /** Rank correlation of the heads chosen without labels with what is missed where a step is left out. */
  readonly deletion: { readonly value: number; readonly halfWidth: number } | null
  /** The step graph at threshold 0.3. */
  readonly compression: {
    readonly neededKept: number
    readonly othersRemoved: number
  } | null
  /** Cut before the answer. */
  readonly unpruned: Right | null
  readonly nothingKept: Right | null
  readonly resumed: readonly ResumedRow[]
  readonly solved: Right | null
  readonly loops: { readonly looping: number; readonly problems: number } | null
}

export const rowThresholds: readonly number[] = [0.3, 0.5]

/** What a table of models says of one study. Pure. */
export function studyRow(study: StudyFile): StudyRow {
  const labels = dataOf(study, 'labels')
  const traces = dataOf(study, 'traces')
  const deletion = dataOf(study, 'deletion')
  const compression = dataOf(study, 'compression')?.find(
    ({ score, threshold }) => score.startsWith('step graph') && threshold === 0.3,
  )
  const rows = dataOf(study, 'resume')?.find(({ cut }) => cut === 'before-answer')?.summary
  const right = (method: string, threshold: number) =>
    rightOf(rows?.thresholds.find(row => row.method === method && row.threshold === threshold))
  const auc = (score: RowScore) =>
    best(labels?.filter(row => row.score === score || row.score.startsWith(`${score},`)) ?? [])
  return {
    model: study.model.name,
    auc: {
      'step graph': auc('step graph'),
      'think-clearly': auc('think-clearly'),
      traac: auc('traac'),
      'last-token': auc('last-token'),
      random: auc('random'),
      recency: auc('recency'),
      length: auc('length'),
    },
    deletion: deletion && { value: deletion.value, halfWidth: deletion.halfWidth },
    compression: compression ?? null,
    unpruned: rightOf(rows?.thresholds.find(({ threshold }) => threshold === 0)),
    nothingKept: right('nothing kept', 1),
    resumed: rowThresholds.map(threshold => ({
      threshold,
      stepGraph: right('step-graph', threshold),
      recency: right('recency', threshold),
      random: right('random', threshold),
    })),
    solved: rightOf(traces ?? undefined),
    loops: traces && { looping: traces.looping, problems: traces.problems },
  }
}

function dataOf<P extends StudyPart>({ parts }: StudyFile, name: P): StudyData[P] | null {
  return parts[name]?.data ?? null
}

const rightOf = (row: Pick<ThresholdSummary, 'correct' | 'total'> | undefined): Right | null =>
  row === undefined ? null : { correct: row.correct, total: row.total }

/** The highest; the papers say which aggregate is theirs, and which is better is not held against them. */
const best = (rows: readonly { readonly auc: Estimate | null }[]): Estimate | null =>
  rows
    .flatMap(({ auc }) => auc ?? [])
    .reduce<Estimate | null>((most, one) => (most && most.mean >= one.mean ? most : one), null)
