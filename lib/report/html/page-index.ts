/** From results to what the page carries. Pure. */

import type { ExperimentSummary, ProblemResult, ThresholdResult } from '../../experiment/index.js'
import type {
  PageAnswer,
  PageIndex,
  PageProblem,
  PagePruning,
  PageRow,
  PageTrace,
} from './page-data.js'
import { differs } from './prune-steps.js'

/** What all problems of a run have in common. */
export type PageRun = Omit<PageIndex, 'problems'> & {
  /** Steps that state the answer were taken out first. */
  readonly hideAnswer: boolean
}

export function pageRun(
  results: readonly ProblemResult[],
  { hideAnswer }: Pick<ExperimentSummary, 'hideAnswer'>,
  pruning: PagePruning,
): PageRun {
  const scored = results.find(({ methods }) => methods.length > 0)
  const methods = scored?.methods.map(({ method }) => method) ?? []
  const thresholds = rowsOf(scored, methods[0]).map(({ threshold }) => threshold)
  return { methods, thresholds, pruning, hideAnswer }
}

const rowsOf = (result: ProblemResult | undefined, method: string | undefined) =>
  result?.thresholds.filter(row => row.method === method) ?? []

/** The rows of each method, in the order of the run's thresholds. */
function grid<T>(
  result: ProblemResult,
  { methods, thresholds }: PageRun,
  cell: (row: ThresholdResult | undefined) => T,
): T[][] {
  return methods.map(method => {
    const rows = rowsOf(result, method)
    return thresholds.map(threshold => cell(rows.find(row => row.threshold === threshold)))
  })
}

function answerOf(row: ThresholdResult | undefined): PageAnswer {
  const [value, correct] = [row?.predicted ?? null, row?.correct ?? null]
  return row?.decision?.verdict === 'undecided' ? [value, correct, true] : [value, correct]
}

export function pageProblem(result: ProblemResult, run: PageRun): PageProblem {
  const { id, sample, problem, expected, steps, trace } = result
  return {
    name: sample > 0 ? `${id} #${sample + 1}` : id,
    question: problem,
    expected,
    steps: steps.length,
    tokens: trace.tokens,
    answers: grid(result, run, answerOf),
  }
}

/** @param mostOutput characters of what was written again; of longer ones the end is carried, where the answer is */
export function pageTrace(result: ProblemResult, run: PageRun, mostOutput: number): PageTrace {
  const { trace, seed, splitter } = result
  const rowOf = (row: ThresholdResult | undefined): PageRow => {
    const output = row?.output ?? null
    const shortened = output !== null && output.length > mostOutput
    return {
      answer: answerOf(row),
      output: shortened ? output.slice(output.length - mostOutput) : output,
      shortened,
      finishTokens: row?.resumed?.tokens ?? null,
    }
  }
  const floor = result.thresholds.find(({ method }) => method === 'nothing kept')
  const prunable = {
    tokens: result.steps.map(({ tokens }) => tokens),
    scores: run.methods.map(name => result.methods.find(of => of.method === name)?.scores ?? []),
    hidden: hiddenOf(result, run),
  }
  const kept = grid(result, run, row => row?.kept ?? [])
  const other = differs(prunable, run.thresholds, run.pruning, kept)
  const methods = run.methods.map(name => result.methods.find(of => of.method === name))
  return {
    ...prunable,
    looks: methods.map(method => method?.looks ?? null),
    layers: methods.map(method => method?.layers ?? null),
    text: trace.text,
    steps: rangesOf(result),
    seed,
    splitter,
    finish: trace.finish,
    rows: grid(result, run, rowOf),
    floor: floor === undefined ? null : rowOf(floor),
    recorded: other ? kept : null,
  }
}

/** Steps that no row has, the unpruned one neither. */
function hiddenOf({ steps, thresholds }: ProblemResult, { hideAnswer }: PageRun): number[] {
  if (!hideAnswer) return []
  const seen = new Set(thresholds.find(({ threshold }) => threshold === 0)?.kept)
  return steps.map(({ index }) => index).filter(index => !seen.has(index))
}

/** Ranges where the texts stand in the trace, one behind the other: a text is carried once. */
function rangesOf({ trace, steps }: ProblemResult): PageTrace['steps'] {
  let at = 0
  return steps.map(({ text }) => {
    const start = trace.text.indexOf(text, at)
    if (start < 0) return text
    at = start + text.length
    return [start, at] as const
  })
}
