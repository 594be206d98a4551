/** What a study reads: problems and labelled traces, as its flags say. */

import type { StudyPlan } from '../../../experiment/index.js'
import { askOf } from '../ask-flags.js'
import { labelledTraces, limitedDataset } from '../calibration.js'
import { openFlagged } from '../dataset-flags.js'
import { type StudyQuestion, sizeOf } from './flags.js'

export async function inputsOf(flags: StudyQuestion): Promise<Omit<StudyPlan, 'model'>> {
  const { parts, limit, problems, maxTokens, shares, inFlight } = sizeOf(flags)
  const { heads, seed } = flags
  return {
    ...{ parts, maxTokens, shares, inFlight, heads, seed },
    dataset: limitedDataset(await openFlagged(flags), problems),
    labelled: await labelledTraces({ ...flags, ...(limit !== undefined && { limit }) }),
    ask: askOf(flags),
  }
}
