/** A calibration in words, with its table, and how far two of them agree. */

import { type Calibration, type FutureCalibration, headAgreement } from '../experiment/index.js'
import { tableOf } from './grid.js'
import { renderCalibration } from './separation-table.js'

/** What a calibration chose, as text: heads, scoring, and the table. @param name of the model */
export async function calibrationText(name: string, calibration: Calibration): Promise<string> {
  const { labels, heads, score, kinds } = calibration
  const by = labels === 'needed' ? 'labelled traces' : 'traces from which steps were left out'
  return [
    `${name}, by ${by}: ${kinds.join(', ')}`,
    `layer/head ${headsText(heads)}; ${score.aggregate}, inherit ${score.inherit}`,
    await renderCalibration(calibration),
  ].join('\n')
}

/** What `calibrateByFuture` chose, as text. @param name of the model */
export async function futureText(
  name: string,
  { heads, newest, mix, kinds, rows }: FutureCalibration,
): Promise<string> {
  const weights =
    mix === null
      ? 'mixing in recency and repetition foretells no more on kinds that it was not fitted on'
      : `looks ${mix.looks.toFixed(2)}, recency ${mix.recency.toFixed(2)}, repeated ${mix.repeated.toFixed(2)}`
  const table = await tableOf(
    ['Score', 'Correlation', 'Moments'],
    rows.map(({ score, value, halfWidth, moments }) => [
      score,
      `${value.toFixed(3)} ± ${halfWidth.toFixed(3)}`,
      String(moments),
    ]),
  )
  return [
    `${name}, by what later steps look at: ${kinds.join(', ')}`,
    `layer/head ${headsText(heads)}; mean of the newest ${newest} rows; ${weights}`,
    table,
    'Spearman, with what is looked at later, on kinds that were not used to choose; 95 % intervals.',
  ].join('\n')
}

/** How far two calibrations of one model agree, as text. @throws as `headAgreement` */
export function agreementText(one: Calibration, other: Calibration): string {
  const { rankCorrelation, shared, of } = headAgreement(one, other)
  return (
    `Against the heads known before (${headsText(other.heads)}, by ${other.labels}): rank correlation of all ` +
    `heads ${rankCorrelation?.toFixed(2) ?? '-'}, ${shared} of the best ${of} shared.`
  )
}

const headsText = (heads: Calibration['heads']): string =>
  heads.map(({ layer, head }) => `${layer}/${head}`).join(', ')
