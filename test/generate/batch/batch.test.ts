/** Generations that share a batch: each is what it would be alone, and comes and goes on its own. */

import t, { type Test } from 'tap'
import { loadModel, type Trace } from '../../../dist/index.js'
import { problemMessages, reasonerPath } from '../../support/reasoner.js'

const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const problems = await problemMessages(6)
const alone = await model.createSession({ contextLength: 2048 })

/** Rounding depends on who else is in a batch; another context is whole units away. */
async function isItsOwn(t: Test, trace: Trace): Promise<void> {
  const { prompt, tokens, logprobs } = trace
  const read = await alone.logprobs([...prompt.tokens, ...tokens], { from: prompt.tokens.length })
  const apart = read.map((logprob, i) => Math.abs(logprob - (logprobs[i] ?? Number.NaN)))
  t.notOk(!(Math.max(...apart) < 0.1), `${Math.max(...apart)}`)
}

const plain = async (i: number): Promise<Trace> =>
  alone.generate(problems[i] ?? [], { maxTokens: 400, temperature: 0 }).finish()

async function openBatch(t: Test, branches = 3) {
  const session = await model.createSession({ contextLength: branches * 1024, branches })
  const batch = session.batch()
  t.teardown(async () => {
    await batch.close()
    await session.close()
  })
  return { session, batch }
}

t.test('more than there are branches, of different lengths: all as alone', async t => {
  const { batch } = await openBatch(t)
  t.equal(batch.slots, 3)
  t.equal(batch.slotTokens, 1024)
  const running = problems.map((messages, i) =>
    batch.generate(messages, { maxTokens: i === 2 ? 20 : 400, temperature: 0 }),
  )
  const traces = await Promise.all(running.map(one => one.finish()))
  for (const [i, trace] of traces.entries()) {
    await isItsOwn(t, trace)
    t.equal(trace.tokens.length === 20, i === 2)
    t.equal(trace.finish, trace.tokens.length < 400 && i !== 2 ? 'end' : 'length')
    t.strictSame(trace.messages, problems[i])
  }
  const [again] = await Promise.all([batch.generate(problems[5] ?? [], { maxTokens: 5 })])
  await again.finish()
  t.ok(again.cachedTokens > 10, 'the prompt was in the cache')
})

t.test('chunks are what the trace is, whoever reads them when', async t => {
  const { batch } = await openBatch(t)
  const slow = batch.generate(problems[0] ?? [], { maxTokens: 400, temperature: 0 })
  const trace = await slow.finish()
  let text = ''
  for await (const chunk of slow) text += chunk.text
  t.equal(text, trace.text)
})

t.test('who leaves makes room, and who aborts hears the reason; others go on', async t => {
  const { batch } = await openBatch(t, 2)
  const stays = batch.generate(problems[0] ?? [], { maxTokens: 400, temperature: 0 })
  const leaves = batch.generate(problems[1] ?? [], { maxTokens: 400, temperature: 0 })
  const abort = new AbortController()
  const aborts = batch.generate(problems[2] ?? [], { signal: abort.signal })
  for await (const _ of leaves) break
  t.equal((await leaves.finish()).finish, 'cancelled')
  const reason = new Error('enough')
  abort.abort(reason)
  await t.rejects(aborts.finish(), reason)
  await t.rejects(aborts.next(), reason)
  const next = batch.generate(problems[3] ?? [], { maxTokens: 400, temperature: 0 })
  await isItsOwn(t, await stays.finish())
  await isItsOwn(t, await next.finish())
  t.equal(batch.running, 0)
})

t.test('who is wrong fails alone', async t => {
  const { batch } = await openBatch(t)
  const stays = batch.generate(problems[0] ?? [], { maxTokens: 100, temperature: 0 })
  await stays.next()
  await t.rejects(batch.generate({ tokens: [5, 1e6] }).finish(), { code: /ERR_/ })
  t.throws(() => batch.generate('One', { pruning: {} } as never), { code: 'ERR_UNKNOWN_OPTION' })
  await isItsOwn(t, await stays.finish())
})

t.test('the thinking is closed at the end of a step, within its budget', async t => {
  const { batch } = await openBatch(t)
  for (const thinkingBudget of [40, 60, 100]) {
    const options = { thinkingBudget, thinkingBudgetAt: 'step', temperature: 0 } as const
    const shared = await batch.generate(problems[0] ?? [], options).finish()
    const trace = await alone.generate(problems[0] ?? [], options).finish()
    t.strictSame(shared.tokens, trace.tokens, 'as of a session')
    const { start = -1 } = shared.forcedClose ?? {}
    t.ok(start <= thinkingBudget && start >= 0.4 * thinkingBudget, `${start}`)
    t.match(await model.detokenize(shared.tokens.slice(0, start)), /[.!?\n]\s*$/)
    t.equal(shared.finish, 'end')
  }
})

t.test('a session is busy while it has a batch, which ends with it', async t => {
  const session = await model.createSession({ contextLength: 1024, branches: 2 })
  const batch = session.batch()
  t.throws(() => session.batch(), { code: 'ERR_BUSY' })
  await t.rejects(session.clear(), { code: 'ERR_BUSY' })
  await t.rejects(batch.generate(`${'word '.repeat(600)}`).finish(), { code: 'ERR_CONTEXT_FULL' })
  t.throws(() => batch.generate(''), { code: 'ERR_EMPTY_PROMPT' })
  const running = batch.generate(problems[0] ?? [], { maxTokens: 400 })
  await running.next()
  await session.close()
  await t.rejects(running.finish(), { code: 'ERR_CLOSED' })
  await batch.close()
})

t.test('after a batch the session is free again', async t => {
  const session = await model.createSession({ contextLength: 1024, branches: 2 })
  const batch = session.batch()
  const running = batch.generate(problems[0] ?? [], { maxTokens: 400 })
  await running.next()
  await batch.close()
  t.equal((await running.finish()).finish, 'cancelled')
  await t.rejects(batch.generate('One').finish(), { code: 'ERR_CLOSED' })
  await session.clear()
  await session.close()
})

t.test('tokens are a prompt, and the likeliest of each place come along', async t => {
  const { batch } = await openBatch(t)
  const { tokens } = (await plain(0)).prompt
  const running = batch.generate({ tokens }, { maxTokens: 30, alternatives: 3, temperature: 0 })
  const places = []
  for await (const { alternatives = [] } of running) places.push(...alternatives)
  const trace = await running.finish()
  t.strictSame(trace.prompt, (await plain(0)).prompt)
  t.strictSame(
    places.map(([first]) => first?.token),
    trace.tokens,
    'greedy takes the first',
  )
  const all = [...tokens, ...trace.tokens]
  const read = await alone.tokenLogprobs(all, { from: tokens.length, alternatives: 3 })
  for (const [i, place] of places.entries()) {
    t.equal(place.length, 3)
    const other = read.alternatives[i]?.[0]
    t.equal(other?.token, place[0]?.token)
    t.notOk(!(Math.abs((other?.logprob ?? Number.NaN) - (place[0]?.logprob ?? 0)) < 0.05))
  }
  const next = await alone.tokenLogprobs(tokens, { alternatives: 2 })
  t.equal(next.next[0]?.token, trace.tokens[0])
  t.notOk(!(Math.abs((next.next[0]?.logprob ?? Number.NaN) - (trace.logprobs[0] ?? 0)) < 0.05))
})
