/** Values that are read back from the cache, against what upstream's own graph puts into it. */

import t from 'tap'
import {
  addon,
  expectedValues,
  extend,
  nmse,
  sameCompiler,
  skip,
  subject,
  subjects,
  tokensOf,
  within,
  withSession,
} from '../support/oracle.js'

t.setTimeout(300_000)

const count = 90

t.test('cached values are what the graph computed, in every layout', { skip }, async t => {
  const tokens = tokensOf(count)
  for (const of of subjects) {
    // flash attention and another compiler round otherwise, which later layers see
    for (const [flash, value, tolerance] of [
      [true, 'f32', 1e-5],
      [false, 'f32', sameCompiler ? 1e-12 : 1e-6],
      [true, 'f16', 1e-5],
      [false, 'f16', 1e-6],
    ] as const) {
      const expected = await expectedValues(t.testdir(), of, tokens, value)
      const width = expected.length / of.global.length / count
      await withSession(of.path, { flash, value }, async session => {
        await extend(session, tokens)
        for (const [at, layer] of of.global.entries()) {
          const own = expected.subarray(at * count * width, (at + 1) * count * width)
          const values = await addon.sessionValues(session, 0, layer, 0, count)
          const name = `${of.name}, layer ${layer}, ${value}, flash ${flash}`
          within(t, nmse(values, own), tolerance, name)
          const some = await addon.sessionValues(session, 0, layer, 7, 11)
          t.strictSame(some, values.slice(7 * width, 11 * width), 'a range of them')
        }
      })
    }
  }
})

t.test('by position, not by cell, and 0 where nothing is cached', { skip }, async t => {
  const of = subjects[1]
  if (of === undefined) throw new Error('no subject')
  const tokens = tokensOf(count)
  const expected = await expectedValues(t.testdir(), of, tokens)
  const width = expected.length / of.global.length / count
  for (const flash of [false, true]) {
    await withSession(of.path, { flash, value: 'f32' }, async session => {
      // the rest of branch 0 fills cells that branch 1 leaves, which are before its own
      await extend(session, tokensOf(60, 7), { branch: 1 })
      await extend(session, tokens.subarray(0, 30))
      await addon.sessionDrop(session, 1)
      await extend(session, tokens.subarray(30))
      await addon.sessionFork(session, 0, 2, count)
      await addon.sessionCut(session, 2, 10, 20)
      const whole = await addon.sessionValues(session, 0, 0, 0, count)
      within(t, nmse(whole, expected.subarray(0, count * width)), 1e-12, `flash ${flash}`)
      const holed = await addon.sessionValues(session, 2, 0, 0, count)
      const zeroed = whole.slice().fill(0, 10 * width, 20 * width)
      t.strictSame(holed, zeroed, 'of the branch that was asked for')
    })
  }
})

t.test('what has no such values says so, and nothing aborts', async t => {
  const tokens = tokensOf(20)
  const of = subject({ arch: 'gemma3', layers: 6 })
  const mla = subject({ arch: 'deepseek2', layers: 2 })
  const failure = (path: string, ...range: readonly [layer: number, start: number, end: number]) =>
    withSession(path, {}, async session => {
      await extend(session, tokens)
      return addon.sessionValues(session, 0, ...range).then(
        () => 'nothing failed',
        error => error.code,
      )
    })
  t.equal(await failure(of.path, 0, 0, 5), 'ERR_CAPTURE_UNAVAILABLE', 'a layer of a window')
  t.equal(await failure(of.path, 99, 0, 5), 'ERR_CAPTURE_UNAVAILABLE')
  t.equal(await failure(of.path, -1, 0, 5), 'ERR_CAPTURE_UNAVAILABLE')
  t.equal(await failure(mla.path, 0, 0, 5), 'ERR_CAPTURE_UNAVAILABLE', 'values in a latent')
  for (const [start, end] of [
    [0, 21],
    [-1, 3],
    [5, 2],
  ] as const) {
    t.equal(await failure(of.path, 5, start, end), 'ERR_INVALID_ARG_VALUE')
  }
})
