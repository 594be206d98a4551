/**
 * Models that are recurrent in part: what is cut leaves the attention layers and nothing else.
 *
 * The oracle needs no eviction. The queries of the first attention layer come from recurrent layers alone, whose
 * state a cut must not touch: so its row behind a cut is the row without one, where the cut positions are 0 and
 * the others divided by what is left of the sum.
 */

import t, { type Test } from 'tap'
import type { SessionHandle } from '../../types/native.js'
import { addon, capture, extend, refs, tokensOf, withSession } from '../support/oracle.js'
import { families } from '../support/tiny/families.mjs'
import { type TinyArchitecture, tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(120_000)

const small = { headDim: 16, embedding: 64, ff: 96, type: 'F32' } as const
const hybrids = (Object.keys(families) as TinyArchitecture[]).filter(
  arch => families[arch].memory === 'hybrid',
)
const exact = { key: 'f32', value: 'f32' } as const
/** The first layer that attends. */
const heads = refs([1, 0], [1, 1], [1, 2], [1, 3])
const [count, from, cut] = [120, 80, { start: 20, end: 55 }]
const tokens = tokensOf(count)

const rest = (session: SessionHandle, branch: number) =>
  capture(session, tokens.subarray(from), { branch, heads, queries: 2 })

async function begin(session: SessionHandle, branch: number): Promise<void> {
  await extend(session, tokens.subarray(0, from), { branch })
}

/** Largest difference from the rows without a cut, rescaled. */
function worst(actual: Float32Array, whole: Float32Array, ranges: readonly (typeof cut)[]): number {
  let most = actual.length === whole.length ? 0 : Number.NaN
  const isCut = (p: number) => ranges.some(({ start, end }) => p >= start && p < end)
  for (let row = 0; row < whole.length; row += count) {
    let left = 0
    for (let p = 0; p < count; p++) if (!isCut(p)) left += whole[row + p] ?? Number.NaN
    for (let p = 0; p < count; p++) {
      const wanted = isCut(p) ? 0 : (whole[row + p] ?? Number.NaN) / left
      const found = Math.abs((actual[row + p] ?? Number.NaN) - wanted)
      most = found <= most ? most : found
    }
  }
  return most
}

const near = (t: Test, found: number, name: string) => {
  t.comment(`${name}: ${found.toExponential(2)}`)
  t.notOk(!(found <= 2e-6), `${name}: ${found}`)
}

for (const arch of hybrids) {
  t.test(`${arch}: a cut leaves the attention layers, and the state stays`, async t => {
    for (const flash of [false, true]) {
      await withSession(tinyModel({ ...small, arch }), { ...exact, flash }, async session => {
        await begin(session, 0)
        const whole = (await rest(session, 0)).data
        t.ok(whole.some(value => value > 0))

        await begin(session, 1)
        await addon.sessionCut(session, 1, cut.start, cut.end)
        t.equal(addon.sessionTokens(session, 1).length, from - (cut.end - cut.start))
        t.equal(addon.sessionMatch(session, 1, tokens), 0, 'no prefix for others')
        near(t, worst((await rest(session, 1)).data, whole, [cut]), `flash ${flash}, cut`)

        await addon.sessionDrop(session, 1)
        await begin(session, 1)
        // the fork keeps what the first cut takes, and gives a part of it back
        await addon.sessionFork(session, 1, 2, from)
        await addon.sessionCut(session, 1, cut.start, cut.end)
        await addon.sessionRestore(session, 2, 1, 30, 40)
        await addon.sessionDrop(session, 2)
        const gone = [
          { start: 20, end: 30 },
          { start: 40, end: 55 },
        ]
        near(t, worst((await rest(session, 1)).data, whole, gone), `flash ${flash}, restored`)

        await addon.sessionDrop(session, 0)
        await addon.sessionDrop(session, 1)
        await begin(session, 1)
        await addon.sessionCut(session, 1, cut.start, cut.end)
        const used = addon.sessionInfo(session).usedCells
        await addon.sessionCompact(session, 1)
        t.equal(addon.sessionInfo(session).usedCells, used)
        near(t, worst((await rest(session, 1)).data, whole, [cut]), `flash ${flash}, packed`)
      })
    }
  })

  t.test(`${arch}: the end is cut, and what follows takes its positions`, async t => {
    const last = { start: 70, end: from }
    await withSession(tinyModel({ ...small, arch }), exact, async session => {
      await begin(session, 0)
      await addon.sessionCut(session, 0, last.start, last.end)
      t.equal(addon.sessionMatch(session, 0, tokens), 0, 'the state has seen more')
      await t.rejects(addon.sessionFork(session, 0, 1, 30), { code: 'ERR_EVICTION_UNAVAILABLE' })
      const { data, length } = await capture(session, tokens.subarray(100, 110), { queries: 2 })
      t.equal(length, last.start + 10)
      t.ok(data.every(value => value >= 0 && value < Number.POSITIVE_INFINITY))
      t.equal(addon.sessionTokens(session, 0).length, last.start + 10)
      await addon.sessionCut(session, 0, 0, 2 ** 31 - 1)
      await begin(session, 0)
      t.equal(addon.sessionMatch(session, 0, tokens), from, 'all of it went, the state too')
    })
  })

  t.test(`${arch}: an abort in a batch loses the branch, not its memory`, async t => {
    await withSession(tinyModel({ ...small, arch }), exact, async session => {
      await begin(session, 1)
      const whole = (await rest(session, 1)).data
      await begin(session, 0)
      const job = rest(session, 0)
      addon.sessionAbort(session)
      const ended = await job.then(
        () => 'done',
        error => error.code,
      )
      // a state that a half of the layers have changed must not be taken for what it was
      const left = { done: count, ERR_ABORTED: 0 }[String(ended)]
      t.equal(addon.sessionTokens(session, 0).length, left, ended)
      if (ended === 'done') await addon.sessionDrop(session, 0)
      await begin(session, 0)
      near(t, worst((await rest(session, 0)).data, whole, []), 'the same again')
    })
  })
}

t.test('mamba has no cells to cut', async t => {
  await withSession(tinyModel({ ...small, arch: 'mamba' }), exact, async session => {
    await begin(session, 0)
    const refused = addon.sessionCut(session, 0, cut.start, cut.end)
    await t.rejects(refused, { code: 'ERR_EVICTION_UNAVAILABLE' })
  })
})
