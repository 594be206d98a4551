/** A batch that mixes branches gives each the rows and tokens that it gets alone. */

import t, { type Test } from 'tap'
import { native } from '../../dist/engine/native.js'
import type { NativeSample, SessionHandle } from '../../types/native.js'
import type { HeadRef } from '../../types/public.js'
import { mulberry32 } from '../support/random.mjs'
import { families } from '../support/tiny/families.mjs'
import { type TinyArchitecture, tinyModel } from '../support/tiny-models.mjs'
import { withTinySession } from '../support/tiny-session.js'

t.setTimeout(900_000)

const addon = native()
const none = new Int32Array(0)
const seed = 90_125
const random = mulberry32(seed)
const tokensOf = (count: number): Int32Array =>
  Int32Array.from({ length: count }, () => 32 + random.integer(95))

const withSession = <T>(
  path: string,
  flash: boolean,
  use: (session: SessionHandle) => Promise<T>,
): Promise<T> => withTinySession(path, { flash }, use)

interface Sequence {
  readonly prompt: Int32Array
  readonly stop: readonly string[]
}

const sampler = (session: SessionHandle, branch: number, stop: readonly string[]): void =>
  addon.sessionSampler(session, branch, 0, 0, 1, 0, 1, 0, 64, 0, stop)

async function fill(session: SessionHandle, branch: number, { prompt, stop }: Sequence) {
  await addon.sessionExtend(session, branch, prompt, true, 0, none, none, none)
  sampler(session, branch, stop)
}

async function sample(
  session: SessionHandle,
  branches: readonly number[],
  count: number,
  heads: readonly HeadRef[],
): Promise<readonly NativeSample[]> {
  const layers = Int32Array.from(heads, ({ layer }) => layer)
  const indices = Int32Array.from(heads, ({ head }) => head)
  return addon.sessionSample(
    session,
    Int32Array.from(branches),
    count,
    true,
    layers,
    indices,
    none,
    -1,
  )
}

const only = ([first]: readonly NativeSample[]): NativeSample => {
  if (first === undefined) throw new Error('no sample')
  return first
}

/** NMSE of the worst row; NaN where shapes differ. */
function worstRow({ rows: actual }: NativeSample, { rows: expected }: NativeSample): number {
  if (actual === null || expected === null || actual.data.length !== expected.data.length) {
    return Number.NaN
  }
  const { length } = expected
  let max = actual.length === length && actual.queries > 0 ? 0 : Number.NaN
  for (let start = 0; start < expected.data.length; start += length) {
    let error = 0
    let power = 0
    for (let i = start; i < start + length; i++) {
      const value = expected.data[i] ?? Number.NaN
      error += ((actual.data[i] ?? Number.NaN) - value) ** 2
      power += value ** 2
    }
    max = Math.max(max, error / power)
  }
  return max
}

function isSame(t: Test, name: string, actual: NativeSample, expected: NativeSample): void {
  t.strictSame([...actual.tokens], [...expected.tokens], `${name}: tokens`)
  t.strictSame([actual.finish, actual.stop], [expected.finish, expected.stop], `${name}: finish`)
  t.equal(actual.rows?.queries, actual.tokens.length, `${name}: one row a token`)
  t.strictSame(actual.rows?.capturedLayers, expected.rows?.capturedLayers)
  const max = worstRow(actual, expected)
  t.comment(`${name}: max NMSE ${max.toExponential(2)}`)
  t.notOk(!(max <= 1e-5), `${name}: rows are those of the branch alone`)
}

const architectures: readonly TinyArchitecture[] = [
  ...(['llama', 'qwen2', 'gemma3', 'deepseek2'] as const),
  // a batch holds a state of each branch, in an order of its own
  ...(['qwen35', 'lfm2', 'granitehybrid', 'nemotron_h'] as const),
]
const chosenHeads = (arch: TinyArchitecture): HeadRef[] => {
  const { attends = () => true, defaults } = families[arch]
  const layers = Array.from({ length: defaults?.layers ?? 3 }, (_, layer) => layer).filter(attends)
  return layers.length === 1
    ? [0, 3].map(head => ({ layer: layers[0] ?? 0, head }))
    : layers.map((layer, i) => ({ layer, head: i + 1 }))
}

t.test('(5) a batch of branches of different lengths', async t => {
  t.comment(`seed ${seed}`)
  for (const arch of architectures) {
    // F32 weights: see capture-oracle.test.ts
    const path = tinyModel({ arch, type: 'F32', headDim: 32, embedding: 128, ff: 256 })
    for (const flash of [false, true]) {
      for (const heads of [[], chosenHeads(arch)]) {
        const sequences = [150, 37, 81].map(count => ({ prompt: tokensOf(count), stop: [] }))
        const alone: NativeSample[] = []
        for (const sequence of sequences) {
          await withSession(path, flash, async session => {
            await fill(session, 0, sequence)
            alone.push(only(await sample(session, [0], 12, heads)))
          })
        }
        await withSession(path, flash, async session => {
          for (const [branch, sequence] of sequences.entries()) {
            await fill(session, branch, sequence)
          }
          // results are in the order asked for
          const order = [2, 0, 1]
          const together = await sample(session, order, 12, heads)
          for (const [i, branch] of order.entries()) {
            const [actual, expected] = [together[i], alone[branch]]
            if (actual === undefined || expected === undefined) return t.fail('a sample is missing')
            t.equal(actual.rows?.length, (sequences[branch]?.prompt.length ?? 0) + 12)
            const which = `${heads.length || 'all'} heads, branch ${branch}`
            isSame(t, `${arch}, flash ${flash}, ${which}`, actual, expected)
          }
          t.equal(addon.sessionInfo(session).usedCells, 150 + 37 + 81 + 36)
        })
      }
    }
  }
})

t.test('(5) rows reduced to spans and a tail are sums of the whole rows, holes or not', async t => {
  const path = tinyModel({ type: 'F32' })
  const prompt = tokensOf(90)
  const heads = chosenHeads('qwen2')
  const layers = Int32Array.from(heads, ({ layer }) => layer)
  const indices = Int32Array.from(heads, ({ head }) => head)
  const spans = [
    [0, 20],
    [20, 21],
    [40, 95],
  ] as const
  const read = (holes: boolean, reduced: Int32Array, tail: number) =>
    withSession(path, false, async session => {
      await fill(session, 0, { prompt, stop: [] })
      if (holes) await addon.sessionCut(session, 0, 10, 30)
      const one = Int32Array.of(0)
      return only(await addon.sessionSample(session, one, 12, true, layers, indices, reduced, tail))
        .rows
    })
  for (const holes of [false, true]) {
    const whole = await read(holes, none, -1)
    for (const [some, tail] of [
      [spans, 60],
      [spans, -1],
      [[], 60],
      [[], 200],
    ] as const) {
      const rows = await read(holes, Int32Array.from(some.flat()), tail)
      if (whole === null || rows === null) return t.fail('rows')
      const behind = tail < 0 ? 0 : Math.max(0, whole.length - tail)
      t.equal(rows.length, some.length + behind)
      let worst = 0
      for (let row = 0; row < rows.queries * rows.rows; row++) {
        const of = whole.data.subarray(row * whole.length, (row + 1) * whole.length)
        const sums = some.map(([start, end]) => of.slice(start, end).reduce((a, b) => a + b, 0))
        const expected = [...sums, ...(behind > 0 ? of.slice(tail) : [])]
        for (const [i, value] of expected.entries()) {
          const found = rows.data[row * rows.length + i] ?? Number.NaN
          worst = Math.max(worst, Math.abs(found - value))
        }
      }
      t.notOk(!(worst <= 1e-5), `holes ${holes}, ${some.length} spans, tail ${tail}: ${worst}`)
    }
  }
})

t.test('(5) forks of one prompt, one of which ends before the others', async t => {
  const path = tinyModel({ type: 'F32' })
  for (const flash of [false, true]) {
    const prompt = tokensOf(120)
    const rests = [tokensOf(3), tokensOf(9), tokensOf(30)]
    const heads = chosenHeads('qwen2')
    const texts: string[] = []
    for (const rest of rests) {
      await withSession(path, flash, async session => {
        await fill(session, 0, { prompt: Int32Array.of(...prompt, ...rest), stop: [] })
        texts.push(Buffer.from(only(await sample(session, [0], 10, heads)).bytes).toString())
      })
    }
    // the second branch stops at its fourth token
    const stops = texts.map((text, i) => (i === 1 ? [text.slice(3, 4)] : []))
    const alone: NativeSample[] = []
    for (const [i, rest] of rests.entries()) {
      await withSession(path, flash, async session => {
        const whole = Int32Array.of(...prompt, ...rest)
        await fill(session, 0, { prompt: whole, stop: stops[i] ?? [] })
        alone.push(only(await sample(session, [0], 10, heads)))
      })
    }
    await withSession(path, flash, async session => {
      await addon.sessionExtend(session, 3, prompt, false, 0, none, none, none)
      for (const [branch, rest] of rests.entries()) {
        await addon.sessionFork(session, 3, branch, 120)
        await fill(session, branch, { prompt: rest, stop: stops[branch] ?? [] })
      }
      t.equal(addon.sessionInfo(session).usedCells, 120 + 3 + 9 + 30)
      const together = await sample(session, [0, 1, 2], 10, heads)
      for (const [branch, actual] of together.entries()) {
        const expected = alone[branch]
        if (expected === undefined) return t.fail('a sample is missing')
        isSame(t, `forks, flash ${flash}, branch ${branch}`, actual, expected)
      }
      t.equal(together[1]?.finish, 'stop')
      t.ok((together[1]?.tokens.length ?? 10) < 10, 'it ended before the others')
      t.strictSame(
        together.map(({ finish }) => finish),
        ['more', 'stop', 'more'],
      )
      // the one that left can go on: its logits were kept
      sampler(session, 1, [])
      const more = only(await sample(session, [1], 2, heads))
      const length = (together[1]?.tokens.length ?? 0) + 2
      t.equal(more.rows?.length, 129 + length)
      const text = Buffer.from(together[1]?.bytes ?? []).toString()
      const goesOn = text + Buffer.from(more.bytes).toString()
      t.ok(texts[1]?.startsWith(goesOn), 'with the tokens that it has alone')
    })
  }
})
