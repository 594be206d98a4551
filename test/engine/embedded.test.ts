/** The embedded model: found through the package, checked, and what it says when something is wrong. */

import { appendFileSync, cpSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { readEmbeddedModel } from '../../dist/engine/embedded.js'
import { readDataset } from '../../dist/experiment/index.js'
import { embeddedModel, extractAnswer, loadModel, segment } from '../../dist/index.js'

t.test('the files are there, small enough, and a model of the promised shape', async t => {
  const { model: path, problems, study, heads } = await embeddedModel()
  t.ok(statSync(path).size <= 8 * 1024 * 1024, 'at most 8 MB')
  for (const file of [problems, study, heads]) t.ok(statSync(file).size > 0)
  const model = await loadModel(path)
  t.teardown(() => model.close())
  t.match(model.info, { architecture: 'qwen2', fileType: /Q4/ })
  t.ok(model.info.trainedContext >= 4096)
  t.equal(model.info.embeddingLength % 256, 0, 'rows that K-quants can hold')
})

t.test('the template behaves as that of DeepSeek-R1', async t => {
  const model = await loadModel((await embeddedModel()).model)
  t.teardown(() => model.close())
  const { text } = await model.renderChat([
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'One?' },
    { role: 'assistant', content: '<think>\nHm.\n</think>\n\nTwo.' },
    { role: 'user', content: 'Three?' },
  ])
  t.equal(
    text,
    '<｜begin▁of▁sentence｜>Be short.<｜User｜>One?<｜Assistant｜>\n\nTwo.<｜end▁of▁sentence｜>' +
      '<｜User｜>Three?<｜Assistant｜><think>\n',
    'earlier thinking is left out, the prompt opens the next',
  )
})

t.test('it solves held-out problems, in steps, and says so in a box', async t => {
  const { model: path, problems } = await embeddedModel()
  const model = await loadModel(path)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048 })
  const dataset = await readDataset(problems)
  let right = 0
  for (const { problem, answer } of dataset.problems.slice(0, 20)) {
    const trace = await session.generate([{ role: 'user', content: problem }]).finish()
    const { steps } = segment(trace)
    if (!(steps.length >= 6 && steps.length <= 20)) t.fail(`${steps.length} steps: ${trace.text}`)
    if (extractAnswer(trace.text.slice(trace.answer.charStart)).value === answer) right++
  }
  t.comment(`${right} of 20 right`)
  // 18 where it was measured: rounding differs between processors
  t.ok(right >= 17, `${right} of 20 right; the model card has the whole number`)
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
