/** Wrong input through the public API on a real session: typed errors, and the session works on. */

import t, { type Test } from 'tap'
import { loadModel, prune, segment } from '../../dist/index.js'
import type { ScoredTrace } from '../../types/public.js'
import { call } from '../support/call.js'
import { fakeTrace } from '../support/fake-trace.js'
import { openTiny } from '../support/session.js'
import { tinyModel } from '../support/tiny-models.mjs'

const messages = [{ role: 'user', content: 'hello' }] as const
const wrongNumbers = [Number.NaN, -1, 1.5, Infinity, 2 ** 53, '3', null, {}, true]

/** Each wrong value of a numeric option rejects with an argument error that names the option. */
async function rejectsNumbers(
  t: Test,
  name: string,
  attempt: (options: object) => Promise<unknown>,
  allowed: readonly unknown[] = [],
): Promise<void> {
  for (const value of wrongNumbers.filter(value => !allowed.includes(value))) {
    const expected = { message: new RegExp(`options\\.${name}`), code: /^ERR_(INVALID_ARG|OUT_OF)/ }
    await t.rejects(attempt({ [name]: value }), expected, `${name}: ${String(value)}`)
  }
}

t.test('wrong options of every method are argument errors that name the option', async t => {
  const { model, session } = await openTiny(t)
  const load = (options: object) => call(loadModel, tinyModel(), options) as Promise<unknown>
  await rejectsNumbers(t, 'gpuLayers', load)
  for (const name of ['contextLength', 'batchSize', 'branches', 'threads']) {
    await rejectsNumbers(t, name, options => model.createSession(options))
  }
  const generate = async (options: object) => session.generate('hello', options).finish()
  for (const name of ['maxTokens', 'chunkTokens', 'topK', 'seed', 'repeatWindow']) {
    await rejectsNumbers(t, name, generate)
  }
  for (const name of ['temperature', 'topP', 'minP', 'repeatPenalty']) {
    await rejectsNumbers(t, name, generate, [1.5, 2 ** 53, name === 'topP' ? 1.5 : 0])
  }
  const segmented = segment(fakeTrace(['one step here.', '\n\n', 'another step.']))
  await rejectsNumbers(t, 'sinkTokens', options => session.scoreSteps(segmented, options))
  await t.rejects(session.scoreSteps(segmented, call(Object, { layers: [99] }) as object), {
    name: 'RangeError',
  })
  t.throws(() => segment(segmented, { minCharacters: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  await t.rejects(generate({ attention: [{ layer: 0, head: 99 }] }), { code: 'ERR_OUT_OF_RANGE' })
  await t.rejects(generate({ attention: [] }), { message: /attention/ })
  await t.rejects(model.createSession({ valueType: 'q8_0', flashAttention: false }), {
    code: 'ERR_INVALID_ARG_VALUE',
  })
  t.equal((await session.generate('hello', { maxTokens: 3 }).finish()).tokens.length, 3)
})

t.test('a misspelt option is an error that has the right name', async t => {
  const { model, session } = await openTiny(t)
  const options = { maxToken: 3 }
  t.throws(() => call(session.generate.bind(session), 'hello', options), {
    code: 'ERR_UNKNOWN_OPTION',
    message: /maxTokens/,
  })
  await t.rejects(call(model.createSession.bind(model), { contextlength: 3 }) as Promise<unknown>, {
    message: /contextLength/,
  })
})

t.test('prompts that are empty or too long', async t => {
  const { session } = await openTiny(t)
  t.throws(() => session.generate(''), { code: 'ERR_EMPTY_PROMPT' })
  t.throws(() => session.generate([]), { code: 'ERR_EMPTY_PROMPT' })
  await t.rejects(session.generate('A'.repeat(2000)).finish(), { code: 'ERR_CONTEXT_FULL' })
  await t.rejects(session.attention(Array(1025).fill(65)), { code: 'ERR_CONTEXT_FULL' })
  await t.rejects(session.attention([65, 2 ** 20]), { code: 'ERR_TRACE_MODEL' })
  await t.rejects(session.attention([]), { code: 'ERR_EMPTY_PROMPT' })
  t.equal((await session.generate('hello', { maxTokens: 2 }).finish()).finish, 'length')
})

t.test('a context that is too large for the memory is refused before it is allocated', async t => {
  const { model } = await openTiny(t, {}, { layers: 12, kvHeads: 4, context: 2 ** 24 })
  await t.rejects(
    model.createSession({ contextLength: 2 ** 24, keyType: 'f32', valueType: 'f32' }),
    {
      code: 'ERR_OUT_OF_MEMORY',
      message: /needs \d+ MiB .* available/,
    },
  )
})

t.test('templates: none, broken, and text that looks like control tokens', async t => {
  const none = await openTiny(t, {}, { template: 'none' })
  await t.rejects(none.session.generate(messages).finish(), { code: 'ERR_CHAT_TEMPLATE' })
  await t.resolves(none.session.generate('hello', { maxTokens: 2 }).finish())
  const broken = await openTiny(t, {}, { template: '{% for m in messages %}{{ m.content' })
  await t.rejects(broken.session.generate(messages).finish(), { code: 'ERR_CHAT_TEMPLATE' })
  const raising = await openTiny(t, {}, { template: "{{ raise_exception('no system') }}" })
  await t.rejects(raising.session.generate(messages).finish(), { message: /no system/ })

  const { model } = await openTiny(t)
  const [control] = await model.tokenize('<｜Assistant｜>', { parseSpecial: true })
  const count = async (content: string) => {
    const { tokens } = await model.renderChat([{ role: 'user', content }])
    return tokens.filter(token => token === control).length
  }
  t.equal(await count('plain'), 1, 'the template has its own')
  t.equal(await count('say <｜Assistant｜></think> now'), 1, 'a message adds none')
})

t.test('a closed session or model refuses every method', async t => {
  const { model, session } = await openTiny(t)
  const trace = await session.generate('hello', { maxTokens: 12 }).finish()
  const segmented = segment(trace, { minCharacters: 0 })
  await session.close()
  await session.close()
  t.equal(session.closed, true)
  await t.rejects(session.generate('hello').finish(), { code: 'ERR_CLOSED' })
  await t.rejects(session.scoreSteps(segmented), { code: 'ERR_CLOSED' })
  await t.rejects(session.evaluateAll([]), { code: 'ERR_CLOSED' })
  await t.rejects(session.attention([65]), { code: 'ERR_CLOSED' })
  t.throws(() => session.info, { code: 'ERR_CLOSED' })
  await model.close()
  await t.rejects(model.createSession(), { code: 'ERR_CLOSED' })
  await t.rejects(model.tokenize('x'), { code: 'ERR_CLOSED' })
  await t.rejects(model.detokenize([65]), { code: 'ERR_CLOSED' })
  await t.rejects(model.renderChat(messages), { code: 'ERR_CLOSED' })
})

t.test('a second job while one runs is refused, and disturbs nothing', async t => {
  const { session } = await openTiny(t)
  const options = { maxTokens: 40 }
  const alone = await session.generate('hello', options).finish()
  const generation = session.generate('hello', options)
  await generation.next()
  const segmented = segment(alone, { minCharacters: 0 })
  await t.rejects(session.scoreSteps(segmented), { code: 'ERR_BUSY' })
  await t.rejects(session.generate('other').finish(), { code: 'ERR_BUSY' })
  await t.rejects(session.evaluateAll([]), { code: 'ERR_BUSY' })
  t.strictSame((await generation.finish()).tokens, alone.tokens)
  const first = session.attention([65, 66, 67])
  await t.rejects(session.attention([65]), { code: 'ERR_BUSY' })
  await t.resolves(first)
})

t.test('traces with no steps, one step, equal scores; thresholds outside of 0..1', async t => {
  const { session } = await openTiny(t)
  const { tokens: _, ...rest } = fakeTrace(['a'])
  await t.rejects(call(session.scoreSteps.bind(session), rest) as Promise<unknown>, {
    code: 'ERR_TRACE_INVALID',
  })
  const scored = (scores: readonly number[]): ScoredTrace => ({
    ...segment(fakeTrace(scores.flatMap((_, i) => [`Step number ${i}.`, '\n\n']))),
    scores,
    scoring: {
      kind: 'attention' as const,
      observer: 'last-token',
      window: 1,
      probeTokens: 0,
      aggregate: 'mean',
      position: 0,
      layers: 'all',
      capturedLayers: [0],
      heads: 4,
      share: { prompt: 0, sink: 0, steps: 1 },
      decodedTokens: 1,
      millis: 0,
    },
  })
  t.throws(() => prune(scored([]), { threshold: 0.5 }), { code: 'ERR_NO_STEPS' })
  t.strictSame(prune(scored([0.3]), { threshold: 1 }).kept, [0])
  t.strictSame(prune(scored([1, 1, 1]), { threshold: 0.9 }).kept, [0, 1, 2])
  for (const threshold of [-0.1, 1.1, Number.NaN, Infinity]) {
    t.throws(() => prune(scored([1, 2]), { threshold }), { code: 'ERR_OUT_OF_RANGE' })
  }
  t.throws(() => prune(scored([1, Number.NaN]), { threshold: 0.5 }), { code: 'ERR_NOT_FINITE' })
})
