/** `cot-prune study`: which scores find the needed steps, on traces with labels. */

import { nextSteps, readLabelledTraces, separate, studyTraces } from '../experiment/index.js'
import { loadModel } from '../index.js'
import { renderNextSteps, renderSeparations } from '../report/index.js'
import { findHeads } from './heads.js'
import { modelPath } from './model.js'
import { spreadOut } from './spread-out.js'

export interface StudyFlags {
  readonly model: string
  readonly traces?: string
  readonly threads?: number
  readonly gpuLayers?: number
  readonly effects?: boolean
  readonly nextStep?: boolean
  readonly heads?: string
  readonly limit?: number
  readonly json?: boolean
}

const onTrace = (done: number, total: number) => process.stderr.write(`${done}/${total}\n`)

export async function studyCommand(flags: StudyFlags): Promise<void> {
  const every = await (flags.traces ? readLabelledTraces(flags.traces) : studyTraces())
  const traces = flags.limit === undefined ? every : spreadOut(every, flags.limit)
  const file = await modelPath(flags.model)
  const model = await loadModel(file, { gpuLayers: flags.gpuLayers })
  try {
    const session = await model.createSession({ threads: flags.threads })
    if (flags.nextStep) {
      const heads = (await findHeads(flags, file)) ?? undefined
      const found = await nextSteps({ model, session, traces, heads, onTrace })
      if (flags.json) return console.log(JSON.stringify(found, null, 2))
      console.log(`${model.info.name}, ${traces.length} labelled traces`)
      return console.log(await renderNextSteps(found))
    }
    const rows = await separate({ model, session, traces, effects: flags.effects, onTrace })
    if (flags.json) return console.log(JSON.stringify(rows, null, 2))
    console.log(`${model.info.name}, ${traces.length} labelled traces`)
    console.log(await renderSeparations(rows))
  } finally {
    await model.close()
  }
}
