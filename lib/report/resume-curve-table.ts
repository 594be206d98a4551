/** Traces that were cut in several places and thought on: how many answers are right, a column a cut. */

import type { ResumeAtCut, ThresholdSummary } from '../experiment/index.js'
import type { CutPoint } from '../index.js'
import { tableOf } from './grid.js'
import { renderTable } from './threshold-table.js'

/** The whole table of what was cut before the answer, and the curve over all cuts. */
export async function renderResumed(cuts: readonly ResumeAtCut[]): Promise<string> {
  const before = cuts.find(({ cut }) => cut === 'before-answer')
  const tables = before === undefined ? [] : [await renderTable(before.summary)]
  if (cuts.length > 1) tables.push(await renderResumeCurve(cuts))
  return tables.join('\n')
}

/** A row a method and threshold, a column a cut, the earliest first and before the answer last. */
export async function renderResumeCurve(cuts: readonly ResumeAtCut[]): Promise<string> {
  const columns = [...cuts].sort((a, b) => shareOf(a.cut) - shareOf(b.cut))
  const rows = columns[0]?.summary.thresholds ?? []
  // unpruned, all methods are one
  const shown = rows.filter((row, i) => row.threshold > 0 || i === 0)
  const cell = ({ summary }: ResumeAtCut, { method, threshold }: ThresholdSummary) => {
    const row = summary.thresholds.find(
      other => other.method === method && other.threshold === threshold,
    )
    if (row === undefined) return '-'
    const tokens = row.tokensToFinish === null ? '' : `, ${row.tokensToFinish.toFixed(0)}`
    return `${row.correct}/${row.total}${tokens}`
  }
  const table = await tableOf(
    ['Thought on from', ...columns.map(({ cut }) => titleOf(cut))],
    shown.map(row => [nameOf(row), ...columns.map(column => cell(column, row))]),
  )
  const leaks = columns
    .filter(({ summary }) => summary.leaking.length > 0)
    .map(({ cut, summary }) => `${titleOf(cut)} in ${summary.leaking.length}`)
  const seen =
    leaks.length === 0 ? [] : [`The answer is stated before the cut: ${leaks.join(', ')}.`]
  return [table, 'Right of all, and mean tokens to finish.', ...seen].join('\n')
}

const shareOf = (cut: CutPoint): number =>
  cut !== 'before-answer' && 'share' in cut ? cut.share : Number.POSITIVE_INFINITY

function titleOf(cut: CutPoint): string {
  if (cut === 'before-answer') return 'before answer'
  return 'share' in cut ? `at ${Math.round(cut.share * 100)} %` : `last ${cut.steps}`
}

function nameOf({ method, threshold, overNothing }: ThresholdSummary): string {
  if (threshold === 0) return 'unpruned'
  return threshold === 1 && overNothing === null ? method : `${method} ${threshold}`
}
