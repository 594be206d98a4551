/** How sure the model was among its likeliest tokens: TRAAC's released confidence. */

import t from 'tap'
import { native } from '../../dist/engine/native.js'
import { readTrace, scoreWith, segment } from '../../dist/index.js'
import { openModelHandle, openSessionHandle, sampleHome } from '../support/addon.mjs'
import { fakeTrace } from '../support/fake-session.js'
import { openTiny } from '../support/session.js'
import { tinyModel } from '../support/tiny-models.mjs'

/** By the formula: sort, softmax over the first k, entropy. */
function certaintyOf(logits: Float32Array, k: number): number {
  const top = [...logits].sort((a, b) => b - a).slice(0, k)
  const weights = top.map(value => Math.exp(value - (top[0] ?? 0)))
  const total = weights.reduce((sum, value) => sum + value, 0)
  const shares = weights.map(value => value / total)
  return 1 + shares.reduce((sum, p) => sum + p * Math.log(p), 0) / Math.log(k)
}

t.test('each is that of the logits', async t => {
  const addon = native()
  const none = new Int32Array(0)
  const model = await openModelHandle(addon, tinyModel())
  const session = await openSessionHandle(addon, model, { contextLength: 256, batchSize: 256 })
  const text = await addon.modelTokenize(model, 'One and two are three.', false, false)
  await addon.sessionExtend(session, 0, text, true, 0, none, none, none)
  addon.sessionSampler(session, 0, 1, 0, 1, 0, 1, 0, 64, 3, [])
  for (const k of [20, 2, 100]) {
    addon.sessionCertainty(session, 0, k)
    for (let i = 0; i < 10; i++) {
      const expected = certaintyOf(addon.sessionLogits(session, 0), k)
      const sample = await sampleHome(addon, session, 1)
      const [found = Number.NaN] = sample?.certainties ?? []
      t.ok(Math.abs(found - expected) < 1e-5, `${found}, expected ${expected}`)
    }
  }
  addon.sessionCertainty(session, 0, 0)
  const sample = await sampleHome(addon, session, 3)
  t.equal(sample?.certainties.length, 0, 'off')
  for (const wrong of [-1, 1, 1e6]) t.throws(() => addon.sessionCertainty(session, 0, wrong))
  await addon.sessionClose(session)
  await addon.modelClose(model)
})

t.test('a trace has one for each token where it was asked for, and the same text', async t => {
  const { session } = await openTiny(t, { threads: 1 })
  const options = { maxTokens: 40, temperature: 1, seed: 2 }
  const plain = await session.generate('One and two', options).finish()
  t.notOk('certainties' in plain)
  const trace = await session.generate('One and two', { ...options, certainty: 20 }).finish()
  t.strictSame(trace.tokens, plain.tokens)
  t.equal(trace.certainties?.length, trace.tokens.length)
  t.ok(trace.certainties?.every(value => value > -1e-6 && value <= 1))
  t.strictSame(readTrace(JSON.parse(JSON.stringify(trace))), trace)
  t.strictSame(segment(trace).certainties, trace.certainties)
  t.throws(() => readTrace({ ...trace, certainties: [1] }), { code: 'ERR_TRACE_INVALID' })
  t.throws(() => session.generate('x', { certainty: 1 }), { message: /options\.certainty/ })
})

t.test('the score of a step is their mean', async t => {
  const bare = segment(fakeTrace('p', '<think>one two three\n\nfour five six</think>\\boxed{2}'))
  const certainties = bare.tokens.map((_, i) => (i % 4) / 4)
  const { steps, scores } = scoreWith({ ...bare, certainties }, 'confidence-traac')
  for (const [i, { tokenStart, tokenEnd }] of steps.entries()) {
    const own = certainties.slice(tokenStart, tokenEnd)
    t.equal(scores[i], own.reduce((sum, value) => sum + value, 0) / own.length)
  }
  t.throws(() => scoreWith(bare, 'confidence-traac'), {
    code: 'ERR_TRACE_INVALID',
    message: /certainty: 20/,
  })
})
