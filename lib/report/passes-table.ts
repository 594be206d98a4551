/** What several samples of each problem say together, as a table. */

import type { ExperimentSummary, PassShare } from '../experiment/index.js'
import { intervalOf, percent } from './numbers.js'

export interface TextTable {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** pass@k and majorities, a row as in the table of thresholds; null where each problem was solved once. */
export function passesTable({ passes = [], thresholds }: ExperimentSummary): TextTable | null {
  const [first] = thresholds
  // the baseline is the same for all methods
  const shown = passes.filter(({ threshold, method }) => threshold > 0 || method === first?.method)
  const [any] = shown
  if (any === undefined) return null
  // what one sample is worth, and all of them; those between are in the summary
  const sizes = any.passes.map(({ k }) => k).filter(k => k === 1 || k === any.samples)
  return {
    head: [
      ...['Method', 'Threshold', 'n', 'k'],
      ...sizes.map(k => `pass@${k}`),
      `cons@${any.samples}`,
    ],
    rows: shown.map(({ method, threshold, problems, samples, passes: shares, majority }) => [
      ...[method, String(threshold), String(problems), String(samples)],
      ...sizes.map(k => shareText(shares.find(share => share.k === k))),
      shareText(majority),
    ]),
  }
}

const shareText = (share: PassShare | undefined): string =>
  share === undefined ? '-' : `${percent(share.share)} (${intervalOf(share.interval)})`

export const passesNote =
  'n problems with k samples each: pass@k by the unbiased estimator, cons@k the answer that most samples give; intervals of 95 % over problems.'

export async function renderPasses(summary: ExperimentSummary): Promise<string | null> {
  const passes = passesTable(summary)
  if (passes === null) return null
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: [...passes.head],
    colAligns: passes.head.map((_, i) => (i < 2 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  table.push(...passes.rows.map(row => [...row]))
  return `${table}\n${passesNote}`
}
