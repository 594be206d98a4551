/** Several traces behind one prompt: together as alone, and how likely texts are behind them. */

import t, { type Test } from 'tap'
import { loadModel, prune, type Session, scoreWith, segment } from '../../dist/index.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'
import { openTiny } from '../support/session.js'

t.setTimeout(300_000)

/** F32 weights and cache: rounding to fewer bits makes large steps of small differences. */
async function open(t: Test, branches = 8): Promise<Session> {
  const cache = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
  const options = { contextLength: 4096, threads: 1, branches, ...cache }
  return (await openTiny(t, options, { type: 'F32', bias: { '</think>': 1 } })).session
}

const messages = [{ role: 'user', content: 'Add one and two, and then three.' }] as const
const sampling = { temperature: 0.8, topK: 0, topP: 1, seed: 11, maxTokens: 200 } as const

t.test('rollouts are the traces that generate gives, seed by seed', async t => {
  const session = await open(t)
  const traces = await session.rollouts(messages, { ...sampling, count: 5 })
  t.equal(traces.length, 5)
  t.equal(new Set(traces.map(({ text }) => text)).size, 5, 'all different')
  for (const [i, { millis: _, logprobs, ...trace }] of traces.entries()) {
    const alone = await session
      .generate(messages, { ...sampling, seed: sampling.seed + i })
      .finish()
    t.match(alone, trace, `rollout ${i}`)
    // where cells lie decides in which order attention adds up
    const worst = logprobs.map((value, at) => Math.abs(value - (alone.logprobs[at] ?? Number.NaN)))
    t.ok(Math.max(...worst) < 1e-4, `log-probabilities differ by ${Math.max(...worst)}`)
  }
})

t.test('the same traces however many fit at once', async t => {
  const texts = async (session: Session) =>
    (await session.rollouts(messages, { ...sampling, count: 4 })).map(({ text }) => text)
  const expected = await texts(await open(t))
  t.strictSame(await texts(await open(t, 3)), expected, 'two at a time')
  t.strictSame(await texts(await open(t, 1)), expected, 'one at a time')
})

t.test('a branch is taken again as soon as it is free, and each trace keeps its place', async t => {
  // of many lengths: where one ends, another begins beside those that go on
  const { session } = await openTiny(
    t,
    {
      contextLength: 4096,
      threads: 1,
      branches: 4,
      keyType: 'f32',
      valueType: 'f32',
      flashAttention: false,
    },
    { type: 'F32', bias: { '<｜end▁of▁sentence｜>': 3 } },
  )
  const options = { ...sampling, count: 9 }
  const traces = await session.rollouts(messages, options)
  t.ok(new Set(traces.map(({ tokens }) => tokens.length)).size > 4, 'of many lengths')
  for (const [i, { tokens, finish }] of traces.entries()) {
    const alone = await session
      .generate(messages, { ...sampling, seed: sampling.seed + i })
      .finish()
    t.strictSame(tokens, alone.tokens, `rollout ${i}`)
    t.equal(finish, alone.finish)
  }
})

t.test('two hundred branches side by side', async t => {
  const session = await open(t, 256)
  const some = { ...sampling, maxTokens: 12 }
  const traces = await session.rollouts(messages, { ...some, count: 200 })
  t.equal(traces.length, 200)
  for (const i of [0, 63, 64, 128, 199]) {
    const alone = await session.generate(messages, { ...some, seed: sampling.seed + i }).finish()
    t.strictSame(traces[i]?.tokens, alone.tokens, `rollout ${i}`)
  }
})

t.test('bad options throw and name the option; an abort rejects with its reason', async t => {
  const { session } = await openTiny(t)
  await t.rejects(session.rollouts('x', { count: 0 }), { message: /options\.count/ })
  await t.rejects(session.rollouts('', {}), { code: 'ERR_EMPTY_PROMPT' })
  const reason = new Error('enough')
  await t.rejects(session.rollouts('x', { signal: AbortSignal.abort(reason) }), reason)
})

t.test('likelihood: of the answer that was written, that of its tokens', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 4096, threads: 1 })
  const [problem = []] = await problemMessages(1)
  const trace = segment(await session.generate(problem, { maxTokens: 800 }).finish())
  const scored = scoreWith(trace, 'recency')
  const whole = prune(scored, { keep: trace.steps.length })
  const start = trace.text.lastIndexOf('\\boxed{') + '\\boxed{'.length
  const end = trace.text.indexOf('}', start)
  const given = trace.text.slice(trace.answer.charStart, start).trimStart()
  const text = trace.text.slice(start, end)
  for (const mode of ['continue', 'evict'] as const) {
    const found = await session.likelihood(whole, { given, text, mode })
    const from = trace.tokenEnds.filter(at => at <= start).length
    const expected = trace.logprobs.slice(from, from + found.tokens.length)
    t.strictSame(found.tokens, trace.tokens.slice(from, from + found.tokens.length))
    for (const [i, value] of found.logprobs.entries()) {
      t.ok(
        Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-3,
        `${mode}: ${value}, ${expected[i]}`,
      )
    }
    t.equal(
      found.logprob,
      found.logprobs.reduce((sum, value) => sum + value, 0),
    )
  }
  const without = prune(scored, { keep: 1 })
  const [one, other] = [
    await session.likelihood(without, { given, text, mode: 'continue' }),
    await session.likelihood(without, { given, text, mode: 'evict' }),
  ]
  t.ok(one.logprob < 0 && other.logprob < 0)
  await t.rejects(session.likelihood(whole, { text: '' }), { message: /options\.text/ })
  for (const mode of ['reprompt', 'evict'] as const) {
    const wrong = { text: 'x', mode, place: 'thinking' } as const
    await t.rejects(session.likelihood(whole, wrong), { message: /options\.place/ })
  }
  // @ts-expect-error: not pruned
  await t.rejects(session.likelihood(trace, { text: 'x' }), { code: 'ERR_TRACE_INVALID' })
})

t.test('likelihood: of the step that was written next, that of its tokens', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 4096, threads: 1 })
  const [problem = []] = await problemMessages(1)
  const trace = segment(await session.generate(problem, { maxTokens: 800 }).finish())
  const last = trace.steps.length - 1
  const { text = '', tokenStart = 0 } = trace.steps[last] ?? {}
  const before = prune(scoreWith(trace, 'recency'), {
    rule: { name: 'before', keep: () => trace.steps.map((_, index) => index < last) },
  })
  // without the full stop, which is one token with the line break behind it
  const asked = { text: text.trim().replace(/\.$/, ''), place: 'thinking' } as const
  const { tokens, logprobs } = await session.likelihood(before, asked)
  t.strictSame(tokens, trace.tokens.slice(tokenStart, tokenStart + tokens.length))
  for (const [i, value] of logprobs.entries()) {
    const expected = trace.logprobs[tokenStart + i] ?? Number.NaN
    t.ok(Math.abs(value - expected) < 1e-3, `${value}, ${expected}`)
  }
})
