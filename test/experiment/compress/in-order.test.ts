/** Several jobs at once: order, bounds, and that nothing runs behind the end. */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { inOrder, Pool } from '../../../dist/experiment/compress/in-order.js'

t.test(
  'results come in order, whoever is done first, and no more than asked are under way',
  async t => {
    let [running, most, read] = [0, 0, 0]
    function* source() {
      for (; read < 20; read++) yield read
    }
    const results: number[] = []
    const job = async (item: number) => {
      most = Math.max(most, ++running)
      await wait(item % 3 === 0 ? 8 : 1)
      running--
      return item
    }
    for await (const result of inOrder(source(), 3, job)) {
      t.ok(read - result <= 3, 'the source is not read ahead of what is needed')
      results.push(result)
    }
    t.strictSame(
      results,
      Array.from({ length: 20 }, (_, i) => i),
    )
    t.equal(most, 3)
  },
)

t.test(
  'a failure is thrown in its turn, and what runs is waited for; so when the loop is left',
  async t => {
    let running = 0
    const job = async (item: number) => {
      running++
      await wait(item === 1 ? 1 : 5)
      running--
      if (item === 1) throw new Error('one')
      return item
    }
    const seen: number[] = []
    const failing = async () => {
      for await (const item of inOrder([0, 1, 2, 3, 4], 3, job)) seen.push(item)
    }
    await t.rejects(failing(), { message: 'one' })
    t.strictSame(seen, [0])
    t.equal(running, 0)
    for await (const item of inOrder([0, 2, 3, 4], 3, job)) {
      t.equal(item, 0)
      break
    }
    t.equal(running, 0)
  },
)

t.test(
  'a pool lends each thing to one at a time, the first who came first, also behind a failure',
  async t => {
    const pool = new Pool(['a', 'b'])
    const log: string[] = []
    const use = (name: string, fails = false) =>
      pool.use(async thing => {
        log.push(`${name}${thing}`)
        await wait(2)
        if (fails) throw new Error(name)
      })
    const all = await Promise.allSettled([use('1'), use('2', true), use('3'), use('4')])
    t.strictSame(
      all.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    t.strictSame(
      log.map(entry => entry[0]),
      ['1', '2', '3', '4'],
    )
    t.strictSame(new Set(log.slice(2)), new Set(['3a', '4b']))
  },
)
