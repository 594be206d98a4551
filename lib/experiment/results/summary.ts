/** From the results of single problems to the numbers of the table. Pure. */

import { nothingKept } from '../run/names.js'
import type { ProblemResult, ThresholdResult } from '../run/result-types.js'
import { plannedResults, planOf } from '../run/run.js'
import type { ExperimentOptions } from '../run/types.js'
import { correlations, pairedDifference } from './compare.js'
import { clusteredInterval, summarizePasses } from './passes.js'
import { mean, wilson } from './statistics.js'
import type { ExperimentSummary, SummaryContext, ThresholdSummary } from './types.js'

/** What was asked for: the part of a summary that the results do not tell. */
export function summaryContext(options: ExperimentOptions): SummaryContext {
  const { preset, ask, dataset, seed, samples, askAgain, resume, hideAnswer } = planOf(options)
  const { name, faults, maxTokens } = preset
  return {
    preset: { name, faults, maxTokens },
    dataset: {
      name: dataset.name,
      path: dataset.path,
      problems: dataset.problems.length,
      ...(dataset.source && { source: dataset.source }),
      ...(dataset.notes && { notes: dataset.notes }),
    },
    seed,
    samples,
    planned: plannedResults(options),
    askAgain,
    cut: resume?.cut ?? null,
    hideAnswer,
    sampling: ask.sampling,
  }
}

/** Sum up the problems that are finished; none is fine. */
export function summarize(
  results: readonly ProblemResult[],
  context: SummaryContext,
): ExperimentSummary {
  const { preset, dataset, seed, samples, planned, askAgain, sampling = null } = context
  const { cut = null, hideAnswer = false } = context
  const ids = (keep: (result: ProblemResult) => boolean) =>
    results.filter(keep).map(result => result.id)
  return {
    version: 1,
    preset: preset.name,
    faults: preset.faults,
    dataset,
    seed,
    samples,
    maxTokens: preset.maxTokens,
    planned,
    askAgain,
    cut,
    hideAnswer,
    leaking: ids(result => result.leaks === true),
    ends: countEnds(results),
    sampling,
    finished: results.length,
    noVerifiedAnswer: ids(result => result.expected === null),
    noSteps: ids(result => result.steps.length === 0),
    fewSteps: ids(result => result.steps.length < 2),
    splitters: countBy(results.map(({ splitter }) => splitter)),
    cutOff: ids(result => result.trace.finish === 'length'),
    looping: ids(result => result.trace.looping === true),
    forcedClose: ids(result => result.trace.forcedClose === true),
    thresholds: summarizeThresholds(results),
    passes: summarizePasses(results),
    correlations: correlations(results),
    generatedTokens: results.reduce((sum, result) => sum + result.trace.tokens, 0),
    scoringTokens: scoringTokens(results),
    millis: results.reduce((sum, result) => sum + result.millis, 0),
  }
}

function countEnds(results: readonly ProblemResult[]): ExperimentSummary['ends'] {
  const ends = { closed: 0, cut: 0, 'never-opened': 0 }
  for (const { trace } of results) {
    if (trace.thinking === undefined) return null
    ends[trace.thinking]++
  }
  return ends
}

function scoringTokens(results: readonly ProblemResult[]): Record<string, number> {
  const tokens: Record<string, number> = {}
  for (const { method, decodedTokens } of results.flatMap(result => result.methods)) {
    tokens[method] = (tokens[method] ?? 0) + decodedTokens
  }
  return tokens
}

interface Column {
  readonly method: string
  readonly threshold: number
  /** One for each problem and sample. */
  readonly rows: readonly Row[]
}

/** A row of a result, with the problem that it is of. */
type Row = ThresholdResult & { readonly index: number }

function summarizeThresholds(results: readonly ProblemResult[]): ThresholdSummary[] {
  const columns: Column[] = (results[0]?.thresholds ?? []).map(({ method, threshold }, place) => ({
    method,
    threshold,
    rows: results.flatMap(({ index, thresholds }) => {
      const row = thresholds[place]
      return row === undefined ? [] : [{ ...row, index }]
    }),
  }))
  const find = (method: string, threshold: number) =>
    columns.find(column => column.method === method && column.threshold === threshold)?.rows
  // unpruned, all methods are one
  const baseline = columns.find(({ threshold }) => threshold === 0)?.rows ?? []
  const nothing = find(nothingKept.method, nothingKept.threshold)
  return columns.map(column => {
    const { method, threshold } = column
    const random = method === 'random' ? undefined : find('random', threshold)
    const floor = method === nothingKept.method ? undefined : nothing
    return summarizeRows(column, { baseline, random, floor })
  })
}

interface Compared {
  readonly baseline: readonly Row[]
  readonly random: readonly Row[] | undefined
  readonly floor: readonly Row[] | undefined
}

function summarizeRows(
  { method, threshold, rows }: Column,
  { baseline, random, floor }: Compared,
): ThresholdSummary {
  const judged = rows.filter(row => row.correct !== null)
  const correct = judged.filter(row => row.correct).length
  const withSteps = rows.filter(row => row.steps > 0)
  const averageLength = averageLengthOf(rows)
  const baselineLength = averageLengthOf(baseline)
  return {
    method,
    threshold,
    correct,
    total: judged.length,
    undecided: judged.filter(({ decision }) => decision?.verdict === 'undecided').length,
    accuracy: judged.length === 0 ? null : correct / judged.length,
    interval: accuracyInterval(judged),
    change: threshold === 0 ? null : pairedDifference(rows, baseline),
    overRandom: random === undefined || threshold === 0 ? null : pairedDifference(rows, random),
    overNothing: floor === undefined ? null : pairedDifference(rows, floor),
    ...finishing(rows),
    stepsKept: mean(withSteps.map(row => row.keptSteps / row.steps)),
    tokensKept: mean(withSteps.flatMap(tokenShare)),
    averageLength,
    reduction:
      averageLength === null || !baselineLength ? null : 1 - averageLength / baselineLength,
    decodedTokens: rows.reduce((sum, row) => sum + row.decodedTokens, 0),
    extractions: countExtractions(rows),
  }
}

/** Samples of one problem are no problems: with several of each, the interval is over problems. */
function accuracyInterval(judged: readonly Row[]): readonly [number, number] | null {
  const problems = new Map<number, number[]>()
  for (const { index, correct } of judged) {
    problems.set(index, [...(problems.get(index) ?? []), Number(correct)])
  }
  if (problems.size === judged.length) {
    return wilson(judged.filter(({ correct }) => correct).length, judged.length)
  }
  return clusteredInterval(Array.from(problems.values(), values => mean(values) ?? Number.NaN))
}

/** What it took the model to finish. */
function finishing(
  rows: readonly ThresholdResult[],
): Pick<ThresholdSummary, 'tokensToFinish' | 'tokensToFinishRight' | 'derivedAgain'> {
  const tokens = (some: readonly ThresholdResult[]) =>
    mean(some.flatMap(({ resumed }) => resumed?.tokens ?? []))
  const lost = rows.reduce((sum, { resumed }) => sum + (resumed?.lost ?? 0), 0)
  const again = rows.reduce((sum, { resumed }) => sum + (resumed?.again ?? 0), 0)
  return {
    tokensToFinish: tokens(rows),
    tokensToFinishRight: tokens(rows.filter(({ correct }) => correct === true)),
    derivedAgain: lost === 0 ? null : again / lost,
  }
}

function averageLengthOf(rows: readonly ThresholdResult[]): number | null {
  return mean(rows.filter(row => row.steps > 0).map(row => row.length))
}

function tokenShare(row: ThresholdResult): number[] {
  if (row.keptTokens === null || !row.thinkingTokens) return []
  return [row.keptTokens / row.thinkingTokens]
}

const countExtractions = (rows: readonly ThresholdResult[]): Record<string, number> =>
  countBy(rows.map(row => (row.predicted === null ? 'none' : (row.extraction ?? 'notebook'))))

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
