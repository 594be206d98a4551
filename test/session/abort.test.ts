/** Aborting: the rejection is signal.reason itself, the session works on, no listener is left. */

import { getEventListeners } from 'node:events'
import t, { type Test } from 'tap'
import { loadModel, prune, type Session, segment } from '../../dist/index.js'
import { openTiny } from '../support/session.js'
import { tinyModel } from '../support/tiny-models.mjs'

const reason = { why: 'a reason that is no Error' }
const big = { layers: 8, embedding: 512, ff: 2048, heads: 8, kvHeads: 4, bias: { '\n': 3 } }
const long = 'A'.repeat(1500)

/** Aborts after `millis`, expects the very reason, and that the session works as before. */
async function aborts(
  t: Test,
  session: Session,
  millis: number,
  job: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const before = await session.generate('hello', { maxTokens: 8 }).finish()
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(reason), millis)
  const outcome = await job(controller.signal).then(
    () => 'resolved',
    error => error,
  )
  clearTimeout(timer)
  t.equal(outcome, reason, 'rejects with signal.reason itself')
  t.equal(getEventListeners(controller.signal, 'abort').length, 0, 'no listener is left')
  const after = await session.generate('hello', { maxTokens: 8 }).finish()
  t.strictSame(after.tokens, before.tokens, 'the session works as before')
}

t.test('before, in the prompt, in the generation, in scoring, in the evaluation', async t => {
  const { session } = await openTiny(t, { contextLength: 4096, batchSize: 512 }, big)
  const trace = await session.generate(long, { maxTokens: 600, temperature: 1 }).finish()
  const segmented = segment(trace, { minCharacters: 0 })
  const scored = await session.scoreSteps(segmented)
  const pruned = prune(scored, { ratio: 0.5 })

  const already = AbortSignal.abort(reason)
  for (const job of [
    () => session.generate('x', { signal: already }).finish(),
    () => session.generate('x', { signal: already }).next(),
    () => session.scoreSteps(segmented, { signal: already }),
    () => session.evaluate(pruned, { signal: already }),
    () => session.attention([65], { signal: already }),
  ]) {
    t.equal(await job().then(String, error => error), reason, 'aborted before')
  }
  const other = (text: string) => text.repeat(1500)
  await aborts(t, session, 10, signal => session.generate(other('B'), { signal }).finish())
  await aborts(t, session, 60, signal =>
    session.generate('x', { maxTokens: 3000, temperature: 1, signal }).finish(),
  )
  await aborts(t, session, 15, signal => session.scoreSteps(segmented, { signal }))
  await aborts(t, session, 30, signal => session.evaluate(pruned, { maxTokens: 2000, signal }))
})

t.test('after the end an abort has no effect', async t => {
  const { session } = await openTiny(t)
  const controller = new AbortController()
  const { signal } = controller
  const trace = await session.generate('hello', { maxTokens: 5, signal }).finish()
  controller.abort(reason)
  t.equal(trace.tokens.length, 5)
  t.equal((await session.generate('hello', { maxTokens: 5 }).finish()).tokens.length, 5)
})

t.test('while a model loads', async t => {
  const path = tinyModel(big)
  const controller = new AbortController()
  const loading = loadModel(path, { signal: controller.signal, mmap: false })
  controller.abort(reason)
  t.equal(await loading.then(String, error => error), reason)
  t.equal(getEventListeners(controller.signal, 'abort').length, 0)
  await (await loadModel(path)).close()
})

t.test('leaving the loop ends the generation with what there is', async t => {
  const { session } = await openTiny(t)
  const generation = session.generate('hello', { maxTokens: 500, chunkTokens: 4 })
  let text = ''
  for await (const chunk of generation) {
    text += chunk.text
    break
  }
  const trace = await generation.finish()
  t.equal(trace.finish, 'cancelled')
  t.ok(trace.tokens.length >= 4 && trace.tokens.length < 500)
  t.ok(trace.text.startsWith(text))
  t.resolves(session.generate('hello', { maxTokens: 3 }).finish())
})

t.test('return() while next() is pending interrupts the native job', async t => {
  const { session } = await openTiny(t)
  const generation = session.generate('hello', { maxTokens: 900, chunkTokens: 900 })
  const pending = generation.next()
  setTimeout(() => generation.return(), 5)
  await pending
  const trace = await generation.finish()
  t.equal(trace.finish, 'cancelled')
  t.ok(trace.tokens.length < 900, `${trace.tokens.length} tokens`)
})
