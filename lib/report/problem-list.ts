/** Problem by problem: what was answered at each threshold. */

import type { ProblemResult, ThresholdResult } from '../experiment/index.js'

/** A line for each problem, sample and method; an answer that is not known to be right or wrong has no mark, one that is undecided `?`. */
export async function renderProblems(results: readonly ProblemResult[]): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const rows = results.flatMap(rowsOf)
  const thresholds = [...new Set(results.flatMap(of => of.thresholds.map(row => row.threshold)))]
  const several = new Set(rows.map(({ method }) => method)).size > 1
  const head = ['Problem', ...(several ? ['Method'] : []), 'Expected', 'Steps', 'Tokens']
  const table = new Table({
    head: [...head, ...thresholds.map(threshold => `at ${threshold}`)],
    style: { head: [], border: [], compact: true },
  })
  for (const { result, method, answers } of rows) {
    const { id, sample, expected, steps, trace } = result
    const name = sample > 0 ? `${id} #${sample + 1}` : id
    const counts = [expected ?? '-', String(steps.length), String(trace.tokens)]
    table.push([name, ...(several ? [method] : []), ...counts, ...answers.map(renderAnswer)])
  }
  return table.toString()
}

interface Row {
  readonly result: ProblemResult
  readonly method: string
  readonly answers: readonly ThresholdResult[]
}

function rowsOf(result: ProblemResult): Row[] {
  const methods = [...new Set(result.thresholds.map(({ method }) => method))]
  return methods.map(method => ({
    result,
    method,
    answers: result.thresholds.filter(row => row.method === method),
  }))
}

function renderAnswer({ predicted, correct, decision }: ThresholdResult): string {
  const wrong = decision?.verdict === 'undecided' ? ' ?' : ' ✗'
  const mark = correct === null ? '' : correct ? ' ✓' : wrong
  return `${predicted ?? '-'}${mark}`
}
