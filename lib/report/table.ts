/** The comparison table: what pruning at each threshold did to accuracy, steps and length. */

import type { ExperimentSummary, ThresholdSummary } from '../experiment/types.js'

const head = ['Threshold', 'Accuracy', '95 % interval', 'Steps kept', 'Avg length', 'Correct/total']

/** Render the table, and under it what its numbers cannot carry. */
export async function renderTable(summary: ExperimentSummary): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head,
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  table.push(...summary.thresholds.map(renderRow))
  return [table.toString(), ...notes(summary)].join('\n')
}

function renderRow(row: ThresholdSummary): string[] {
  const threshold = String(row.threshold)
  return [
    row.threshold === 0 ? `${threshold} (base)` : threshold,
    withDifference(percent(row.accuracy), row.change && signed(row.change.accuracy * 100, 1)),
    row.interval ? row.interval.map(edge => (edge * 100).toFixed(1)).join(' to ') : '-',
    percent(row.stepsKept),
    withDifference(
      row.averageLength === null ? '-' : row.averageLength.toFixed(0),
      row.threshold === 0 || row.reduction === null ? null : `${signed(-row.reduction * 100, 0)}%`,
    ),
    `${row.correct}/${row.total}`,
  ]
}

function notes(summary: ExperimentSummary): string[] {
  const lines = ['Accuracy in %, differences in points; length in characters; Wilson intervals.']
  const sample = sampleNote(summary.thresholds)
  if (sample !== null) lines.push(sample)
  const groups = [
    { ids: summary.noVerifiedAnswer, what: 'No verified answer, left out of the accuracy' },
    { ids: summary.noSteps, what: 'No steps, left out of steps kept and length' },
    { ids: summary.cutOff, what: 'Chain of thought cut off before its end' },
  ]
  for (const { ids, what } of groups) if (ids.length > 0) lines.push(`${what}: ${count(ids)}.`)
  if (summary.finished < summary.planned) {
    lines.push(`Unfinished: ${summary.finished} of ${summary.planned} problems.`)
  }
  return lines
}

/** Says which differences the sample carries, by a paired exact test; null where all are carried. */
function sampleNote(rows: readonly ThresholdSummary[]): string | null {
  const compared = rows.filter(row => row.change !== null)
  const carried = compared.filter(row => (row.change?.pValue ?? 1) < 0.05)
  if (compared.length === carried.length) return null
  const test = 'paired exact test, p < 0.05'
  if (carried.length === 0) {
    const total = compared[0]?.total ?? 0
    const problems = `${total} ${total === 1 ? 'problem is' : 'problems are'}`
    return `${problems} too few to carry these differences: none is told from chance (${test}).`
  }
  const where = carried.map(row => row.threshold).join(', ')
  return `Only the differences at ${where} can be told from chance (${test}).`
}

function count(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).join(', ') + (ids.length > 5 ? ', …' : '')
  return `${ids.length} problem${ids.length === 1 ? '' : 's'} (id ${shown})`
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)}%`
}

function withDifference(value: string, difference: string | null): string {
  return difference === null ? value : `${value} (${difference})`
}

/** With a sign always, and no negative zero. */
function signed(value: number, digits: number): string {
  const text = value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1')
  return text.startsWith('-') ? text : `+${text}`
}
