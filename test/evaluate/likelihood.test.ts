/** How likely tokens are: the log-softmax of logits read one token at a time. */

import t from 'tap'
import { native } from '../../dist/engine/native.js'
import { segment } from '../../dist/index.js'
import { openModelHandle, openSessionHandle } from '../support/addon.mjs'
import { openTiny } from '../support/session.js'
import { tinyModel } from '../support/tiny-models.mjs'

const none = new Int32Array(0)
/** A batch rounds elsewhere than a single token; another token is whole units away. */
const near = 5e-3

function logSoftmax(logits: Float32Array, token: number): number {
  const max = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - max), 0)
  return (logits[token] ?? Number.NaN) - max - Math.log(sum)
}

t.test('of a batch, as of single tokens; the last one leaves its logits', async t => {
  const addon = native()
  const model = await openModelHandle(addon, tinyModel())
  const session = await openSessionHandle(addon, model, {
    contextLength: 256,
    batchSize: 64,
    branches: 2,
    keyType: 'f32',
    valueType: 'f32',
  })
  const tokens = await addon.modelTokenize(model, 'One and two are three, I think.', false, false)
  const first = tokens.subarray(0, 3)
  const rest = tokens.subarray(3)
  for (const branch of [0, 1]) {
    await addon.sessionExtend(session, branch, first, true, 0, none, none, none)
  }
  const read = await addon.sessionLikelihood(session, 0, rest, 3)
  const found = read.logprobs
  t.equal(found.length, rest.length)
  t.equal(read.alternatives.tokens.length, 3 * rest.length)
  for (const [i, token] of rest.entries()) {
    const logits = addon.sessionLogits(session, 1)
    const expected = logSoftmax(logits, token)
    for (const place of [0, 1, 2]) {
      const other = read.alternatives.tokens[3 * i + place] ?? -1
      const logprob = read.alternatives.logprobs[3 * i + place] ?? Number.NaN
      t.notOk(!(Math.abs(logprob - logSoftmax(logits, other)) < near))
      const above = logits.filter(logit => logit > (logits[other] ?? Number.NaN) + near).length
      t.ok(above <= place, 'the likeliest first')
    }
    await addon.sessionExtend(session, 1, Int32Array.of(token), true, 0, none, none, none)
    t.notOk(!(Math.abs((found[i] ?? Number.NaN) - expected) < near), `${found[i]}, ${expected}`)
  }
  const [left, right] = [0, 1].map(branch => addon.sessionLogits(session, branch))
  const apart = left?.map((value, i) => Math.abs(value - (right?.[i] ?? Number.NaN)))
  t.ok(Math.max(...(apart ?? [Number.NaN])) < near, 'logits behind the last token')
  t.strictSame([...addon.sessionTokens(session, 0)], [...tokens])
  await addon.sessionClose(session)
  await addon.modelClose(model)
})

t.test('what cannot be said is refused, and leaves the branch as it was', async t => {
  const addon = native()
  const model = await openModelHandle(addon, tinyModel())
  const session = await openSessionHandle(addon, model, {
    contextLength: 256,
    batchSize: 64,
    branches: 2,
  })
  const invalid = { code: 'ERR_INVALID_ARG_VALUE' }
  const some = Int32Array.of(65, 66)
  await t.rejects(addon.sessionLikelihood(session, 0, some, 0), { message: /no logits/ })
  await addon.sessionExtend(session, 0, some, true, 0, none, none, none)
  const { outputs, batchSize } = addon.sessionInfo(session)
  t.equal(outputs, batchSize, 'of a small vocabulary those of a whole batch')
  for (const wrong of [none, new Int32Array(outputs + 1), Int32Array.of(-1), Int32Array.of(1e6)]) {
    await t.rejects(addon.sessionLikelihood(session, 0, wrong, 0), invalid)
  }
  for (const branch of [-1, 2]) {
    await t.rejects(addon.sessionLikelihood(session, branch, some, 0), invalid)
  }
  t.strictSame([...addon.sessionTokens(session, 0)], [65, 66])
  await addon.sessionClose(session)
  await addon.modelClose(model)
})

t.test('session.logprobs says of greedy tokens what the trace says of them', async t => {
  const { session } = await openTiny(t, { threads: 1, contextLength: 256 })
  const trace = await session.generate('One and two', { maxTokens: 40 }).finish()
  const tokens = [...trace.prompt.tokens, ...trace.tokens]
  const from = trace.prompt.tokens.length
  const before = session.info.decodedTokens
  const found = await session.logprobs(tokens, { from })
  const decoded = session.info.decodedTokens - before
  t.equal(decoded, trace.tokens.length + 1, 'the prompt is shared, but for its last token')
  t.equal(found.length, trace.logprobs.length)
  for (const [i, expected] of trace.logprobs.entries()) {
    t.ok(Math.abs((found[i] ?? Number.NaN) - expected) < near, `${found[i]}, ${expected}`)
  }
  t.equal((await session.logprobs(tokens)).length, tokens.length - 1)
  for (const wrong of [0, tokens.length, 1.5]) {
    await t.rejects(session.logprobs(tokens, { from: wrong }), { message: /options\.from/ })
  }
  await t.rejects(session.logprobs([1]), { message: /options\.from/ })
  await t.rejects(session.logprobs([1, 1e6]), { code: 'ERR_TRACE_MODEL' })
})

t.test(
  'a prefilled trace is shared by what is asked about it, and answers stay the same',
  async t => {
    const { session } = await openTiny(t, { threads: 1, keyType: 'f32', valueType: 'f32' })
    const trace = segment(await session.generate('One', { maxTokens: 60 }).finish(), {
      minCharacters: 0,
    })
    const asked = { observer: 'last-token' } as const
    await session.clear()
    const cold = await session.scoreSteps(trace, asked)
    await session.prefill(trace)
    const warm = await session.scoreSteps(trace, asked)
    t.equal(cold.scoring.decodedTokens, trace.prompt.tokens.length + trace.tokens.length)
    t.equal(warm.scoring.decodedTokens, 1)
    for (const [i, score] of warm.scores.entries()) {
      t.ok(Math.abs(score - (cold.scores[i] ?? Number.NaN)) < 1e-5)
    }
    await session.prefill(trace)
    const other = { ...trace, model: { ...trace.model, vocabularySize: 5 } }
    await t.rejects(session.prefill(other), { code: 'ERR_TRACE_MODEL' })
  },
)
