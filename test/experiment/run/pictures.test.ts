/** What a run keeps for pictures: rounded, small, and of the right steps and layers. */

import t from 'tap'
import { openDataset, runExperiment } from '../../../dist/experiment/index.js'
import { layersOf, looksOf } from '../../../dist/experiment/run/pictures.js'
import { loadModel, strongestLooks } from '../../../dist/index.js'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

t.test(
  'the strongest looks: each head is as loud as the other, faint ones are left out',
  async t => {
    const looks = [
      [
        [0, 0],
        [8, 0],
        [0.4, 4],
      ],
      [
        [0, 0],
        [0.001, 0],
        [0.0005, 0.0015],
      ],
    ]
    // of head 0: 1, 0.05, 0.5; of head 1: 2/3, 1/3, 1
    const found = strongestLooks({ looks })
    t.strictSame(
      found.map(({ from, to }) => [from, to]),
      [
        [2, 0],
        [2, 1],
        [1, 0],
      ],
    )
    const mean = (a: number, b: number) => (a + b) / 2
    const most = mean(1, 2 / 3)
    const near = (value: number | undefined, expected: number) =>
      Math.abs((value ?? Number.NaN) - expected) < 1e-9
    t.ok(near(found[0]?.share, mean(0.05, 1 / 3) / most))
    t.ok(near(found[1]?.share, mean(0.5, 1) / most))
    t.equal(found[2]?.share, 1)
    t.strictSame(strongestLooks({ looks }, 0.95).length, 1)
    t.strictSame(strongestLooks({ looks: [[]] }), [])
    const graph = { heads: [], steps: [], looks, decodedTokens: 0 }
    t.strictSame(looksOf(graph).looks, [
      [2, 0, 23],
      [2, 1, 90],
      [1, 0, 100],
    ])
  },
)

t.test('layers: the mean over heads, in per cent of the highest', async t => {
  const headScores = [
    { layer: 3, head: 0, scores: [1, 0] },
    { layer: 1, head: 0, scores: [0, 0] },
    { layer: 3, head: 1, scores: [1, 4] },
  ]
  t.strictSame(layersOf({ headScores }), {
    layers: [
      { layer: 1, shares: [0, 0] },
      { layer: 3, shares: [50, 100] },
    ],
  })
  t.strictSame(layersOf({}), { layers: [] })
})

t.test('a run keeps them where they are asked for, and is the same run', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const dataset = await openDataset('embedded')
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const heads = { heads: [{ layer: 1, head: 1 }], score: {} }
  const shared = { session, dataset, heads, limit: 1, thresholds: [0.3] }
  const methods = ['step-graph', 'last-token', 'recency'] as const
  const first = async (pictures: boolean) => {
    for await (const result of runExperiment({ ...shared, methods, pictures })) return result
    return undefined
  }
  const [drawn, plain] = [await first(true), await first(false)]
  if (drawn === undefined || plain === undefined) throw new Error('no result')
  const [graph, attention, recency] = drawn.methods
  const steps = drawn.steps.length
  t.ok((graph?.looks?.length ?? 0) > steps / 2)
  t.ok(graph?.looks?.every(([from, to]) => to < from && from <= steps))
  t.equal(attention?.layers?.length, model.info.layers)
  t.ok(
    attention?.layers?.every(
      ({ shares }) => shares.length === steps && Math.max(...shares) === 100,
    ),
  )
  t.notOk(recency?.layers ?? recency?.looks)
  t.notOk(plain.methods.some(({ looks, layers }) => looks ?? layers))
  const bare = ({ methods, thresholds }: typeof drawn) => ({
    scores: methods.map(({ scores }) => scores),
    kept: thresholds.map(({ kept, predicted }) => [kept, predicted]),
  })
  t.strictSame(bare(drawn), bare(plain))
})
