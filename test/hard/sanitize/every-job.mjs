// @ts-check
/** Every job once, every way to fail to load once, all closed: what is not freed at the end of the process has leaked. */
import { join } from 'node:path'
import { loadModel } from '../../../dist/index.js'
import { jobs, roomy } from '../../support/life-jobs.mjs'
import { badFiles, tinyModel } from '../../support/tiny-models.mjs'

const path = tinyModel({ layers: 2 })
const folder = join(import.meta.dirname, '../../../build')
for (const file of Object.values(badFiles(folder))) await loadModel(file).catch(() => {})
for (const threads of [1, 2]) {
  const model = await loadModel(path)
  for (const flashAttention of [false, true]) {
    const session = await model.createSession({ ...roomy, threads, flashAttention })
    for (const job of Object.values(jobs)) await job({ path, model, session, tokens: 30 })
    await session.close()
  }
  await model.close()
}
