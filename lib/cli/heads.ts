/** The heads that the method step-graph reads. */

import { invalidValue } from '../errors.js'
import { type ChosenHeads, readChosenHeads } from '../experiment/index.js'
import { embeddedModel } from '../index.js'
import { embeddedName } from './options.js'

export interface HeadsFlags {
  readonly model: string
  readonly heads?: string
}

/** Of a file, or those that belong to the embedded model. */
export async function chosenHeads({ heads, model }: HeadsFlags): Promise<ChosenHeads> {
  if (heads !== undefined) return readChosenHeads(heads)
  if (model === embeddedName) return readChosenHeads((await embeddedModel()).heads)
  const expected = 'a file that cot-prune calibrate --out wrote, for the method step-graph'
  throw invalidValue('--heads', expected, heads)
}
