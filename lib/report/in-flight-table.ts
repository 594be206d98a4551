/** The table of pruning in flight: what each way cost and what it got right. */

import type { InFlightSummary } from '../experiment/index.js'
import { tableOf } from './grid.js'
import { intervalOf, percent, withInterval } from './numbers.js'

/** Render one row for each variant. */
export async function renderInFlight(rows: readonly InFlightSummary[]): Promise<string> {
  const [first] = rows
  const head = ['In flight', 'Accuracy', '95 % interval', `Against ${first?.variant ?? 'first'}`]
  const columns = [...head, 'Tokens', 'Evicted', 'Peak cached', 'Looks decode', 'Tokens/s']
  const whole = (value: number | null) => value?.toFixed(0) ?? '-'
  const table = await tableOf(
    columns,
    rows.map(row => [
      row.variant,
      percent(row.accuracy),
      intervalOf(row.interval),
      withInterval(row.change),
      whole(row.tokens),
      percent(row.evicted),
      whole(row.peakCachedTokens),
      whole(row.extraTokens),
      whole(row.tokensPerSecond),
    ]),
  )
  const exits = rows.flatMap(({ variant, exited }) =>
    exited ? [`${variant} ended ${percent(exited)} of the thinkings early.`] : [],
  )
  const note =
    'Means over problems; accuracy in %, Wilson intervals; differences in points, paired bootstrap.'
  const loops = rows.flatMap(({ variant, looping, problems }) =>
    looping > 0 ? [`${variant} went round in circles in ${looping} of ${problems}.`] : [],
  )
  return [table, note, ...exits, ...loops].join('\n')
}
