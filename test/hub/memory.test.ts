/** What a model needs, by the head of its file, against what llama.cpp reads and what the engine says when a session is too large. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { localShape, shapeOf } from '../../dist/hub/gguf-header.js'
import { resolveModelWith } from '../../dist/hub/resolve-model.js'
import {
  type DownloadPlan,
  embeddedModel,
  loadModel,
  memoryOf,
  modelMemory,
} from '../../dist/index.js'
import { hubOptions, writeHead } from '../support/hub-options.js'
import { MockHub } from '../support/mock-hub.js'
import { families } from '../support/tiny/families.mjs'
import { type TinyArchitecture, tinyModel } from '../support/tiny-models.mjs'

const reasoner = (await embeddedModel()).model
const mebibyte = 2 ** 20

t.test('shapes are what llama.cpp reads of the same files, of every architecture', async t => {
  const names = Object.keys(families).filter((name): name is TinyArchitecture => name in families)
  for (const path of [reasoner, ...names.map(arch => tinyModel({ arch }))]) {
    await using model = await loadModel(path)
    const { info } = model
    const shape = await localShape(path)
    t.match(
      shape,
      {
        architecture: info.architecture,
        cachedLayers: info.attentionLayers.length + info.windowLayers.length,
        embeddingLength: info.embeddingLength,
        vocabularySize: info.vocabularySize,
        trainedContext: info.trainedContext,
      },
      info.architecture,
    )
    if (shape?.cachedLayers !== 0)
      t.match(shape, { heads: info.heads, kvHeads: info.kvHeads }, info.architecture)
  }
})

t.test('cache and buffers are those that the engine counts', async t => {
  // a terabyte and more, so that no machine opens it
  const contextLength = 2 ** 24
  for (const arch of ['qwen3', 'llama', 'gemma3'] as const) {
    const path = tinyModel({ arch, layers: 12, heads: 8, kvHeads: 8, headDim: 256, embedding: 64 })
    await using model = await loadModel(path)
    const error = await model.createSession({ contextLength }).then(
      () => null,
      (reason: unknown) => reason,
    )
    const { cache, compute } = await modelMemory(path, { contextLength })
    const said = `cache ${Math.floor(cache / mebibyte)} MiB, compute ${Math.floor(compute / mebibyte)} MiB`
    t.ok(String(error).includes(said), `${arch}: ${said} in ${error}`)
  }
})

t.test('by hand: a shape of 28 layers, 2 KV heads of 128, 8192 tokens', async t => {
  const shape = {
    architecture: 'qwen2',
    cachedLayers: 28,
    heads: 12,
    kvHeads: 2,
    keyLength: 128,
    valueLength: 128,
    embeddingLength: 1536,
    vocabularySize: 151_936,
    trainedContext: 131_072,
  }
  const plain = memoryOf(shape, 1_100_000_000)
  t.equal(plain.contextLength, 8192, 'the default of createSession')
  t.equal(plain.cache, 8192 * 28 * 2 * (128 + 128) * 2)
  // scores of 512 tokens (12 heads would be more), logits twice, eight rows of activations
  t.equal(plain.compute, 64 * mebibyte + 2 * 27 * 151_936 * 4 + 512 * 1536 * 8 * 4)
  t.equal(plain.total, plain.weights + plain.cache + plain.compute)
  const small = memoryOf(shape, 0, { contextLength: 1000, keyType: 'q8_0', valueType: 'q4_0' })
  t.equal(small.cache, (1024 * 28 * 2 * 128 * (8.5 + 4.5)) / 8)
  t.throws(() => memoryOf(shape, 0, { contextLength: 0 }), { code: 'ERR_OUT_OF_RANGE' })
})

t.test('heads that are cut off, or of something else, have no shape and hang nobody', async t => {
  const whole = readFileSync(reasoner)
  for (const length of [0, 3, 4, 20, 100, 400])
    t.equal(shapeOf(whole.subarray(0, length)), null, `${length} bytes`)
  t.equal(shapeOf(new Uint8Array(1000)), null)
  const path = join(t.testdir({}), 'x.gguf')
  writeFileSync(path, whole.subarray(0, 300))
  t.equal(await localShape(path), null)
  t.equal(await localShape(join(path, 'none')), null)
  await t.rejects(modelMemory(path), { code: 'ERR_MODEL_FORMAT' })
  await t.rejects(modelMemory('none.gguf'), { code: 'ERR_MODEL_NOT_FOUND' })
  // counts that no file has
  const hostile = new Uint8Array(whole.subarray(0, 4096))
  new DataView(hostile.buffer).setBigUint64(16, 2n ** 63n, true)
  t.doesNotThrow(() => shapeOf(hostile))
  const long = new Uint8Array(whole.subarray(0, 4096))
  new DataView(long.buffer).setBigUint64(24, 2n ** 62n, true)
  t.equal(shapeOf(long), null)
})

t.test('before a download its shape is known by the first bytes', async t => {
  const folder = t.testdir({})
  const path = join(folder, 'x.gguf')
  writeHead(path, {
    block_count: 4,
    embedding_length: 64,
    'attention.head_count': 4,
    'attention.head_count_kv': [2, 0, 2, 0],
    context_length: 999,
  })
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  mock.add('maker/x', { 'x-Q4_K_M.gguf': readFileSync(path) })
  const plans: DownloadPlan[] = []
  const onPlan = (plan: DownloadPlan) => {
    plans.push(plan)
  }
  await resolveModelWith('hf:maker/x', hubOptions({ endpoint: mock.url, folder, onPlan }))
  t.match(plans[0]?.shape, {
    architecture: 'qwen2',
    cachedLayers: 2,
    heads: 4,
    kvHeads: 2,
    keyLength: 16,
    vocabularySize: 1000,
    trainedContext: 999,
  })
})
