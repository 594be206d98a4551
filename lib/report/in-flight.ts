/** The table of pruning in flight: what each way cost and what it got right. */

import type { InFlightSummary } from '../experiment/in-flight.js'
import { intervalOf, percent, withInterval } from './numbers.js'

/** Render one row for each variant. */
export async function renderInFlight(rows: readonly InFlightSummary[]): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const [first] = rows
  const head = ['In flight', 'Accuracy', '95 % interval', `Against ${first?.variant ?? 'first'}`]
  const columns = [...head, 'Tokens', 'Evicted', 'Peak cached', 'Looks decode', 'Tokens/s']
  const table = new Table({
    head: columns,
    colAligns: columns.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  const whole = (value: number | null) => value?.toFixed(0) ?? '-'
  for (const row of rows) {
    table.push([
      row.variant,
      percent(row.accuracy),
      intervalOf(row.interval),
      withInterval(row.change),
      whole(row.tokens),
      percent(row.evicted),
      whole(row.peakCachedTokens),
      whole(row.extraTokens),
      whole(row.tokensPerSecond),
    ])
  }
  const exits = rows.flatMap(({ variant, exited }) =>
    exited ? [`${variant} ended ${percent(exited)} of the thinkings early.`] : [],
  )
  const note =
    'Means over problems; accuracy in %, Wilson intervals; differences in points, paired bootstrap.'
  return [String(table), note, ...exits].join('\n')
}
