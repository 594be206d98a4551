/** What pruning does to the next step, as a table for each place of the cut. */

import type { CutBefore, NextStepRow } from '../experiment/index.js'
import { tableOf } from './grid.js'

const titles: Readonly<Record<CutBefore, string>> = {
  step: 'Before a needed step on the way',
  conclusion: 'Before the last step, which states the result',
}

/** What `nextSteps` found, as a table of text for each place of the cut; natural logarithms, and half of a 95 % interval. */
export async function renderNextSteps(rows: readonly NextStepRow[]): Promise<string> {
  const tables: string[] = []
  for (const before of ['step', 'conclusion'] as const) {
    const own = rows.filter(row => row.before === before)
    if (own.length > 0) tables.push(titles[before], await ofPlace(own))
  }
  const note =
    'Log-probability of the digits of the true step, behind what each score keeps: as many tokens as the ' +
    'needed steps have, and the newest step.'
  return [...tables, note].join('\n')
}

function ofPlace(rows: readonly NextStepRow[]): Promise<string> {
  return tableOf(
    ['Score', 'Needed kept', 'Log-probability', 'Over random', 'Cuts'],
    rows
      .toSorted((a, b) => b.logprob - a.logprob)
      .map(({ score, neededKept, logprob, overRandom, cuts }) => [
        score,
        `${(100 * neededKept).toFixed(0)} %`,
        logprob.toFixed(2),
        overRandom === null ? '' : signed(overRandom.logprob, overRandom.halfWidth),
        String(cuts),
      ]),
  )
}

const signed = (value: number, halfWidth: number): string =>
  `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)} ± ${halfWidth.toFixed(2)}`
