/** Heads that follow the needed steps: found where they are known to be, judged on other kinds. */

import t from 'tap'
import { calibrateHeads, type LabelledTrace, studyTraces } from '../dist/experiment/index.js'
import { loadModel, type StepGraph } from '../dist/index.js'
import { reasonerPath } from './support/reasoner.js'

t.setTimeout(300_000)

const some = async (): Promise<readonly LabelledTrace[]> =>
  (await studyTraces()).filter((_, i) => i % 9 === 0)

t.test('a head that looks at needed steps alone is found, whatever the kind', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const traces = await some()
  const planted = { layer: 1, head: 2 }
  let next = 0
  // every head looks everywhere alike, but one
  const stepGraph: typeof session.stepGraph = async (trace, { heads }) => {
    const needed = traces[next++]?.needed ?? []
    const steps = trace.steps.map(({ tokenStart, tokenEnd }) => ({
      start: tokenStart,
      end: tokenEnd,
    }))
    const looks = heads.map(({ layer, head }) => {
      const found = layer === planted.layer && head === planted.head
      const row = (j: number) =>
        steps.map((_, i) => (i < j ? (found && needed.includes(i) ? 0.9 : 0.1) : 0))
      return Array.from({ length: steps.length + 1 }, (_, j) => row(j))
    })
    return { heads, steps, looks, decodedTokens: 0 } satisfies StepGraph
  }
  const fake = Object.assign(Object.create(session), { stepGraph })
  const found = await calibrateHeads({ model, session: fake, traces, heads: 1 })
  t.strictSame(found.heads, [planted])
  t.equal(found.auc, 1)
  t.match(found.ranking[0], { ...planted, auc: 1 })
  t.strictSame(found.kinds, [...new Set(traces.map(({ kind }) => kind))])
  for (const row of found.rows.filter(({ score }) => score.startsWith('1 heads')))
    t.equal(row.auc, 1)
})

t.test('on the model itself: heads of it, each once, a ranking of all, rows in range', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const done: number[] = []
  const found = await calibrateHeads({
    model,
    session,
    traces: await some(),
    heads: 3,
    onTrace: count => done.push(count),
  })
  const { layers, heads } = model.info
  t.equal(found.heads.length, 3)
  t.equal(new Set(found.heads.map(({ layer, head }) => `${layer}/${head}`)).size, 3)
  t.equal(found.ranking.length, layers * heads)
  t.strictSame(
    found.ranking.slice(0, 3).map(({ auc: _, ...head }) => head),
    found.heads,
  )
  t.ok(found.ranking.every(({ auc }, i) => auc <= (found.ranking[i - 1]?.auc ?? 1)))
  for (const { score, auc } of found.rows) t.ok(auc >= 0 && auc <= 1, `${score}: ${auc}`)
  t.strictSame(
    done,
    done.map((_, i) => i + 1),
  )
  await t.rejects(calibrateHeads({ model, session, traces: [], heads: 0 }), {
    message: /options\.heads/,
  })
})
