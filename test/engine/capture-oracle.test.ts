/**
 * Captured attention rows against upstream's own softmax: test/native/attention_oracle.cc copies
 * `kq_soft_max` of every layer, flash attention off, through the public llama.h.
 */

import t, { type Test } from 'tap'
import { loadModel, segment } from '../../dist/index.js'
import type { NativeRows, SessionHandle } from '../../types/native.js'
import type { HeadRef } from '../../types/public.js'
import {
  addon,
  capture,
  errorOf,
  expectedRows,
  extend,
  manyHeads,
  nmse,
  oneHead,
  refs,
  rowOf,
  type Subject,
  seed,
  skip,
  subjects,
  sumOf,
  tokensOf,
  twoGlobal,
  unmoved,
  within,
  withSession,
} from '../support/oracle.js'

t.setTimeout(900_000)

/* ---- all heads ---------------------------------------------------------------------------- */

const caches = [
  { name: 'F16', key: 'f16', tolerance: 1e-5 },
  { name: 'Q8_0', key: 'q8_0', tolerance: 1e-3 },
] as const

t.test('(1) the row of all heads is the oracle', { skip }, async t => {
  t.comment(`seed ${seed}`)
  const tokens = tokensOf(300)
  for (const of of subjects) {
    for (const { name: cache, key, tolerance } of caches) {
      const rows = await expectedRows(t.testdir(), of, tokens, { key })
      const expected = sumOf(rows, of, 300, 0, 300)
      for (const flash of [false, true]) {
        const name = `${of.name}, ${cache} cache, flash ${flash}`
        // upstream allows a quantised value cache with flash attention only
        const value = flash ? key : 'f16'
        const check = (t: Test, row: NativeRows, how: string) => {
          t.match(row, { queries: 1, rows: 1, length: 300 })
          t.strictSame([...row.capturedLayers], of.global, 'global layers')
          t.equal(row.headsPerRow, of.global.length * of.heads)
          within(t, nmse(row.data, expected), tolerance, `${name}, ${how}`)
        }
        await withSession(of.path, { flash, key, value }, async session => {
          check(t, await capture(session, tokens, {}), 'last of a prefill')
          await extend(session, tokens.subarray(0, 299), { branch: 1 })
          const single = await capture(session, tokens.subarray(299), { branch: 1 })
          check(t, single, 'a single token')
        })
      }
    }
  }
})

t.test('rows are by position, not by cell', { skip }, async t => {
  const tokens = tokensOf(300)
  for (const of of subjects) {
    const rows = await expectedRows(t.testdir(), of, tokens)
    const head = { layer: of.global.at(-1) ?? 0, head: 1 }
    for (const flash of [false, true]) {
      await withSession(of.path, { flash }, async session => {
        // the later part of branch 0 fills cells that branch 1 leaves, which are before its own
        await extend(session, tokensOf(200, seed + 1), { branch: 1 })
        await extend(session, tokens.subarray(0, 100))
        await addon.sessionCut(session, 1, 0, 110)
        await extend(session, tokens.subarray(100, 200))
        await addon.sessionDrop(session, 1)
        const rest = tokens.subarray(200)
        const all = await capture(session, rest, {})
        await addon.sessionCut(session, 0, 200, 300)
        const one = await capture(session, rest, { heads: [head] })
        const name = `${of.name}, scattered cells, flash ${flash}`
        within(t, nmse(all.data, sumOf(rows, of, 300, 0, 300)), 1e-5, `${name}, all heads`)
        within(
          t,
          nmse(one.data, rowOf(rows, of, 300, 0, head)),
          oneHead(flash),
          `${name}, one head`,
        )
      })
    }
  }
})

/* ---- chosen heads ------------------------------------------------------------------------- */

/** Lists that the graph computes in different ways: runs of one K head, or whole layers. */
function headLists({ global, heads }: Subject): Readonly<Record<string, HeadRef[]>> {
  const [first = 0, last = first] = [global[0], global.at(-1)]
  const all = (layer: number) => Array.from({ length: heads }, (_, head) => ({ layer, head }))
  return {
    // neighbours within a K head and across two, out of order, one of them twice
    'eight heads': refs(
      [last, 3],
      [first, 0],
      [first, 1],
      [first, 2],
      [last, 0],
      [last, 2],
      [first, 3],
      [first, 1],
    ),
    'one head': refs([first, 2]),
    'all heads of a layer': all(last),
    'all heads of all layers': global.flatMap(all),
    'many scattered heads': global.flatMap(all).filter((_, i) => i % 2 === 0),
  }
}

function compareHeads(
  t: Test,
  name: string,
  of: Subject,
  expected: Float32Array,
  heads: readonly HeadRef[],
  flash: boolean,
  rows: NativeRows,
): void {
  t.match(rows, { queries: 1, rows: heads.length, length: 300, headsPerRow: 1 })
  const layers = [...new Set(heads.map(({ layer }) => layer))].sort((a, b) => a - b)
  t.strictSame([...rows.capturedLayers], layers)
  let max = 0
  let first = 0
  for (const [i, head] of heads.entries()) {
    const row = rows.data.subarray(i * 300, (i + 1) * 300)
    const found = nmse(row, rowOf(expected, of, 300, 0, head))
    if (head.layer === 0) first = Math.max(first, found)
    max = Math.max(max, found)
  }
  within(t, max, oneHead(flash), name)
  t.notOk(!(first <= unmoved), `${name}: layer 0 (${first})`)
}

t.test('(9) rows of chosen heads are those of the oracle: last token', { skip }, async t => {
  const tokens = tokensOf(300)
  for (const of of [...subjects, twoGlobal, manyHeads]) {
    const expected = await expectedRows(t.testdir(), of, tokens)
    for (const flash of [false, true]) {
      await withSession(of.path, { flash }, async session => {
        await extend(session, tokens.subarray(0, 200), { branch: 1 })
        for (const [list, heads] of Object.entries(headLists(of))) {
          await addon.sessionFork(session, 1, 0, 200)
          const prefill = await capture(session, tokens.subarray(200), { heads })
          await addon.sessionCut(session, 0, 299, 300)
          const single = await capture(session, tokens.subarray(299), { heads })
          for (const [how, rows] of Object.entries({ prefill, single })) {
            const name = `${of.name}, ${list}, ${how}, flash ${flash}`
            compareHeads(t, name, of, expected, heads, flash, rows)
          }
        }
      })
    }
  }
})

const count = 1000
const spans = [0, 4, 0, 0, 10, 100, 100, 500, 990, 1000, 0, 1000]

interface Comparison {
  /** Rows that were compared. */
  rows: number
  /** NMSE of the worst row, and of all of them together. */
  max: number
  error: number
  power: number
  /** NMSE of the worst row of layer 0. */
  first: number
  /** Largest difference of a span and the sum of its part of the row, for one head. */
  span: number
}

/** Prefills in chunks with full rows, and the last chunk once more with spans. */
async function comparePrefill(
  session: SessionHandle,
  of: Subject,
  tokens: Int32Array,
  expected: Float32Array,
  chunk: number,
  heads: readonly HeadRef[],
): Promise<Comparison> {
  const found: Comparison = { rows: 0, max: 0, error: 0, power: 0, first: 0, span: Number.NaN }
  for (let start = 0; start < count; start += chunk) {
    const piece = tokens.subarray(start, start + chunk)
    const full = await capture(session, piece, { queries: 2, heads })
    compareRows(found, of, expected, start, heads, full)
    if (start + chunk < count) continue
    await addon.sessionCut(session, 0, start, count)
    found.span = spanDifference(full, await capture(session, piece, { queries: 2, heads, spans }))
  }
  return found
}

function compareRows(
  found: Comparison,
  of: Subject,
  expected: Float32Array,
  start: number,
  heads: readonly HeadRef[],
  { data, length, queries, rows, headsPerRow }: NativeRows,
): void {
  for (let at = 0; at < queries * rows; at++) {
    const query = start + Math.floor(at / rows)
    const head = heads[at % rows]
    const wanted = head
      ? rowOf(expected, of, count, query, head).subarray(0, length)
      : sumOf(expected, of, count, query, length)
    const { error, power } = errorOf(data.subarray(at * length, (at + 1) * length), wanted)
    found.max = Math.max(found.max, error / power)
    if (head?.layer === 0) found.first = Math.max(found.first, error / power)
    found.error += error / headsPerRow ** 2
    found.power += power / headsPerRow ** 2
    found.rows++
  }
}

function spanDifference(full: NativeRows, reduced: NativeRows): number {
  const { length } = full
  let max = reduced.length === spans.length / 2 ? 0 : Number.NaN
  for (let at = 0; at < full.queries * full.rows; at++) {
    for (let span = 0; span < reduced.length; span++) {
      let sum = 0
      const end = Math.min(length, spans[2 * span + 1] ?? 0)
      for (let i = spans[2 * span] ?? 0; i < end; i++) sum += full.data[at * length + i] ?? 0
      const value = reduced.data[at * reduced.length + span] ?? Number.NaN
      max = Math.max(max, Math.abs(value - sum) / full.headsPerRow)
    }
  }
  return max
}

t.test('(9) rows at every token of a prefill of 1,000 tokens', { skip }, async t => {
  t.comment(`seed ${seed + 2}`)
  const tokens = tokensOf(count, seed + 2)
  for (const of of [...subjects.slice(0, 2), twoGlobal]) {
    const expected = await expectedRows(t.testdir(), of, tokens, { queries: 'all' })
    const lists = { 'eight heads': headLists(of)['eight heads'] ?? [], 'all heads': [] }
    for (const flash of [false, true]) {
      for (const chunk of [64, 512]) {
        for (const [list, heads] of Object.entries(lists)) {
          const found = await withSession(of.path, { batch: chunk, flash }, session =>
            comparePrefill(session, of, tokens, expected, chunk, heads),
          )
          const name = `${of.name}, ${list}, ubatches of ${chunk}, flash ${flash}`
          t.equal(found.rows, count * Math.max(1, heads.length))
          within(t, found.error / found.power, 1e-5, `${name}, together`)
          within(t, found.max, oneHead(flash), `${name}, worst row`)
          t.notOk(!(found.first <= unmoved), `${name}: layer 0 (${found.first})`)
          t.comment(`${name}: max difference of a span ${found.span.toExponential(2)}`)
          t.notOk(!(found.span <= 1e-6), `${name}: spans are sums of the rows`)
        }
      }
    }
  }
})

/* ---- sliding windows ---------------------------------------------------------------------- */

/** Layers of both kinds: of windows of 64 tokens, and of the whole context. */
const windowed: Subject = { ...twoGlobal, global: [0, 5, 6, 11] }
const mixed = refs([0, 1], [5, 2], [6, 0], [11, 3])

t.test(
  'heads of sliding windows, by position, are the oracle: 0 outside of them',
  { skip },
  async t => {
    const tokens = tokensOf(300)
    const rows = await expectedRows(t.testdir(), windowed, tokens)
    for (const flash of [false, true]) {
      await withSession(windowed.path, { flash }, async session => {
        const check = (found: NativeRows, how: string) => {
          t.strictSame([...found.capturedLayers], windowed.global)
          for (const [i, head] of mixed.entries()) {
            const row = found.data.subarray(i * 300, (i + 1) * 300)
            const name = `${how}, flash ${flash}, layer ${head.layer}`
            within(t, nmse(row, rowOf(rows, windowed, 300, 0, head)), oneHead(flash), name)
            const seen = row.reduce((count, value) => count + (value > 0 ? 1 : 0), 0)
            t.ok(twoGlobal.global.includes(head.layer) ? seen > 64 : seen <= 64, `${seen} seen`)
          }
        }
        // cells out of the order of positions: as in the test of whole contexts above
        await extend(session, tokensOf(200, seed + 1), { branch: 1 })
        await extend(session, tokens.subarray(0, 100))
        await addon.sessionCut(session, 1, 0, 110)
        await extend(session, tokens.subarray(100, 200))
        await addon.sessionDrop(session, 1)
        check(await capture(session, tokens.subarray(200), { heads: mixed }), 'scattered')
        await addon.sessionDrop(session, 0)
        await extend(session, tokens.subarray(0, 299))
        check(await capture(session, tokens.subarray(299), { heads: mixed }), 'a single token')
      })
    }
  },
)

t.test('heads of sliding windows at every token', { skip }, async t => {
  const tokens = tokensOf(200)
  const expected = await expectedRows(t.testdir(), windowed, tokens, { queries: 'all' })
  for (const flash of [false, true]) {
    await withSession(windowed.path, { flash }, async session => {
      const { data } = await capture(session, tokens, { heads: mixed, queries: 2 })
      let [error, power] = [0, 0]
      for (let at = 0; at < 200 * mixed.length; at++) {
        const head = mixed[at % mixed.length] ?? { layer: -1, head: -1 }
        const wanted = rowOf(expected, windowed, 200, Math.floor(at / mixed.length), head)
        const found = errorOf(data.subarray(at * 200, (at + 1) * 200), wanted)
        error += found.error
        power += found.power
      }
      within(t, error / power, 1e-5, `flash ${flash}`)
    })
  }
})

t.test(
  'the sum of all heads has none of sliding windows, and scores are made of the others',
  async t => {
    const model = await loadModel(twoGlobal.path)
    t.teardown(() => model.close())
    const { attentionLayers, windowLayers } = model.info
    t.strictSame(attentionLayers, [5, 11])
    t.strictSame(windowLayers, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10])
    const session = await model.createSession({ contextLength: 512, threads: 2 })
    const tokens = [...tokensOf(100)]
    const { rows, queries, length, data, ...rest } = await session.attention(tokens, {
      heads: mixed,
    })
    t.strictSame({ rows, queries, length }, { rows: 4, queries: 1, length: 100 })
    t.strictSame(rest.heads, mixed)
    t.strictSame(rest.capturedLayers, [0, 5, 6, 11])
    for (const row of [0, 1, 2, 3]) {
      const sum = data.subarray(row * length, (row + 1) * length).reduce((a, b) => a + b, 0)
      t.notOk(!(Math.abs(sum - 1) <= 1e-3), `row ${row} sums to ${sum}`)
    }
    t.match(await session.attention(tokens), { rows: 1, heads: null, capturedLayers: [5, 11] })
    const trace = await session.generate('One. Two.', { maxTokens: 60, temperature: 1 }).finish()
    const steps = segment(trace, { minCharacters: 0 })
    const chosen = await session.scoreSteps(steps, {
      observer: 'last-token',
      layers: { from: 0, to: 6 },
    })
    t.strictSame(chosen.scoring.capturedLayers, [5])
    const none = session.scoreSteps(steps, { observer: 'last-token', layers: [0, 1] })
    await t.rejects(none, { name: 'CotPruneError', code: 'ERR_CAPTURE_UNAVAILABLE' })
  },
)
