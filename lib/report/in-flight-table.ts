/** The tables of pruning in flight: what each way got right, and what it cost. */

import type { InFlightSummary } from '../experiment/index.js'
import { budgetText } from './budget-text.js'
import { tableOf } from './grid.js'
import { intervalOf, percent, withInterval } from './numbers.js'
import { barOf } from './sparkline.js'

/** Render a row for each variant and budget, and, of several budgets, the curve of accuracy against the cache. */
export async function renderInFlight(rows: readonly InFlightSummary[]): Promise<string> {
  const first = rows[0]?.variant ?? 'first'
  const right = await tableOf(
    [
      ...['In flight', 'Budget', 'Accuracy', '95 % interval', `Against ${first}`, 'Against random'],
      ...['Offline', 'Live over offline', 'Same answer', 'Same text'],
    ],
    rows.map(row => [
      row.variant,
      budgetText(row.budget),
      percent(row.accuracy),
      intervalOf(row.interval),
      withInterval(row.change),
      withInterval(row.overRandom),
      percent(row.offline?.accuracy ?? null),
      withInterval(row.offline?.live ?? null),
      percent(row.sameAnswer),
      percent(row.sameText),
    ]),
  )
  const cost = await tableOf(
    [
      ...['In flight', 'Budget', 'Tokens', 'Evicted', 'Peak cached', 'Looks decode'],
      ...['Loops', 'Forced closes', 'Tokens/s'],
    ],
    rows.map(row => [
      row.variant,
      budgetText(row.budget),
      whole(row.tokens),
      percent(row.evicted),
      whole(row.peakCachedTokens),
      whole(row.extraTokens),
      percent(row.looping),
      percent(row.forcedClose),
      whole(row.tokensPerSecond),
    ]),
  )
  const exits = rows.flatMap(({ variant, exited }) =>
    exited ? [`${variant} ended ${percent(exited)} of the thinkings early.`] : [],
  )
  const oracles = rows.flatMap(({ variant, budget, knew }) =>
    knew === null
      ? []
      : [
          `${variant} (${budgetText(budget)}) knew ${percent(knew)} of the steps that it looked at from ${first}'s run; the others went first.`,
        ],
  )
  const notes = [
    'Means over problems; accuracy in %, Wilson intervals; differences in points, paired bootstrap.',
    `Offline: the finished trace without what was evicted, read again and answered. Same answer, same text: as ${first},`,
    'the text as a share of it before the two go apart.',
  ]
  const undecided = Math.max(0, ...rows.map(row => row.undecided ?? 0))
  const open =
    undecided === 0
      ? []
      : [
          `Answers that are neither surely equal nor different, counted as not right: ${undecided} of a row at most.`,
        ]
  return [right, cost, ...(await curves(rows)), ...notes, ...open, ...oracles, ...exits].join('\n')
}

const whole = (value: number | null): string => value?.toFixed(0) ?? '-'

/** One line a variant: from the largest cache to the smallest, what it gets right; nothing of a single budget. */
async function curves(rows: readonly InFlightSummary[]): Promise<readonly string[]> {
  const pruned = rows.filter(({ budget }) => budget !== null)
  const budgets = new Set(pruned.map(({ budget }) => budgetText(budget)))
  if (budgets.size < 2) return []
  const lines = [...new Set(pruned.map(({ variant }) => variant))].map(variant => {
    const points = pruned
      .filter(row => row.variant === variant)
      .toSorted((a, b) => (b.peakCachedTokens ?? 0) - (a.peakCachedTokens ?? 0))
    const bar = ({ accuracy, sameAnswer }: InFlightSummary) => barOf(accuracy ?? sameAnswer ?? 0)
    const point = (row: InFlightSummary) =>
      `${whole(row.peakCachedTokens)}: ${percent(row.accuracy ?? row.sameAnswer)}`
    return [variant, points.map(bar).join(''), points.map(point).join('  ')]
  })
  return [await tableOf(['Curve', 'Accuracy', 'Peak cached: accuracy'], lines)]
}
