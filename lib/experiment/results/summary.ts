/** From the results of single problems to the numbers of the table. Pure. */

import type { ProblemResult, ThresholdResult } from '../run/result-types.js'
import { plannedResults, planOf } from '../run/run.js'
import type { ExperimentOptions } from '../run/types.js'
import { correlations, pairedDifference } from './compare.js'
import { mean, wilson } from './statistics.js'
import type { ExperimentSummary, SummaryContext, ThresholdSummary } from './types.js'

/** What was asked for: the part of a summary that the results do not tell. */
export function summaryContext(options: ExperimentOptions): SummaryContext {
  const { preset, ask, dataset, seed, samples, askAgain } = planOf(options)
  const { name, faults, maxTokens } = preset
  return {
    preset: { name, faults, maxTokens },
    dataset: { name: dataset.name, path: dataset.path, problems: dataset.problems.length },
    seed,
    samples,
    planned: plannedResults(options),
    askAgain,
    sampling: ask.sampling,
  }
}

/** Sum up the problems that are finished; none is fine. */
export function summarize(
  results: readonly ProblemResult[],
  context: SummaryContext,
): ExperimentSummary {
  const { preset, dataset, seed, samples, planned, askAgain, sampling = null } = context
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
    correlations: correlations(results),
    generatedTokens: results.reduce((sum, result) => sum + result.trace.tokens, 0),
    scoringTokens: scoringTokens(results),
    millis: results.reduce((sum, result) => sum + result.millis, 0),
  }
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
  /** One for each problem. */
  readonly rows: readonly ThresholdResult[]
}

function summarizeThresholds(results: readonly ProblemResult[]): ThresholdSummary[] {
  const columns: Column[] = (results[0]?.thresholds ?? []).map(({ method, threshold }, place) => ({
    method,
    threshold,
    rows: results.flatMap(result => result.thresholds[place] ?? []),
  }))
  const find = (method: string, threshold: number) =>
    columns.find(column => column.method === method && column.threshold === threshold)?.rows
  return columns.map(column => {
    const random = column.method === 'random' ? undefined : find('random', column.threshold)
    return summarizeRows(column, find(column.method, 0) ?? [], random)
  })
}

function summarizeRows(
  { method, threshold, rows }: Column,
  baseline: readonly ThresholdResult[],
  random: readonly ThresholdResult[] | undefined,
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
    accuracy: judged.length === 0 ? null : correct / judged.length,
    interval: wilson(correct, judged.length),
    change: threshold === 0 ? null : pairedDifference(rows, baseline),
    overRandom: random === undefined || threshold === 0 ? null : pairedDifference(rows, random),
    stepsKept: mean(withSteps.map(row => row.keptSteps / row.steps)),
    tokensKept: mean(withSteps.flatMap(tokenShare)),
    averageLength,
    reduction:
      averageLength === null || !baselineLength ? null : 1 - averageLength / baselineLength,
    decodedTokens: rows.reduce((sum, row) => sum + row.decodedTokens, 0),
    extractions: countExtractions(rows),
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
