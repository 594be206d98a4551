/** What pruning does to the next step, as a table for each place of the cut. */

import type { CutBefore, NextStepRow } from '../experiment/next-step.js'

const titles: Readonly<Record<CutBefore, string>> = {
  step: 'Before a needed step on the way',
  conclusion: 'Before the last step, which states the result',
}

export async function renderNextSteps(rows: readonly NextStepRow[]): Promise<string> {
  const tables: string[] = []
  for (const before of ['step', 'conclusion'] as const) {
    const own = rows.filter(row => row.before === before)
    if (own.length > 0) tables.push(titles[before], await tableOf(own))
  }
  const note =
    'Log-probability of the digits of the true step, behind what each score keeps: as many tokens as the ' +
    'needed steps have, and the newest step.'
  return [...tables, note].join('\n')
}

async function tableOf(rows: readonly NextStepRow[]): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: ['Score', 'Needed kept', 'Log-probability', 'Over random', 'Cuts'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows.toSorted((a, b) => b.logprob - a.logprob)) {
    const { score, neededKept, logprob, overRandom, cuts } = row
    const sign = (overRandom?.logprob ?? 0) >= 0 ? '+' : '−'
    const over =
      overRandom === null
        ? ''
        : `${sign}${Math.abs(overRandom.logprob).toFixed(2)} ± ${overRandom.halfWidth.toFixed(2)}`
    table.push([
      score,
      `${(100 * neededKept).toFixed(0)} %`,
      logprob.toFixed(2),
      over,
      String(cuts),
    ])
  }
  return String(table)
}
