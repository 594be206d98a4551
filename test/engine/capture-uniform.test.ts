/**
 * A model without query and key weights attends to every visible position alike: its rows are known
 * without an oracle, whatever has happened to the cells before. And rows of any model sum to 1.
 */

import t, { type Test } from 'tap'
import { native } from '../../dist/engine/native.js'
import type { NativeQueries, NativeRows, SessionHandle } from '../../types/native.js'
import type { HeadRef } from '../../types/public.js'
import { openModelHandle, openSessionHandle } from '../support/addon.mjs'
import { mulberry32 } from '../support/random.mjs'
import { type TinyArchitecture, tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(900_000)

const addon = native()
const seed = 7_001
const random = mulberry32(seed)
const tokensOf = (count: number): Int32Array =>
  Int32Array.from({ length: count }, () => 32 + random.integer(95))

const architectures: readonly TinyArchitecture[] = ['llama', 'qwen2', 'gemma3']
/** Layers 0 to 2, or the one global layer of six. */
const chosenHeads = (arch: TinyArchitecture): HeadRef[] =>
  arch === 'gemma3'
    ? [0, 1, 3].map(head => ({ layer: 5, head }))
    : [0, 1, 2].map(layer => ({ layer, head: layer + 1 }))

interface SessionShape {
  readonly context?: number
  readonly flash?: boolean
  readonly cache?: string
}

async function withSession<T>(
  path: string,
  { context = 512, flash = false, cache = 'f16' }: SessionShape,
  use: (session: SessionHandle) => Promise<T>,
): Promise<T> {
  const model = await openModelHandle(addon, path)
  const value = flash ? cache : 'f16'
  const session = await openSessionHandle(addon, model, {
    contextLength: context,
    batchSize: 256,
    branches: 4,
    threads: 2,
    flashAttention: flash,
    keyType: cache,
    valueType: value,
  })
  try {
    return await use(session)
  } finally {
    await addon.sessionClose(session)
    await addon.modelClose(model)
  }
}

async function extend(
  session: SessionHandle,
  branch: number,
  tokens: Int32Array,
  heads: readonly HeadRef[] = [],
  queries: NativeQueries = 1,
): Promise<NativeRows> {
  const rows = await addon.sessionExtend(
    session,
    branch,
    tokens,
    false,
    queries,
    Int32Array.from(heads, ({ layer }) => layer),
    Int32Array.from(heads, ({ head }) => head),
    new Int32Array(0),
  )
  if (rows === null) throw new Error('no rows')
  return rows
}

/* ---- uniform ------------------------------------------------------------------------------ */

/** How far the rows of consecutive queries are from 1/n at n visible positions and 0 elsewhere. */
function distance(rows: NativeRows, isVisible: (position: number) => boolean): number {
  const { data, length, headsPerRow } = rows
  let max = 0
  for (let at = 0; at < rows.queries * rows.rows; at++) {
    const end = length - rows.queries + Math.floor(at / rows.rows) + 1
    let visible = 0
    for (let i = 0; i < end; i++) visible += isVisible(i) ? 1 : 0
    for (let i = 0; i < length; i++) {
      const expected = i < end && isVisible(i) ? 1 / visible : 0
      const value = (data[at * length + i] ?? Number.NaN) / headsPerRow
      // nothing may be where nothing is visible
      max = Math.max(max, expected === 0 && value !== 0 ? Number.NaN : Math.abs(value - expected))
    }
  }
  return max
}

function isUniform(
  t: Test,
  rows: NativeRows,
  length: number,
  name: string,
  isVisible: (position: number) => boolean = () => true,
): void {
  t.equal(rows.length, length, `${name}: length`)
  const max = distance(rows, isVisible)
  t.comment(`${name}: max difference ${max.toExponential(2)}`)
  t.notOk(!(max <= 1e-6), `${name}: rows are 1/n`)
}

t.test('(2) a uniform model attends to each visible position alike', async t => {
  for (const arch of architectures) {
    const path = tinyModel({ arch, weights: 'uniform' })
    for (const flash of [false, true]) {
      await withSession(path, { flash }, async session => {
        for (const heads of [[], chosenHeads(arch)]) {
          const name = `${arch}, flash ${flash}, ${heads.length || 'all'} heads`
          for (const branch of [0, 1]) await addon.sessionDrop(session, branch)
          const first = await extend(session, 0, tokensOf(200), heads, 2)
          t.equal(first.queries, 200)
          isUniform(t, first, 200, `${name}, every token`)
          isUniform(t, await extend(session, 0, tokensOf(1), heads), 201, `${name}, one token`)
          isUniform(t, await extend(session, 1, tokensOf(70), heads), 70, `${name}, last token`)
        }
      })
    }
  }
})

t.test('(2) holes are 0 and the rest is uniform, also when cells are filled again', async t => {
  for (const arch of architectures) {
    const path = tinyModel({ arch, weights: 'uniform' })
    for (const flash of [false, true]) {
      for (const heads of [[], chosenHeads(arch)]) {
        const name = `${arch}, flash ${flash}, ${heads.length || 'all'} heads`
        // so small that new tokens have to go into the cells that were freed
        await withSession(path, { flash, context: 256 }, async session => {
          await extend(session, 0, tokensOf(240), heads)
          await addon.sessionCut(session, 0, 50, 120)
          await addon.sessionCut(session, 0, 150, 151)
          await addon.sessionCut(session, 0, 200, 230)
          const visible = (i: number) =>
            !((i >= 50 && i < 120) || i === 150 || (i >= 200 && i < 230))
          const cut = await extend(session, 0, tokensOf(1), heads)
          isUniform(t, cut, 241, `${name}, with holes`, visible)

          const own = await extend(session, 0, tokensOf(40), heads, 2)
          isUniform(t, own, 281, `${name}, holes refilled by the same branch`, visible)
          const other = await extend(session, 1, tokensOf(60), heads, 2)
          isUniform(t, other, 60, `${name}, holes refilled by another branch`)
          t.equal(addon.sessionInfo(session).usedCells, 240 - 101 + 41 + 60)
          isUniform(t, await extend(session, 0, tokensOf(2), heads, 2), 283, name, visible)
          isUniform(t, await extend(session, 1, tokensOf(2), heads, 2), 62, name)

          const rest = 256 - addon.sessionInfo(session).usedCells
          await t.rejects(extend(session, 1, tokensOf(rest + 1), heads), {
            code: 'ERR_CONTEXT_FULL',
          })
          isUniform(t, await extend(session, 1, tokensOf(rest), heads), 62 + rest, `${name}, full`)
        })
      }
    }
  }
})

t.test('(2) a fork sees what it shares and its own', async t => {
  for (const flash of [false, true]) {
    await withSession(tinyModel({ weights: 'uniform' }), { flash }, async session => {
      const name = `flash ${flash}`
      await extend(session, 0, tokensOf(100))
      await addon.sessionFork(session, 0, 1, 60)
      await addon.sessionFork(session, 0, 2, 100)
      await addon.sessionCut(session, 2, 10, 20)
      const hole = (i: number) => i < 10 || i >= 20
      for (let round = 1; round <= 3; round++) {
        isUniform(
          t,
          await extend(session, 0, tokensOf(7), [], 2),
          100 + 7 * round,
          `${name}, source`,
        )
        isUniform(t, await extend(session, 1, tokensOf(1)), 60 + round, `${name}, fork`)
        const cut = await extend(session, 2, tokensOf(3), [], 2)
        isUniform(t, cut, 100 + 3 * round, `${name}, fork with a hole`, hole)
      }
      await addon.sessionDrop(session, 0)
      isUniform(t, await extend(session, 1, tokensOf(1)), 64, `${name}, source dropped`)
      isUniform(t, await extend(session, 2, tokensOf(1)), 110, `${name}, source dropped`, hole)
    })
  }
})

/* ---- sums --------------------------------------------------------------------------------- */

t.test('(3) rows sum to 1', async t => {
  t.comment(`seed ${seed}`)
  for (const arch of architectures) {
    for (const cache of ['f16', 'q8_0']) {
      for (const flash of [false, true]) {
        for (const heads of [[], chosenHeads(arch)]) {
          await withSession(tinyModel({ arch }), { flash, cache }, async session => {
            const rows = [
              await extend(session, 0, tokensOf(250), heads, 2),
              await extend(session, 0, tokensOf(1), heads),
            ]
            const off = Math.max(...rows.map(offOne))
            const name = `${arch}, ${cache}, flash ${flash}, ${heads.length || 'all'} heads`
            t.comment(`${name}: max difference of a sum ${off.toExponential(2)}`)
            t.notOk(!(off <= 1e-3), `${name}: rows sum to 1`)
          })
        }
      }
    }
  }
})

function offOne({ data, queries, rows, length, headsPerRow }: NativeRows): number {
  let max = 0
  for (let at = 0; at < queries * rows; at++) {
    let sum = 0
    for (let i = 0; i < length; i++) sum += data[at * length + i] ?? Number.NaN
    max = Math.max(max, Math.abs(sum / headsPerRow - 1))
  }
  return max
}
