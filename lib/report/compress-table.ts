/** What compressing a file saved, and what it cost. */

import type { CompressTotals } from '../experiment/index.js'
import { tableOf } from './grid.js'
import { percent } from './numbers.js'

/** Rows by what became of them, tokens before and after, time; answers where the model was asked again. */
export async function renderCompressed(totals: CompressTotals): Promise<string> {
  const { rows, pruned, unchanged, failed, tokensBefore, tokensAfter } = totals
  const { steps, removedSteps, readTokens, millis } = totals
  const seconds = millis / 1000
  const lines: [string, string][] = [
    ['rows', String(rows)],
    ['pruned', String(pruned)],
    ['nothing to prune', String(unchanged)],
    ...Object.entries(failed).map(([reason, count]): [string, string] => [
      `not pruned: ${reason}`,
      String(count),
    ]),
    ['steps removed', `${removedSteps} of ${steps} (${percent(share(removedSteps, steps))})`],
    ['thinking tokens before', String(tokensBefore)],
    ['after', `${tokensAfter} (${percent(share(tokensAfter, tokensBefore))})`],
    ['seconds', seconds.toFixed(1)],
    ['tokens read', String(readTokens)],
    ['tokens read a second', seconds > 0 ? (readTokens / seconds).toFixed(0) : '-'],
  ]
  const table = await tableOf(['Compressed', ''], lines)
  return [table, ...checkLines(totals)].join('\n')
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

function checkLines({ checked }: CompressTotals): readonly string[] {
  const { asked, whole, pruned, both } = checked
  if (asked === 0) return []
  const behind = `behind the whole thinking ${whole}, behind what is left ${pruned}`
  const kept =
    whole === 0 ? '' : `; of those ${whole}, ${both} (${percent(both / whole)}) are still derived`
  return [`Asked again in ${asked} turns, the model says the row's answer ${behind}${kept}.`]
}
