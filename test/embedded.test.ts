/** The embedded model: found through the package, checked, and what it says when something is wrong. */

import { appendFileSync, cpSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { readEmbeddedModel } from '../dist/embedded.js'
import { embeddedModel, loadModel } from '../dist/index.js'
import { packageFolder } from '../dist/native.js'

t.test('the files are there, small enough, and a model of the promised shape', async t => {
  const { model: path, problems, study } = await embeddedModel()
  t.ok(statSync(path).size <= 8 * 1024 * 1024, 'at most 8 MB')
  for (const file of [problems, study]) t.ok(statSync(file).size > 0)
  const model = await loadModel(path)
  t.teardown(() => model.close())
  t.match(model.info, { architecture: 'qwen2', fileType: /Q4/ })
  t.ok(model.info.trainedContext >= 4096)
  t.equal(model.info.embeddingLength % 256, 0, 'rows that K-quants can hold')
})

t.test('a missing or damaged file is named', async t => {
  const { model } = await embeddedModel()
  const models = join(packageFolder, 'models')
  const inFolder = relative(models, model)
  const copy = (): string => {
    const folder = t.testdir()
    cpSync(models, folder, { recursive: true })
    return folder
  }
  const fails = (folder: string, message: RegExp) =>
    t.rejects(readEmbeddedModel(folder), { code: 'ERR_EMBEDDED_MODEL', message })

  await fails(join(t.testdir(), 'none'), /manifest\.json cannot be read/)
  const without = copy()
  rmSync(join(without, inFolder))
  await fails(without, /\.gguf cannot be read; install the package again/)
  const damaged = copy()
  appendFileSync(join(damaged, inFolder), 'x')
  await fails(damaged, /\.gguf is damaged: its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}/)
  t.equal((await embeddedModel()).model, model, 'the original is untouched')
})
