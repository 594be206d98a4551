/** `cot-prune calibrate`: which heads of a model follow the needed steps. */

import { writeFile } from 'node:fs/promises'
import {
  type Calibration,
  findHeadProfile,
  headProfile,
  saveHeadProfile,
} from '../../../experiment/index.js'
import { agreementText, calibrationText } from '../../../report/index.js'
import type { AskFlags } from '../ask-flags.js'
import { calibrateOnDeletion, calibrateOnLabels } from '../calibration.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { note } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'

export interface CalibrateFlags extends ModelFlags, AskFlags, SegmentFlags {
  readonly labels: Calibration['labels']
  readonly traces?: string
  readonly dataset: string
  readonly limit?: number
  readonly maxTokens: number
  readonly heads: number
  readonly context?: number
  readonly threads?: number
  readonly out?: string
  readonly json?: boolean
}

export async function calibrateCommand(flags: CalibrateFlags): Promise<void> {
  const file = await modelPath(flags.model)
  // one that cannot be read is what this replaces
  const known = await findHeadProfile(file).catch(() => null)
  const model = await openModel(file, flags)
  try {
    const { context: contextLength, threads } = flags
    const session = await model.createSession({ contextLength, threads })
    if (segmentingOf(flags) !== undefined && (flags.labels === 'needed' || flags.traces)) {
      note(
        '--splitter and --min-characters change nothing: labelled traces have their steps',
        flags,
      )
    }
    const calibrated = flags.labels === 'needed' ? calibrateOnLabels : calibrateOnDeletion
    const found = await calibrated({ model, session }, flags, flags.heads)
    const profile = await headProfile(found, file)
    const data = `${JSON.stringify(profile, null, 2)}\n`
    if (flags.out !== undefined) await writeFile(flags.out, data)
    else note(`saved in ${await saveHeadProfile(profile)}`, flags)
    if (flags.json) return console.log(data.trimEnd())
    console.log(await calibrationText(model.info.name, found))
    if (known !== null) console.log(agreementText(found, known))
  } finally {
    await model.close()
  }
}
