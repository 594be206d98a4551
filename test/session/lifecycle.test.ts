/** A process may end in any stage of life: no signal, the right exit code, in time. */

import t from 'tap'
import { loadModel, prune, type Session, segment } from '../../dist/index.js'
import { live, someCases } from '../hard/lifetimes.mjs'
import { testSeed } from '../support/random.mjs'
import { openTiny } from '../support/session.js'
import { tinyModel } from '../support/tiny-models.mjs'

/** Slow enough that a prompt and a chunk outlast the moment at which the session ends. */
const big = { layers: 8, embedding: 512, ff: 2048, heads: 8, kvHeads: 4, bias: { '\n': 3 } }
const prompt = 'A long prompt. '.repeat(200)

t.test('a process ends with its own exit code in every stage of life', async t => {
  const seed = testSeed()
  for (const one of someCases(1, seed)) {
    const { fault, output, took } = await live(one)
    const what = `${one.stage}, after ${one.millis} ms (seed ${seed}): ${Math.round(took)} ms`
    t.equal(fault, '', `${what}\n${output}`)
  }
})

/** Each job that a session can run, long enough to be closed in the middle. */
const jobs: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
  generate: session => session.generate(prompt, { maxTokens: 500, temperature: 1 }).finish(),
  attention: session => session.attention(Array.from({ length: 3000 }, (_, i) => 65 + (i % 26))),
}

t.test('close() waits for the job in flight, whatever the job is', async t => {
  for (const [name, job] of Object.entries(jobs)) {
    const { session } = await openTiny(t, { contextLength: 4096, batchSize: 512 }, big)
    const settled: string[] = []
    const running = job(session).then(
      () => settled.push('resolved'),
      error => settled.push(error.code),
    )
    await new Promise(resolve => setTimeout(resolve, 15))
    await session.close()
    await running
    t.ok(settled.length === 1, `${name}: settled`)
    t.ok(['ERR_CLOSED', 'resolved'].includes(settled[0] ?? ''), `${name}: ${settled[0]}`)
    await t.rejects(session.attention([65]), { code: 'ERR_CLOSED' }, name)
  }
})

t.test('close() waits for scoring and evaluation; they reject with ERR_CLOSED', async t => {
  const { model, session } = await openTiny(t, { contextLength: 4096 }, big)
  const trace = await session.generate('hello', { maxTokens: 200, temperature: 1 }).finish()
  const segmented = segment(trace, { minCharacters: 0 })
  const pruned = prune(await session.scoreSteps(segmented), { ratio: 0.5 })
  for (const branches of [1, 4]) {
    const works: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
      scoreSteps: own => own.scoreSteps(segmented),
      evaluate: own => own.evaluate(pruned, { maxTokens: 3000, temperature: 1 }),
    }
    for (const [name, work] of Object.entries(works)) {
      const own = await model.createSession({ contextLength: 4096, threads: 2, branches })
      const what = `${name}, ${branches} branches`
      const running = t.rejects(work(own), { code: 'ERR_CLOSED' }, what)
      await new Promise(resolve => setTimeout(resolve, 30))
      await own.close()
      await running
    }
  }
})

t.test('a session that is closed while an evaluation samples gives no cut-off result', async t => {
  const { model, session } = await openTiny(t, { branches: 1 })
  const trace = await session.generate('hello', { maxTokens: 100 }).finish()
  const pruned = prune(await session.scoreSteps(segment(trace, { minCharacters: 0 })), { keep: 1 })
  for (let i = 0; i < 5; i++) {
    const own = await model.createSession({ contextLength: 4096, threads: 1, branches: 1 })
    const running = own.evaluate(pruned, { maxTokens: 3500, temperature: 1 })
    const rejected = t.rejects(running, { name: 'CotPruneError', code: 'ERR_CLOSED' })
    await new Promise(resolve => setTimeout(resolve, 20 * i))
    await own.close()
    await rejected
  }
})

t.test('the info of a session in a job is ERR_BUSY, as documented', async t => {
  const { session } = await openTiny(t, { threads: 1 }, big)
  const running = session.attention(Array.from({ length: 800 }, () => 65))
  let error: unknown
  for (let i = 0; i < 50 && error === undefined; i++) {
    try {
      t.ok(session.info.contextLength > 0)
    } catch (thrown) {
      error = thrown
    }
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  t.match(error, { name: 'CotPruneError', code: 'ERR_BUSY' })
  await running
})

t.test('close() is idempotent and one promise; asyncDispose is close()', async t => {
  const model = await loadModel(tinyModel())
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  t.equal(session.close(), session.close(), 'session')
  await session.close()
  await session[Symbol.asyncDispose]()
  t.equal(session.closed, true)
  t.equal(model.close(), model.close(), 'model')
  await model[Symbol.asyncDispose]()
  await model.close()
  t.equal(model.closed, true)
})

t.test('a session that opens while its model closes does not outlive it', async t => {
  const model = await loadModel(tinyModel())
  const opening = model.createSession({ contextLength: 512, threads: 1 }).then(
    session => (session.closed ? 'closed' : 'open'),
    error => error.code,
  )
  await model.close()
  t.not(await opening, 'open', 'it is closed, or was refused')
})

t.test('closing a model closes its sessions, in the middle of a job, too', async t => {
  const { model, session } = await openTiny(t, { contextLength: 4096, batchSize: 512 }, big)
  const idle = await model.createSession({ contextLength: 512, threads: 1 })
  const running = session.generate(prompt, { maxTokens: 500 }).finish()
  const settled = running.then(
    trace => trace.finish,
    error => error.code,
  )
  await new Promise(resolve => setTimeout(resolve, 15))
  await model.close()
  t.ok(['ERR_CLOSED', 'cancelled'].includes(await settled), await settled)
  t.strictSame([session.closed, idle.closed], [true, true])
})
