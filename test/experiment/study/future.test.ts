/** Heads that foretell later looks: chosen where it is known which do, and read the same in flight as in a finished trace. */

import t from 'tap'
import {
  calibrateByFuture,
  findFutureProfile,
  futureProfile,
  futureScore,
  openDataset,
  ownTraces,
  saveFutureProfile,
} from '../../../dist/experiment/index.js'
import { calibrationOf } from '../../../dist/experiment/study/future/calibrate-future.js'
import { chooseFuture, received } from '../../../dist/experiment/study/future/choose.js'
import { fitMix, mixed, standardRanks } from '../../../dist/experiment/study/future/mix.js'
import { momentsOf, repetition, rowsAt } from '../../../dist/experiment/study/future/moments.js'
import type { Moment } from '../../../dist/experiment/study/future/types.js'
import { loadModel } from '../../../dist/index.js'
import { futureText } from '../../../dist/report/index.js'
import { mulberry32 } from '../../support/random.mjs'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

const near = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) < 1e-9)

t.test('ranks have mean 0 and variance 1, ties share theirs', async t => {
  t.ok(near(standardRanks([5, 1, 3]), [Math.sqrt(1.5), -Math.sqrt(1.5), 0]))
  t.ok(near(standardRanks([2, 2, 9]), [-Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2]))
  t.strictSame(standardRanks([4, 4]), [0, 0])
  t.strictSame(standardRanks([]), [])
})

/** Head 1's newest two rows together say what comes; head 0 says nothing, and `repeated` neither. */
const planted = (count: number, seed: number): Moment[] => {
  const random = mulberry32(seed)
  const numbers = (size: number) =>
    Array.from({ length: size }, () => random.integer(1000) / 1000 + 0.001)
  return Array.from({ length: count }, (_, i) => {
    const size = 6 + (i % 5)
    const rows = [0, 1].map(() => Array.from({ length: 8 }, () => numbers(size)))
    const [newest = [], before = []] = rows[1] ?? []
    const target = newest.map((value, step) => value + (before[step] ?? 0))
    return { kind: `kind ${i % 3}`, rows, repeated: numbers(size), target }
  })
}

t.test('the head and the rows that foretell are found, and judged on other kinds', async t => {
  const moments = planted(60, 7)
  const choice = chooseFuture(moments, 2)
  t.match(choice, { heads: [1], newest: 2 })
  t.ok(choice.mix.looks > 0.95 && Math.abs(choice.mix.recency) < 0.05, JSON.stringify(choice.mix))
  const refs = [
    { layer: 0, head: 0 },
    { layer: 0, head: 1 },
  ]
  const calibration = calibrationOf(moments, refs, 2)
  t.match(calibration, { labels: 'future', heads: [{ layer: 0, head: 1 }], newest: 2, mix: null })
  const value = new Map(calibration.rows.map(row => [row.score, row.value]))
  t.ok((value.get('chosen heads') ?? 0) > 0.999)
  t.ok(Math.abs(value.get('recency') ?? 1) < 0.2)
  t.match(await futureText('it', calibration), /0\/1; mean of the newest 2 rows; mixing in/)
})

t.test('a mix is kept where it foretells more: what comes is half recency', async t => {
  const moments = planted(60, 8).map(moment => {
    const [looks, recency] = [
      standardRanks(moment.target),
      standardRanks(moment.target.map((_, i) => i)),
    ]
    return { ...moment, target: looks.map((value, i) => value + (recency[i] ?? 0)) }
  })
  const { mix } = calibrationOf(
    moments,
    [
      { layer: 0, head: 0 },
      { layer: 0, head: 1 },
    ],
    1,
  )
  t.ok(
    mix !== null && Math.abs(mix.looks - mix.recency) < 0.1 && mix.recency > 0.4,
    JSON.stringify(mix),
  )
  const known = { repeated: [0, 0, 1] }
  t.ok(
    near(mixed({ looks: 0, recency: 1, repeated: 0 }, [3, 2, 1], known), standardRanks([0, 1, 2])),
  )
  t.ok(
    near(mixed({ looks: 0, recency: 0, repeated: -1 }, [3, 2, 1], known), standardRanks([1, 1, 0])),
  )
  t.strictSame(
    fitMix([], () => []),
    { looks: 0, recency: 0, repeated: 0 },
  )
})

t.test(
  'what heads pay is the mean of their newest rows, each head as loud as the other',
  async t => {
    const rows = [
      [
        [1, 3],
        [3, 1],
        [9, 0],
      ],
      [
        [0, 100],
        [0, 100],
        [0, 100],
      ],
    ]
    t.ok(near(received({ rows, target: [0, 0] }, [0], 2), [0.5, 0.5]))
    t.ok(near(received({ rows, target: [0, 0] }, [0, 1], 1), [0.125, 0.875]))
    t.ok(near(received({ rows: [[[0, 0]]], target: [0, 0] }, [0], 1), [0, 0]), 'a silent head')
  },
)

t.test(
  'a moment of a trace: rows behind, what is repeated, and what is looked at later',
  async t => {
    const looks = [0, 1, 2, 3, 4, 5, 6].map(j =>
      [0, 1, 2, 3, 4, 5].map(i => (i < j ? j + i / 10 : 0)),
    )
    const steps = [0, 1, 2, 3, 4, 5].map(i => ({ start: 2 * i, end: 2 * i + 2 }))
    const graph = { heads: [{ layer: 0, head: 0 }], steps, looks: [looks], decodedTokens: 0 }
    t.strictSame(rowsAt(graph, 3, 2), [
      [
        [3 / 2, 3.1 / 2, 3.2 / 2],
        [2 / 2, 2.1 / 2, 0],
      ],
    ])
    const tokens = [1, 2, 3, 4, 2, 9]
    const ranges = [0, 1, 2].map(i => ({
      ...{ index: i, text: '', charStart: 0, charEnd: 0 },
      ...{ tokenStart: 2 * i, tokenEnd: 2 * i + 2 },
    }))
    t.strictSame(repetition({ tokens, steps: ranges }, 3), [0.5, 0, 0])
    t.strictSame(
      repetition({ tokens, steps: ranges }, 2),
      [0, 0],
      'what is not written is not known',
    )
  },
)

t.test('on a real model: saved, found again, and the same scores in flight', async t => {
  const cache = process.env.COT_PRUNE_CACHE
  process.env.COT_PRUNE_CACHE = t.testdir()
  t.teardown(() => {
    if (cache === undefined) delete process.env.COT_PRUNE_CACHE
    else process.env.COT_PRUNE_CACHE = cache
  })
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const whole = await openDataset('embedded')
  const dataset = { ...whole, problems: whole.problems.slice(0, 6) }
  const traces = await ownTraces({ session, dataset, maxTokens: 1500 })
  const found = await calibrateByFuture({ model, session, traces, heads: 2 })
  t.ok(found.heads.length >= 1 && found.heads.length <= 2)
  t.ok(found.rows.every(({ value, moments }) => Number.isFinite(value) && moments > 0))
  t.equal(await findFutureProfile(reasonerPath), null)
  await saveFutureProfile(await futureProfile(found, reasonerPath))
  const profile = await findFutureProfile(reasonerPath)
  t.match(profile, { ...found, version: 1 })

  const [own] = traces
  if (own === undefined || profile === null) throw new Error('nothing was written')
  const graph = await session.stepGraph(own.trace, { heads: profile.heads })
  const [moment] = momentsOf('', own.trace, graph)
  if (moment === undefined) throw new Error('too short')
  const now = moment.target.length
  const steps = own.trace.steps.slice(0, now)
  const score = futureScore({ ...profile, mix: null }).begin({ seed: 0 })
  const cut = {
    looks: graph.looks.map(head => head.slice(0, now + 1).map(row => row.slice(0, now))),
  }
  const scores = score({
    trace: own.trace,
    steps: steps.map(({ index }) => ({ step: index, start: 0, end: 1 })),
    tokens: [],
    rows: [],
    graph: { ...graph, ...cut, steps: graph.steps.slice(0, now) },
    values: null,
  })
  t.ok(Array.isArray(scores))
  const heads = profile.heads.map((_, head) => head)
  t.ok(near('scores' in scores ? [] : scores, received(moment, heads, profile.newest)))
})

t.test('no trace that is long enough is said', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  await t.rejects(calibrateByFuture({ model, session, traces: [] }), { code: 'ERR_NO_STEPS' })
})
