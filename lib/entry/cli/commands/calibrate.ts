/** `cot-prune calibrate`: which heads of a model follow the needed steps. */

import { replaceFile } from '../../../base/files.js'
import {
  type Calibration,
  type FutureCalibration,
  type FutureProfile,
  findHeadProfile,
  futureProfile,
  type HeadProfile,
  headProfile,
  saveFutureProfile,
  saveHeadProfile,
} from '../../../experiment/index.js'
import { agreementText, calibrationText, futureText } from '../../../report/index.js'
import type { AskFlags } from '../ask-flags.js'
import { calibrateOnDeletion, calibrateOnFuture, calibrateOnLabels } from '../calibration.js'
import type { DatasetFlags } from '../dataset-flags.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { note } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'

export interface CalibrateFlags extends DatasetFlags, ModelFlags, AskFlags, SegmentFlags {
  readonly labels: Calibration['labels'] | FutureCalibration['labels']
  readonly traces?: string
  readonly limit?: number
  readonly maxTokens: number
  readonly heads: number
  readonly context?: number
  readonly threads?: number
  readonly out?: string
  readonly json?: boolean
}

export async function calibrateCommand(flags: CalibrateFlags): Promise<void> {
  const file = await modelPath(flags)
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
    if (flags.labels === 'future') {
      const found = await calibrateOnFuture({ model, session }, flags, flags.heads)
      const profile = await futureProfile(found, file)
      await deliver(profile, flags, () => saveFutureProfile(profile))
      if (!flags.json) console.log(await futureText(model.info.name, found))
      return
    }
    const calibrated = flags.labels === 'needed' ? calibrateOnLabels : calibrateOnDeletion
    const found = await calibrated({ model, session }, flags, flags.heads)
    const profile = await headProfile(found, file)
    await deliver(profile, flags, () => saveHeadProfile(profile))
    if (flags.json) return
    console.log(await calibrationText(model.info.name, found))
    if (known !== null) console.log(agreementText(found, known))
  } finally {
    await model.close()
  }
}

/** Into a file that was named, or where it is found again; as JSON where that is asked for. */
async function deliver(
  profile: HeadProfile | FutureProfile,
  { out, ...flags }: CalibrateFlags,
  save: () => Promise<string>,
): Promise<void> {
  const data = `${JSON.stringify(profile, null, 2)}\n`
  if (out === undefined) note(`saved in ${await save()}`, flags)
  else await replaceFile(out, data)
  if (flags.json) console.log(data.trimEnd())
}
