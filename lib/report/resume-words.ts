/** What a table of resumed traces has shown, in words: for readers who read one line of it. Pure. */

import type { ExperimentSummary, ThresholdSummary } from '../experiment/index.js'
import type { CutPoint } from '../index.js'
import { points } from './numbers.js'

/** One sentence each: what was done, what the ends of the scale are, what of each method was shown and what not. */
export function resumeInWords(summary: ExperimentSummary): string[] {
  const rows = summary.thresholds
  const [unpruned] = rows
  const floor = rows.find(({ overNothing, threshold }) => threshold === 1 && overNothing === null)
  if (summary.cut === null || unpruned === undefined) return []
  const pruned = rows.filter(row => row.threshold > 0 && row !== floor)
  return [
    `Traces were cut ${cutText(summary.cut)}, pruned, and thought on from there; no row has seen the answer${leakText(summary)}.`,
    scaleText(unpruned, floor),
    ...[...new Set(pruned.map(({ method }) => method))].flatMap(name =>
      shownText(pruned.filter(({ method }) => method === name)),
    ),
    ...costText(pruned, floor),
  ]
}

export function cutText(cut: CutPoint): string {
  if (cut === 'before-answer') return 'before the first step that states the answer'
  if ('share' in cut) return `at ${Math.round(cut.share * 100)} % of the thinking`
  return cut.steps === 1 ? 'before the last step' : `before the last ${cut.steps} steps`
}

function leakText({ leaking }: ExperimentSummary): string {
  if (leaking.length === 0) return ''
  return `, but in ${leaking.length} problem${leaking.length === 1 ? '' : 's'} that state it before the cut`
}

const right = ({ correct, total }: ThresholdSummary) => `${correct} of ${total}`
const tokens = (count: number | null) => (count === null ? '-' : `${Math.round(count)} tokens`)

function scaleText(unpruned: ThresholdSummary, floor: ThresholdSummary | undefined): string {
  const whole = `Unpruned, ${right(unpruned)} are right after ${tokens(unpruned.tokensToFinish)}`
  if (floor === undefined) return `${whole}.`
  return `${whole}; from the problem alone ${right(floor)} after ${tokens(floor.tokensToFinish)}.`
}

const chance = 0.05

/** Of one method: where it is ahead of random, where behind, and where neither can be said. */
function shownText(rows: readonly ThresholdSummary[]): string[] {
  const compared = rows.filter(({ overRandom }) => overRandom !== null)
  const [first] = compared
  if (first === undefined) return []
  const told = compared.filter(({ overRandom }) => (overRandom?.pValue ?? 1) < chance)
  const ahead = told.filter(({ overRandom }) => (overRandom?.accuracy ?? 0) > 0)
  const behind = told.filter(row => !ahead.includes(row))
  const open = compared.filter(row => !told.includes(row))
  const at = (some: readonly ThresholdSummary[]) =>
    some
      .map(({ threshold, overRandom }) => `${threshold} (${points(overRandom?.accuracy ?? 0)})`)
      .join(', ')
  const name = first.method
  return [
    ...(ahead.length > 0
      ? [`Shown: ${name} keeps more answers right than random at ${at(ahead)}.`]
      : []),
    ...(behind.length > 0 ? [`Shown: random keeps more right than ${name} at ${at(behind)}.`] : []),
    ...(open.length > 0
      ? [
          `Not shown, for ${first.total} problems: a difference of ${name} and random at ${at(open)}.`,
        ]
      : []),
  ]
}

/** Whether what is left is worth having: a trace that is finished sooner than the problem is solved anew. */
function costText(
  rows: readonly ThresholdSummary[],
  floor: ThresholdSummary | undefined,
): string[] {
  const dear = rows.filter(
    ({ tokensToFinish }) =>
      floor?.tokensToFinish != null &&
      tokensToFinish !== null &&
      tokensToFinish >= floor.tokensToFinish,
  )
  if (dear.length === 0) return []
  const names = dear.map(({ method, threshold }) => `${method} ${threshold}`).join(', ')
  return [`As dear as solving it anew, by tokens: ${names}.`]
}
