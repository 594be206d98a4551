/** Work side by side: results in their order, no more at once than may be, failures in their place. */

import t from 'tap'
import { sideBySide } from '../../../dist/experiment/run/side-by-side.js'

const units = Array.from({ length: 40 }, (_, i) => i)

/** Solves units in an order of its own; how many were begun, and how many ran at once at most. */
function solver(fails?: number) {
  const seen = { begun: 0, running: 0, most: 0 }
  const solve = async (unit: number) => {
    seen.begun++
    seen.most = Math.max(seen.most, ++seen.running)
    for (let turn = (unit * 7) % 5; turn >= 0; turn--) await new Promise(setImmediate)
    seen.running--
    if (unit === fails) throw new Error(`unit ${unit}`)
    return unit * 2
  }
  return { seen, solve }
}

t.test('in their order, and no more than so many at once', async t => {
  for (const count of [1, 2, 3, 64]) {
    const { seen, solve } = solver()
    const results: number[] = []
    for await (const result of sideBySide(units, count, solve)) results.push(result)
    t.strictSame(
      results,
      units.map(unit => unit * 2),
    )
    t.equal(seen.most, Math.min(count, units.length))
  }
})

t.test('a failure comes behind the results before it, and nothing is begun after it', async t => {
  for (const count of [1, 4]) {
    const { seen, solve } = solver(11)
    const results: number[] = []
    const read = async () => {
      for await (const result of sideBySide(units, count, solve)) results.push(result)
    }
    await t.rejects(read(), { message: 'unit 11' })
    t.equal(results.length, 11)
    t.ok(seen.begun <= 11 + 4 * count, `${seen.begun}`)
  }
})

t.test('who does not ask is not worked for, but for what may wait', async t => {
  for (const [count, most] of [
    [1, 1],
    [3, 15],
  ] as const) {
    const { seen, solve } = solver()
    const results = sideBySide(units, count, solve)
    t.equal(seen.begun, 0)
    await results.next()
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
    t.ok(seen.begun >= 1 && seen.begun <= most, `${seen.begun}`)
    await results.return()
  }
})
