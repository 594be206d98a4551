/** `cot-prune study`: which scores find the steps that matter, and what pruning by each does. */

import { calibrateOnLabels } from '../calibration.js'
import { modelPath, openModel } from '../open-model.js'
import type { StudyFlags } from '../study/flags.js'
import { type Study, studyParts } from '../study/parts.js'
import { describeCalibration } from './calibrate.js'

export async function studyCommand(flags: StudyFlags): Promise<void> {
  const model = await openModel(await modelPath(flags.model), flags)
  try {
    const { context: contextLength, threads } = flags
    const session = await model.createSession({ contextLength, threads })
    const calibration = await calibrateOnLabels({ model, session }, flags, flags.heads)
    await study({ flags, model, session, calibration })
  } finally {
    await model.close()
  }
}

/** Print each part when it is there: the next one may take its time. */
async function study(of: Study): Promise<void> {
  const { flags, model, calibration } = of
  const data: Record<string, unknown> = { model: model.info.name, calibration }
  if (!flags.json) console.log(await describeCalibration(model, calibration))
  for (const name of flags.parts) {
    const part = await studyParts[name](of)
    data[name] = part.data
    if (!flags.json) console.log(`\n${part.title}\n${part.text}`)
  }
  if (flags.json) console.log(JSON.stringify(data, null, 2))
}
