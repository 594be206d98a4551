/** The table of scores: how well each tells needed steps from others. */

import type { Separation } from '../experiment/types.js'

/** Render one row for each score, the best first. */
export async function renderSeparations(rows: readonly Separation[]): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const effects = rows.some(({ effectRank }) => effectRank !== null)
  const head = ['Score', 'AUC', '95 % interval', 'Traces', ...(effects ? ['Effect'] : [])]
  const table = new Table({
    head,
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  for (const { score, auc, halfWidth, traces, effectRank } of rows.toSorted(
    (a, b) => b.auc - a.auc,
  )) {
    const [low, high] = [Math.max(0, auc - halfWidth), Math.min(1, auc + halfWidth)]
    const interval = `${low.toFixed(2)} to ${high.toFixed(2)}`
    const effect = effects ? [effectRank?.toFixed(2) ?? '-'] : []
    table.push([score, auc.toFixed(3), interval, String(traces), ...effect])
  }
  const note = 'AUC of needed against other steps, the last step left out; 0.5 is a coin.'
  const effectNote =
    'Effect: rank correlation with how much less likely the right answer is without a step.'
  return [String(table), note, ...(effects ? [effectNote] : [])].join('\n')
}
