/** Scores and answers beside generations in one batch: what a session says of a trace, and cells that are waited for. */

import t, { type Test } from 'tap'
import { type PrunedTrace, prune, type Session, segment, type Trace } from '../../dist/index.js'
import { openTiny } from '../support/session.js'

t.setTimeout(300_000)

// all in F32: which tokens share a batch changes the last bits of an F16 cache, and then a close choice
const exact = { keyType: 'f32', valueType: 'f32', flashAttention: false, threads: 1 } as const
const tiny = { type: 'F32', bias: { ĊĊ: 3, '</think>': 1 } } as const
const problem = [{ role: 'user', content: 'Add one and two, and then three.' }] as const
const sampling = { temperature: 0.8, topK: 0, topP: 1 }

const open = async (t: Test, options: { contextLength: number; branches: number }) =>
  openTiny(t, { ...exact, ...options }, tiny)

async function write(session: Session, seed: number, maxTokens = 100): Promise<Trace> {
  await session.clear()
  return session.generate(problem, { ...sampling, seed, maxTokens }).finish()
}

/** The first trace, by seed, of some steps. */
async function stepped(session: Session) {
  for (let seed = 0; seed < 60; seed++) {
    const trace = segment(await write(session, seed))
    if (trace.steps.length >= 4) return trace
  }
  throw new Error('no seed gives such a trace')
}

t.test('scores, step graphs and answers beside chains are those of a session', async t => {
  const { model, session } = await open(t, { contextLength: 2048, branches: 6 })
  const other = await model.createSession({ ...exact, contextLength: 1024 })
  const trace = await stepped(other)
  const scored = await other.scoreSteps(trace)
  const heads = [{ layer: 1, head: 0 }]
  const graph = await other.stepGraph(trace, { heads })
  const chains = await Promise.all([1, 2, 3].map(async seed => seed))
  const expected: Trace[] = []
  for (const seed of chains) expected.push(await write(other, seed))
  const sweep: PrunedTrace[] = [0, 0.3, 0.6].map(threshold => prune(scored, { threshold }))
  for (const mode of ['continue', 'evict', 'reprompt'] as const) {
    const asked = { mode, maxTokens: 30 }
    const answers = await other.evaluateAll(sweep, { ...asked, independent: true })
    const batch = session.batch({ slotTokens: 1024, pace: 'batch' })
    const running = chains.map(seed =>
      batch.generate(problem, { ...sampling, seed, maxTokens: 100 }),
    )
    const [found, again, both] = await Promise.all([
      batch.scoreSteps(trace),
      batch.stepGraph(trace, { heads }),
      batch.evaluateAll([...sweep, ...sweep], asked),
    ])
    for (const [i, score] of scored.scores.entries()) {
      t.notOk(!(Math.abs((found.scores[i] ?? Number.NaN) - score) < 1e-5), `score ${i}`)
    }
    const looks = again.looks.flat(2)
    for (const [i, look] of graph.looks.flat(2).entries()) {
      if (!(Math.abs((looks[i] ?? Number.NaN) - look) < 1e-5)) t.fail(`look ${i}`)
    }
    const texts = answers.map(({ text, finish }) => ({ text, finish }))
    t.match(both, [...texts, ...texts], mode)
    t.ok(
      both.slice(3).every(({ tokens }) => tokens.decoded === 0),
      'equal prompts are answered once',
    )
    for (const [i, one] of running.entries()) {
      t.equal((await one.finish()).text, expected[i]?.text, `chain ${i} beside them`)
    }
    await batch.close()
    await session.clear()
  }
  await other.close()
})

t.test('who needs more cells than are free waits, and is as long as alone', async t => {
  const { model, session } = await open(t, { contextLength: 512, branches: 6 })
  const other = await model.createSession({ ...exact, contextLength: 512 })
  const seeds = [0, 1, 2, 3, 4, 5, 6]
  const maxTokens = 170
  const expected: Trace[] = []
  for (const seed of seeds) expected.push(await write(other, seed, maxTokens))
  const batch = session.batch({ slotTokens: 512 })
  const running = seeds.map(seed => batch.generate(problem, { ...sampling, seed, maxTokens }))
  const traces = await Promise.all(running.map(one => one.finish()))
  t.ok(traces.some(({ finish }) => finish === 'length'))
  t.strictSame(
    traces.map(({ text, finish }) => ({ text, finish })),
    expected.map(({ text, finish }) => ({ text, finish })),
  )
  await batch.close()
  await other.close()
})

t.test('what can never fit is named, and alone', async t => {
  const { session } = await open(t, { contextLength: 1024, branches: 4 })
  const trace = await stepped(session)
  const pruned = prune(await session.scoreSteps(trace), { threshold: 0 })
  await session.clear()
  const batch = session.batch({ slotTokens: 64 })
  t.throws(() => session.batch({ slotTokens: 0 }), { code: 'ERR_BUSY' })
  const running = batch.generate('A', { ...sampling, maxTokens: 20 })
  await t.rejects(batch.evaluateAll([pruned]), { code: 'ERR_CONTEXT_FULL', message: /64/ })
  await t.rejects(batch.evaluateAll([pruned], { independent: true } as never), TypeError)
  t.ok((await running.finish()).tokens.length > 0)
  const reason = new Error('enough')
  const abort = new AbortController()
  abort.abort(reason)
  await t.rejects(batch.scoreSteps(trace, { signal: abort.signal }), reason)
  await batch.close()
  await t.rejects(batch.stepGraph(trace, { heads: [{ layer: 0, head: 0 }] }), {
    code: 'ERR_CLOSED',
  })
  t.throws(() => session.batch({ slotTokens: 0 }), RangeError)
  t.throws(() => session.batch({ pace: 'fast' } as never), TypeError)
  await session.clear()
})

t.test('a batch that stays the same reuses its graph', async t => {
  const { session } = await open(t, { contextLength: 1024, branches: 4 })
  const batch = session.batch()
  const begun = batch.generate('A', { ...sampling, maxTokens: 1 })
  await begun.finish()
  await batch.close()
  const before = session.info
  const again = session.batch()
  const running = [1, 2, 3, 4].map(seed =>
    again.generate('A', { ...sampling, seed, maxTokens: 120, stop: [] }),
  )
  await Promise.all(running.map(one => one.finish()))
  await again.close()
  const { decodes, reusedGraphs, computeBytes } = session.info
  const share = (reusedGraphs - before.reusedGraphs) / (decodes - before.decodes)
  t.ok(share > 0.8, `${share} of the decodes`)
  t.equal(computeBytes, before.computeBytes)
})
