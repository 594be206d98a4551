/** The heads that the method step-graph reads. */

import { CotPruneError } from '../../base/errors.js'
import { type ChosenHeads, findHeadProfile, readHeadProfile } from '../../experiment/index.js'

/** What a command knows of them. */
export interface HeadsFlags {
  readonly model: string
  readonly heads?: string
}

/** Of a file, or the profile that belongs to the model file; null where there is none. */
export function findHeads({ heads }: HeadsFlags, modelFile: string): Promise<ChosenHeads | null> {
  return heads === undefined ? findHeadProfile(modelFile) : readHeadProfile(heads, modelFile)
}

/** @throws CotPruneError ERR_HEADS_MODEL where there are none */
export async function chosenHeads(flags: HeadsFlags, modelFile: string): Promise<ChosenHeads> {
  const found = await findHeads(flags, modelFile)
  if (found !== null) return found
  throw new CotPruneError(
    'ERR_HEADS_MODEL',
    `the method step-graph reads chosen heads, and ${howTo(flags)}`,
  )
}

/** What to do where no heads are known. */
export const howTo = ({ model }: HeadsFlags): string =>
  `none are known for this model: cot-prune calibrate --model ${model} finds them`
