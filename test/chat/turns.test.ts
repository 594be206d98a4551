/** Turns: in order, and whoever stops waiting is nobody's hindrance. */

import t from 'tap'
import { Turns } from '../../dist/chat/turns.js'

t.test('one at a time, in the order of their coming', async t => {
  const turns = new Turns()
  const seen: string[] = []
  await Promise.all(
    ['a', 'b', 'c'].map(name =>
      turns.run(async () => {
        seen.push(`${name} begins`)
        await new Promise(resolve => setImmediate(resolve))
        seen.push(`${name} ends`)
      }),
    ),
  )
  t.strictSame(
    seen,
    ['a', 'b', 'c'].flatMap(name => [`${name} begins`, `${name} ends`]),
  )
})

t.test('who stops waiting passes its turn on', async t => {
  const turns = new Turns()
  const end = await turns.take()
  const leaving = new AbortController()
  const left = turns.take(leaving.signal)
  const next = turns.take()
  const reason = new Error('enough')
  leaving.abort(reason)
  await t.rejects(left, reason)
  let began = false
  void next.then(() => {
    began = true
  })
  await new Promise(resolve => setImmediate(resolve))
  t.notOk(began, 'the one before has not ended')
  end()
  const last = await next
  last()
  await t.rejects(turns.take(AbortSignal.abort(reason)), reason)
  t.ok(await turns.take())
})
