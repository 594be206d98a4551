/** The addon in several threads at once: state is per environment, the backend is shared. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { openTiny } from '../support/session.js'
import { tinyModel } from '../support/tiny-models.mjs'

const start = (forever: boolean): Worker =>
  new Worker(new URL('../support/worker.mjs', import.meta.url), {
    workerData: { path: tinyModel(), forever },
  })

t.test('two workers and the main thread generate the same at once', async t => {
  const workers = [start(false), start(false)]
  const posted = workers.map(worker => once(worker, 'message'))
  const exits = workers.map(worker => once(worker, 'exit'))
  const { session } = await openTiny(t, { threads: 1 })
  const { tokens } = await session.generate('hello', { maxTokens: 50 }).finish()
  for (const [message] of await Promise.all(posted)) t.strictSame(message, tokens)
  t.strictSame((await Promise.all(exits)).flat(), [0, 0], 'workers end by themselves')
})

t.test('terminate() in the middle of a decode returns, and the main thread goes on', async t => {
  const { session } = await openTiny(t, { threads: 1 })
  const before = await session.generate('hello', { maxTokens: 20 }).finish()
  for (let i = 0; i < 3; i++) {
    const worker = start(true)
    await once(worker, 'message')
    t.equal(await worker.terminate(), 1)
  }
  const after = await session.generate('hello', { maxTokens: 20 }).finish()
  t.strictSame(after.tokens, before.tokens)
})
