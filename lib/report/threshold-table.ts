/** The comparison table: what pruning at each threshold did to accuracy, steps and length. */

import type { ExperimentSummary, ThresholdSummary } from '../experiment/index.js'
import { intervalOf, percent, points, signed, withInterval } from './numbers.js'
import { renderPasses } from './passes-table.js'
import { resumeInWords } from './resume-words.js'
import { samplingText } from './sampling-text.js'

export interface Column {
  readonly title: string
  readonly cell: (row: ThresholdSummary) => string
}

const threshold: Column = {
  title: 'Threshold',
  cell: row => (row.threshold === 0 ? `${row.threshold} (base)` : String(row.threshold)),
}
const accuracy: Column = {
  title: 'Accuracy',
  cell: row => withDifference(percent(row.accuracy), row.change && points(row.change.accuracy)),
}
const interval: Column = { title: '95 % interval', cell: row => intervalOf(row.interval) }
const stepsKept: Column = { title: 'Steps kept', cell: row => percent(row.stepsKept) }
const tokensKept: Column = { title: 'Tokens kept', cell: row => percent(row.tokensKept) }
const averageLength: Column = {
  title: 'Avg length',
  cell: row =>
    withDifference(
      row.averageLength === null ? '-' : row.averageLength.toFixed(0),
      row.threshold === 0 || row.reduction === null ? null : `${signed(-row.reduction * 100, 0)}%`,
    ),
}
const correct: Column = { title: 'Correct/total', cell: row => `${row.correct}/${row.total}` }

const method: Column = { title: 'Method', cell: row => row.method }
const change: Column = { title: 'Against base', cell: row => withInterval(row.change) }
const overRandom: Column = { title: 'Against random', cell: row => withInterval(row.overRandom) }
const plainAccuracy: Column = { title: 'Accuracy', cell: row => percent(row.accuracy) }

const toFinish: Column = {
  title: 'Tokens to finish',
  cell: row => row.tokensToFinish?.toFixed(0) ?? '-',
}
const derivedAgain: Column = { title: 'Derived again', cell: row => percent(row.derivedAgain) }
const overNothing: Column = {
  title: 'Against nothing kept',
  cell: row => withInterval(row.overNothing),
}

/** One method is compared with its baseline, several with each other; what was resumed, with nothing at all, too. */
export function columnsOf({ thresholds: rows, cut }: ExperimentSummary): readonly Column[] {
  const methods = new Set(rows.map(row => row.method))
  if (cut !== null) {
    const other = methods.has('random') ? [overRandom] : []
    const against = [change, ...other, overNothing]
    return [
      method,
      threshold,
      plainAccuracy,
      ...against,
      toFinish,
      derivedAgain,
      tokensKept,
      correct,
    ]
  }
  if (methods.size < 2) {
    return [threshold, accuracy, interval, stepsKept, averageLength, correct]
  }
  const other = methods.has('random') ? [overRandom] : []
  return [method, threshold, plainAccuracy, interval, change, ...other, tokensKept, correct]
}

/** Render the table, and under it what its numbers cannot carry. */
export async function renderTable(summary: ExperimentSummary): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const columns = columnsOf(summary)
  const texts = new Set([method, threshold])
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(column => (texts.has(column) ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  // the baseline is the same for all methods
  const [first] = summary.thresholds
  const rows = summary.thresholds.filter(row => row.threshold > 0 || row.method === first?.method)
  table.push(...rows.map(row => columns.map(({ cell }) => cell(row))))
  const passes = await renderPasses(summary)
  return [table.toString(), ...notes(summary), ...(passes === null ? [] : [passes])].join('\n')
}

/** What the numbers cannot carry, and what is left out of them. */
export function notes(summary: ExperimentSummary): string[] {
  const lines = [...resumeInWords(summary), ...numberNotes(summary)]
  const sample = summary.cut === null ? sampleNote(summary) : null
  if (sample !== null) lines.push(sample)
  const groups = [
    { ids: summary.noVerifiedAnswer, what: 'No verified answer, left out of the accuracy' },
    { ids: summary.noSteps, what: 'No steps, left out of steps kept and length' },
    { ids: summary.fewSteps, what: 'Fewer than two steps, nothing to choose from' },
    { ids: summary.cutOff, what: 'Chain of thought cut off before its end' },
    { ids: summary.looping, what: 'Of these in a loop' },
    { ids: summary.forcedClose, what: 'Thinking closed by its budget' },
  ]
  for (const { ids, what } of groups) if (ids.length > 0) lines.push(`${what}: ${count(ids)}.`)
  const undecided = Math.max(0, ...summary.thresholds.map(row => row.undecided))
  if (undecided > 0) {
    lines.push(
      `Answers that are neither surely equal nor different, counted as not right: ${undecided} of a row at most.`,
    )
  }
  if (summary.sampling !== null) lines.push(`${samplingText(summary.sampling)}.`)
  const splitters = splitterNote(summary.splitters)
  if (splitters !== null) lines.push(splitters)
  const ends = endsNote(summary.ends)
  if (ends !== null) lines.push(ends)
  if (summary.hideAnswer) {
    lines.push(
      'Steps that state the answer were taken out of all rows before pruning (hideAnswer).',
    )
  }
  if (summary.askAgain) {
    lines.push('All rows were asked for their answer alike, the baseline too (askAgain).')
  }
  if (summary.finished < summary.planned) {
    lines.push(`Unfinished: ${summary.finished} of ${summary.planned} problems.`)
  }
  return lines
}

/** Says it where steps are of different kinds, since no column shows it. */
function splitterNote(splitters: ExperimentSummary['splitters']): string | null {
  const counts = Object.entries(splitters)
  if (counts.length < 2) return null
  const [first, ...others] = counts.map(([name, traces]) => [name, `in ${traces}`].join(' '))
  return `Steps were found by ${[`${first} traces`, ...others].join(', ')}.`
}

/** Said where not every thinking was closed: rows of other ends are other rows. */
function endsNote(ends: ExperimentSummary['ends']): string | null {
  if (ends === null || (ends.cut === 0 && ends['never-opened'] === 0)) return null
  const open = ends['never-opened'] === 0 ? '' : `, ${ends['never-opened']} without a closing tag`
  const cut =
    ends.cut === 0
      ? ''
      : `, ${ends.cut} cut off (all their rows get the same end and the same budget)`
  return `Thinking: ${ends.closed} closed${cut}${open}.`
}

function numberNotes({ thresholds, correlations, samples }: ExperimentSummary): string[] {
  const intervals = samples > 1 ? 'intervals over problems, by a bootstrap' : 'Wilson intervals'
  if (correlations.length === 0) {
    return [`Accuracy in %, differences in points; length in characters; ${intervals}.`]
  }
  const ranks = correlations.map(({ methods, rank }) => {
    return `${methods.join(' and ')} ${rank === null ? '-' : signed(rank, 2)}`
  })
  const random = thresholds.some(row => row.overRandom !== null)
  return [
    `Accuracy in %, ${intervals}; differences in points, paired bootstrap intervals of 95 %${random ? '; random keeps as many tokens' : ''}.`,
    `Rank correlation of the scores, mean over traces: ${ranks.join(', ')}.`,
  ]
}

/** Says which differences the sample carries, by a paired exact test; null where all are carried. */
function sampleNote({ thresholds: rows, passes = [] }: ExperimentSummary): string | null {
  const compared = rows.filter(row => row.change !== null)
  const several = new Set(rows.map(row => row.method)).size > 1
  const carried = compared.filter(row => (row.change?.pValue ?? 1) < 0.05)
  if (compared.length === carried.length) return null
  const test = 'paired exact test, p < 0.05'
  if (carried.length === 0) {
    const total = passes[0]?.problems ?? compared[0]?.total ?? 0
    const problems = `${total} ${total === 1 ? 'problem is' : 'problems are'}`
    return `${problems} too few to carry these differences: none is told from chance (${test}).`
  }
  const where = carried
    .map(row => (several ? `${row.method} ${row.threshold}` : row.threshold))
    .join(', ')
  return `Only the differences at ${where} can be told from chance (${test}).`
}

function count(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).join(', ') + (ids.length > 5 ? ', …' : '')
  return `${ids.length} problem${ids.length === 1 ? '' : 's'} (id ${shown})`
}

function withDifference(value: string, difference: string | null): string {
  return difference === null ? value : `${value} (${difference})`
}
