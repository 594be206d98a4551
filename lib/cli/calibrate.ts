/** `cot-prune calibrate`: which heads of a model follow the needed steps. */

import { writeFile } from 'node:fs/promises'
import {
  calibrateHeads,
  headProfile,
  readLabelledTraces,
  saveHeadProfile,
  studyTraces,
} from '../experiment/index.js'
import { loadModel } from '../index.js'
import { renderSeparations } from '../report/index.js'
import { modelPath } from './model.js'
import { spreadOut } from './spread-out.js'

export interface CalibrateFlags {
  readonly model: string
  readonly traces?: string
  readonly limit?: number
  readonly heads: number
  readonly threads?: number
  readonly gpuLayers?: number
  readonly out?: string
  readonly json?: boolean
}

export async function calibrateCommand(flags: CalibrateFlags): Promise<void> {
  const every = await (flags.traces ? readLabelledTraces(flags.traces) : studyTraces())
  const traces = flags.limit === undefined ? every : spreadOut(every, flags.limit)
  const file = await modelPath(flags.model)
  const model = await loadModel(file, { gpuLayers: flags.gpuLayers })
  try {
    const session = await model.createSession({ threads: flags.threads })
    const found = await calibrateHeads({
      model,
      session,
      traces,
      heads: flags.heads,
      onTrace: (done, total) => process.stderr.write(`${done}/${total}\n`),
    })
    const profile = await headProfile(found, file)
    const data = `${JSON.stringify(profile, null, 2)}\n`
    if (flags.out !== undefined) await writeFile(flags.out, data)
    else process.stderr.write(`saved in ${await saveHeadProfile(profile)}\n`)
    if (flags.json) return console.log(data.trimEnd())
    const heads = found.heads.map(({ layer, head }) => `${layer}/${head}`).join(', ')
    console.log(`${model.info.name}, ${traces.length} labelled traces of ${found.kinds.join(', ')}`)
    console.log(`layer/head ${heads}; aggregate ${found.aggregate}`)
    console.log(await renderSeparations(found.rows))
  } finally {
    await model.close()
  }
}
