/** From the results of single problems to the numbers of the table. Pure. */

import { mcnemar, mean, wilson } from './stats.js'
import type {
  Dataset,
  ExperimentSummary,
  Preset,
  ProblemResult,
  ThresholdResult,
  ThresholdSummary,
} from './types.js'

/** What was asked for: the part of a summary that the results do not tell. */
export interface SummaryContext {
  readonly preset: Preset
  readonly dataset: Dataset
  readonly seed: number
  readonly maxTokens: number
  readonly planned: number
}

/** Sum up the problems that are finished; none is fine. */
export function summarize(
  results: readonly ProblemResult[],
  context: SummaryContext,
): ExperimentSummary {
  const { preset, dataset, seed, maxTokens, planned } = context
  const ids = (keep: (result: ProblemResult) => boolean) =>
    results.filter(keep).map(result => result.id)
  return {
    version: 1,
    preset: preset.name,
    faults: preset.faults,
    dataset: { name: dataset.name, path: dataset.path, problems: dataset.problems.length },
    seed,
    maxTokens,
    planned,
    finished: results.length,
    noVerifiedAnswer: ids(result => result.expected === null),
    noSteps: ids(result => result.steps.length === 0),
    cutOff: ids(result => result.trace.finish === 'length'),
    thresholds: summarizeThresholds(results),
    generatedTokens: results.reduce((sum, result) => sum + result.trace.tokens, 0),
    millis: results.reduce((sum, result) => sum + result.millis, 0),
  }
}

function summarizeThresholds(results: readonly ProblemResult[]): ThresholdSummary[] {
  const thresholds = results[0]?.thresholds.map(row => row.threshold) ?? []
  const columns = thresholds.map(threshold => ({
    threshold,
    rows: results.flatMap(result => result.thresholds.filter(row => row.threshold === threshold)),
  }))
  const baseline = columns.find(column => column.threshold === 0)?.rows ?? []
  return columns.map(({ threshold, rows }) => summarizeRows(threshold, rows, baseline))
}

function summarizeRows(
  threshold: number,
  rows: readonly ThresholdResult[],
  baseline: readonly ThresholdResult[],
): ThresholdSummary {
  const judged = rows.filter(row => row.correct !== null)
  const correct = judged.filter(row => row.correct).length
  const withSteps = rows.filter(row => row.steps > 0)
  const averageLength = averageLengthOf(rows)
  const baselineLength = averageLengthOf(baseline)
  return {
    threshold,
    correct,
    total: judged.length,
    accuracy: judged.length === 0 ? null : correct / judged.length,
    interval: wilson(correct, judged.length),
    change: threshold === 0 ? null : compare(rows, baseline),
    stepsKept: mean(withSteps.map(row => row.keptSteps / row.steps)),
    tokensKept: mean(withSteps.flatMap(tokenShare)),
    averageLength,
    reduction:
      averageLength === null || !baselineLength ? null : 1 - averageLength / baselineLength,
    decodedTokens: rows.reduce((sum, row) => sum + row.decodedTokens, 0),
    extractions: countExtractions(rows),
  }
}

/** The same problems with and without pruning; null where no answer is known. */
function compare(
  rows: readonly ThresholdResult[],
  baseline: readonly ThresholdResult[],
): ThresholdSummary['change'] {
  let [total, gained, lost] = [0, 0, 0]
  for (const [index, row] of rows.entries()) {
    const before = baseline[index]?.correct
    if (row.correct === null || before === null || before === undefined) continue
    total++
    if (row.correct && !before) gained++
    if (!row.correct && before) lost++
  }
  if (total === 0) return null
  return { accuracy: (gained - lost) / total, gained, lost, pValue: mcnemar(gained, lost) }
}

function averageLengthOf(rows: readonly ThresholdResult[]): number | null {
  return mean(rows.filter(row => row.steps > 0).map(row => row.length))
}

function tokenShare(row: ThresholdResult): number[] {
  if (row.keptTokens === null || !row.thinkingTokens) return []
  return [row.keptTokens / row.thinkingTokens]
}

function countExtractions(rows: readonly ThresholdResult[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rows) {
    const name = row.predicted === null ? 'none' : (row.extraction ?? 'notebook')
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
