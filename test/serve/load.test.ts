/** More than fits, clients that go away, and the end of a server. */

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { asking, openServer, post } from '../support/serving.js'
import { tinyModel } from '../support/tiny-models.mjs'

/** A model that never ends by itself. */
const bias = { '<｜end▁of▁sentence｜>': -100 }
const models = [{ path: tinyModel({ bias }), id: 'endless' }]
const endless = { ...asking(), max_tokens: 4000 }

t.test('a full queue says when to come again', async t => {
  const server = await openServer(t, { parallel: 2, queue: 2 })
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      post(server, 'chat/completions', { ...asking(i), max_tokens: 100 }),
    ),
  )
  const refused = answers.filter(({ status }) => status === 429)
  t.equal(answers.filter(({ status }) => status === 200).length, 4)
  t.equal(refused.length, 4)
  for (const { headers, body } of refused) {
    t.ok(Number(headers.get('retry-after')) >= 1)
    t.match(body.error, { type: 'rate_limit_error', code: 'queue_full' })
  }
  t.equal((await post(server, 'chat/completions', { ...asking(), max_tokens: 1 })).status, 200)
})

t.test('a client that goes away frees its branch, streamed or not, waiting or not', async t => {
  const server = await openServer(t, { models, parallel: 1, queue: 3, contextLength: 4096 })
  const gone = new AbortController()
  const running = [
    post(server, 'chat/completions', endless, { signal: gone.signal }),
    post(server, 'chat/completions', { ...endless, stream: true }, { signal: gone.signal }),
    post(server, 'completions', { prompt: 'One', max_tokens: 3000 }, { signal: gone.signal }),
  ].map(one => one.catch(() => 'gone'))
  await sleep(300)
  gone.abort()
  t.strictSame(await Promise.all(running), ['gone', 'gone', 'gone'])
  const began = performance.now()
  const { status } = await post(server, 'chat/completions', { ...asking(), max_tokens: 2 })
  t.equal(status, 200)
  t.comment(`${Math.round(performance.now() - began)} ms until the next one was answered`)
})

t.test('in a stream: who stops reading ends it', async t => {
  const server = await openServer(t, { models, parallel: 1, queue: 0, contextLength: 4096 })
  const response = await fetch(`${server.apiUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...endless, stream: true }),
  })
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  for (;;) {
    const { status } = await post(server, 'chat/completions', { ...asking(), max_tokens: 2 })
    if (status === 200) break
    t.equal(status, 429)
    await sleep(20)
  }
})

t.test('at its end what runs is finished, and nobody else comes in', async t => {
  const server = await openServer(t)
  const running = post(server, 'chat/completions', asking())
  await sleep(100)
  const closing = server.close()
  const { status, body } = await running
  t.equal(status, 200)
  t.equal(body.choices[0].finish_reason, 'stop')
  await closing
  await t.rejects(post(server, 'chat/completions', asking()))
  await server.close()
})

t.test('what takes too long at the end is told so', async t => {
  const server = await openServer(t, { models, graceMillis: 50, contextLength: 4096 })
  const streamed = await fetch(`${server.apiUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...endless, stream: true }),
  })
  const whole = post(server, 'chat/completions', endless)
  await sleep(100)
  await server.close()
  t.match((await streamed.text()).trim().split('\n\n').at(-1), /^data: .*"code":"closing"/)
  const { status, body } = await whole
  t.equal(status, 503)
  t.equal(body.error.code, 'closing')
})
