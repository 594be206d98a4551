/** A calibration in words, with its table, and how far two of them agree. */

import { type Calibration, headAgreement } from '../experiment/index.js'
import { renderCalibration } from './separation-table.js'

/** Heads, scoring, and the table. @param name of the model */
export async function calibrationText(name: string, calibration: Calibration): Promise<string> {
  const { labels, heads, score, kinds } = calibration
  const by = labels === 'needed' ? 'labelled traces' : 'traces from which steps were left out'
  return [
    `${name}, by ${by}: ${kinds.join(', ')}`,
    `layer/head ${headsText(heads)}; ${score.aggregate}, inherit ${score.inherit}`,
    await renderCalibration(calibration),
  ].join('\n')
}

/** How far two calibrations of one model agree. */
export function agreementText(one: Calibration, other: Calibration): string {
  const { rankCorrelation, shared, of } = headAgreement(one, other)
  return (
    `Against the heads known before (${headsText(other.heads)}, by ${other.labels}): rank correlation of all ` +
    `heads ${rankCorrelation?.toFixed(2) ?? '-'}, ${shared} of the best ${of} shared.`
  )
}

const headsText = (heads: Calibration['heads']): string =>
  heads.map(({ layer, head }) => `${layer}/${head}`).join(', ')
