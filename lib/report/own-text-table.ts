/** The table of pruning in flight where no answer says what it did. */

import type { OwnTextSummary, Paired } from '../experiment/index.js'
import { budgetText } from './budget-text.js'
import { tableOf } from './grid.js'
import { percent } from './numbers.js'

/** Render a row for each variant and budget. */
export async function renderOwnText(rows: readonly OwnTextSummary[]): Promise<string> {
  const table = await tableOf(
    [
      'In flight',
      'Budget',
      'Log-probability',
      'Against none',
      'Over random',
      'Evicted',
      'Peak cached',
    ],
    rows.map(row => [
      row.variant,
      budgetText(row.budget),
      row.logprob.toFixed(3),
      pairedText(row.change),
      row.overRandom === null ? '-' : pairedText(row.overRandom),
      percent(row.evicted),
      row.peakCachedTokens.toFixed(0),
    ]),
  )
  const notes = [
    `The model's own words, ${rows[0]?.problems ?? 0} texts, read with the cache pruned: log-probability of a token behind the`,
    'first eviction, mean over texts; differences paired, ± half a 95 % interval.',
  ]
  return [table, ...notes].join('\n')
}

const pairedText = ({ value, halfWidth }: Paired): string =>
  `${value > 0 ? '+' : ''}${value.toFixed(3)} ± ${halfWidth.toFixed(3)}`
