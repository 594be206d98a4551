/** `cot-prune study`: which scores find the needed steps, on traces with labels. */

import { readLabelledTraces, separate, studyTraces } from '../experiment/index.js'
import { loadModel } from '../index.js'
import { renderSeparations } from '../report/index.js'
import { modelPath } from './model.js'

export interface StudyFlags {
  readonly model: string
  readonly traces?: string
  readonly threads?: number
  readonly gpuLayers?: number
  readonly effects?: boolean
  readonly json?: boolean
}

export async function studyCommand(flags: StudyFlags): Promise<void> {
  const traces = await (flags.traces ? readLabelledTraces(flags.traces) : studyTraces())
  const model = await loadModel(await modelPath(flags.model), { gpuLayers: flags.gpuLayers })
  try {
    const session = await model.createSession({ threads: flags.threads })
    const rows = await separate({ model, session, traces, effects: flags.effects })
    if (flags.json) return console.log(JSON.stringify(rows, null, 2))
    console.log(`${model.info.name}, ${traces.length} labelled traces`)
    console.log(await renderSeparations(rows))
  } finally {
    await model.close()
  }
}
