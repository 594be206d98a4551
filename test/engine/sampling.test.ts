/** How a model is sampled where nobody says: by its file, because it thinks, or greedily. */

import t from 'tap'
import { native } from '../../dist/engine/native.js'
import { modelSampling, resolveSampling } from '../../dist/engine/sampling.js'
import { loadModel } from '../../dist/index.js'
import { openModelHandle, openSessionHandle, sampleHome } from '../support/addon.mjs'
import { reasonerPath } from '../support/reasoner.js'
import { defaultSampling } from '../support/sampling.js'
import { tinyModel } from '../support/tiny-models.mjs'

const { seed: _, ...greedy } = defaultSampling

t.test('what the file says, else 0.6 for a model that thinks, else greedy', async t => {
  t.strictSame(modelSampling({}, false), { ...greedy, from: 'greedy' })
  t.strictSame(modelSampling({}, true), { ...greedy, temperature: 0.6, from: 'thinking' })
  const file = {
    temp: '0.700000',
    top_k: '20',
    top_p: '0.8',
    min_p: '0.05',
    penalty_repeat: '1.05',
    penalty_last_n: '128',
  }
  t.strictSame(modelSampling(file, true), {
    temperature: 0.7,
    topK: 20,
    topP: 0.8,
    minP: 0.05,
    repeatPenalty: 1.05,
    presencePenalty: 0,
    repeatWindow: 128,
    from: 'file',
  })
})

t.test('what a file cannot mean is left out', async t => {
  for (const temp of ['', 'hot', '-1', 'nan', 'inf', '1e9']) {
    t.strictSame(modelSampling({ temp }, true), modelSampling({}, true), temp)
  }
  const some = modelSampling({ temp: 'hot', top_k: '20', penalty_last_n: '-1' }, true)
  t.match(some, { temperature: 0.6, topK: 20, repeatWindow: 64, from: 'file' })
})

t.test('an option wins, one by one; undefined is no option', async t => {
  const defaults = modelSampling({ temp: '0.7', top_k: '20' }, true)
  t.match(resolveSampling({ topK: 5, temperature: undefined }, defaults), {
    temperature: 0.7,
    topK: 5,
    seed: 0,
  })
})

t.test('models: the embedded one is greedy by its file; one that thinks is not', async t => {
  const embedded = await loadModel(reasonerPath)
  t.teardown(() => embedded.close())
  t.match(embedded.info.sampling, { from: 'file', temperature: 0 })
  for (const [temperature, expected] of [
    [null, { from: 'thinking', temperature: 0.6 }],
    [0.25, { from: 'file', temperature: 0.25 }],
  ] as const) {
    const model = await loadModel(tinyModel({ temperature }))
    t.teardown(() => model.close())
    t.match(model.info.sampling, expected)
    const session = await model.createSession({ contextLength: 512 })
    const trace = await session.generate('Go on.', { maxTokens: 4 }).finish()
    t.equal(trace.sampling.temperature, expected.temperature, 'a trace says what was used')
    const [rollout] = await session.rollouts('Go on.', { maxTokens: 4, count: 1 })
    t.equal(rollout?.sampling.temperature, expected.temperature)
    const given = await session.generate('Go on.', { maxTokens: 4, temperature: 0 }).finish()
    t.equal(given.sampling.temperature, 0)
  }
})

t.test(
  'the presence penalty is taken once from the logit of each token that was there',
  async t => {
    const addon = native()
    const model = await openModelHandle(addon, tinyModel())
    const session = await openSessionHandle(addon, model, { contextLength: 512, batchSize: 256 })
    const none = new Int32Array(0)
    const prompt = await addon.modelTokenize(model, 'One and two are three.', false, false)
    for (const [penalty, window] of [
      [2, 64],
      [0.7, 3],
      [-2, 64],
    ] as const) {
      await addon.sessionDrop(session, 0)
      await addon.sessionExtend(session, 0, prompt, true, 0, none, none, none)
      addon.sessionSampler(session, 0, 0, 0, 1, 0, 1, penalty, window, 0, [])
      const seen: number[] = []
      let changed = 0
      for (let i = 0; i < 60; i++) {
        const logits = addon.sessionLogits(session, 0)
        const best = logits.indexOf(Math.max(...logits))
        for (const token of new Set(seen.slice(-window)))
          logits[token] = (logits[token] ?? 0) - penalty
        const expected = logits.indexOf(Math.max(...logits))
        const [token = -1] = (await sampleHome(addon, session, 1))?.tokens ?? []
        if (token !== expected) t.fail(`penalty ${penalty}, token ${i}: ${token}, not ${expected}`)
        changed += Number(expected !== best)
        seen.push(token)
      }
      t.ok(changed > 0, `penalty ${penalty} changed ${changed} of 60 tokens`)
    }
    await addon.sessionClose(session)
    await addon.modelClose(model)
  },
)
