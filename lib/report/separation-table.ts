/** Tables of scores: which tell the steps that matter, and what is left where they prune. */

import type { Calibration, Compression, Estimate, Separation } from '../experiment/index.js'
import { tableOf } from './grid.js'

const columns = [
  ['AUC', 'auc'],
  ['Rest', 'rest'],
  ['Answer', 'answer'],
] as const satisfies readonly (readonly [string, keyof Separation])[]

const notes: Readonly<Record<(typeof columns)[number][1], string>> = {
  auc: 'AUC: of needed against other steps, the last step left out; 0.5 is a coin.',
  rest: 'Rest: rank correlation with how much less likely the rest of the thinking is without a step.',
  answer: 'Answer: the same with the right answer.',
}

/** One row a score, the best first; only columns that were measured. ± is half of a 95 % interval. */
export async function renderSeparations(rows: readonly Separation[]): Promise<string> {
  const shown = columns.filter(([, key]) => rows.some(row => row[key] !== null))
  const [first] = shown
  const by = (row: Separation) => (first && row[first[1]]?.mean) ?? Number.NEGATIVE_INFINITY
  const traces = Math.max(0, ...rows.flatMap(row => shown.map(([, key]) => row[key]?.traces ?? 0)))
  const table = await tableOf(
    ['Score', ...shown.map(([title]) => title)],
    rows
      .toSorted((a, b) => by(b) - by(a))
      .map(row => [row.score, ...shown.map(([, key]) => estimateText(row[key]))]),
  )
  return [table, ...shown.map(([, key]) => notes[key]), `${traces} traces.`].join('\n')
}

const chosenNote =
  'What is judged on a kind was chosen on all others. ± is half of a 95 % interval.'

/** The judgements of a calibration, in its order. */
export async function renderCalibration({ measure, rows }: Calibration): Promise<string> {
  const title = measure === 'auc' ? 'AUC' : 'Correlation'
  const table = await tableOf(
    ['Score', title, 'Traces'],
    rows.map(({ score, value, halfWidth, traces }) => [
      score,
      estimateText({ mean: value, halfWidth, traces }),
      String(traces),
    ]),
  )
  return `${table}\n${measure === 'auc' ? notes.auc : notes.rest}\n${chosenNote}`
}

/** One row a score, one column a threshold: needed steps kept, other steps removed. */
export async function renderCompressions(rows: readonly Compression[]): Promise<string> {
  const thresholds = [...new Set(rows.map(({ threshold }) => threshold))]
  const names = [...new Set(rows.map(({ score }) => score))]
  const percent = (share: number | undefined) =>
    share === undefined || Number.isNaN(share) ? '-' : (100 * share).toFixed(0)
  const cell = (score: string, threshold: number) => {
    const row = rows.find(other => other.score === score && other.threshold === threshold)
    return `${percent(row?.neededKept)} / ${percent(row?.othersRemoved)}`
  }
  const table = await tableOf(
    ['Score', ...thresholds.map(String)],
    names.map(name => [name, ...thresholds.map(threshold => cell(name, threshold))]),
  )
  return `${table}\nNeeded steps kept / other steps removed, in per cent; the last step is protected.`
}

function estimateText(estimate: Estimate | null): string {
  if (estimate === null || Number.isNaN(estimate.mean)) return '-'
  const { mean, halfWidth } = estimate
  const width = Number.isNaN(halfWidth) ? '' : ` ± ${halfWidth.toFixed(2)}`
  return `${mean.toFixed(3).replace('-', '−')}${width}`
}
