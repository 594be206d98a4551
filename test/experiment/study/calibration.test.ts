/** Heads that follow the needed steps: found where they are known to be, judged on other kinds. */

import t from 'tap'
import {
  calibrateByDeletion,
  calibrateHeads,
  headAgreement,
  headsWithout,
  type LabelledTrace,
  openDataset,
  ownTraces,
  stepEffects,
  studyTraces,
} from '../../../dist/experiment/index.js'
import { loadModel, type StepGraph } from '../../../dist/index.js'
import { reasonerPath } from '../../support/reasoner.js'
import { tinyModel } from '../../support/tiny-models.mjs'

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
  const fake = Object.assign(Object.create(session), {
    stepGraph,
  })
  const found = await calibrateHeads({ model, session: fake, traces, heads: 1 })
  t.strictSame(found.heads, [planted])
  t.match(found, { labels: 'needed', measure: 'auc', score: { reduction: 'chain' } })
  t.equal(found.value, 1)
  t.match(found.ranking[0], { ...planted, value: 1 })
  t.strictSame(found.kinds, [...new Set(traces.map(({ kind }) => kind))])
  const judged = found.rows.filter(({ score }) => score.startsWith('chosen'))
  t.equal(judged.length, found.kinds.length + 1)
  for (const row of judged) t.equal(row.value, 1, row.score)
  for (const kind of found.kinds) t.strictSame(headsWithout(found, kind).heads, [planted])
  t.equal(headsWithout(found, 'another kind'), found)
})

t.test('heads that cannot be read, as those of sliding windows, are left out', async t => {
  const model = await loadModel(tinyModel({ arch: 'gemma3' }))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 4096 })
  const traces = (await some()).slice(0, 4)
  const found = await calibrateHeads({ model, session, traces, heads: 2 })
  const layers = new Set(found.ranking.map(({ layer }) => layer))
  t.strictSame([...layers], [5], 'one layer of six is global')
  t.equal(found.ranking.length, model.info.heads)
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
  const names = found.heads.map(({ layer, head }) => `${layer}/${head}`)
  t.ok(names.length >= 1 && names.length <= 3, `${names}`)
  t.equal(new Set(names).size, names.length)
  t.equal(found.ranking.length, layers * heads)
  t.match(found.ranking[0], found.heads[0], 'the best alone comes first')
  t.ok(found.ranking.every(({ value }, i) => value <= (found.ranking[i - 1]?.value ?? 1)))
  for (const { score, value } of found.rows) t.ok(value >= 0 && value <= 1, `${score}: ${value}`)
  t.match(headAgreement(found, found), { rankCorrelation: 1, shared: 8, of: 8 })
  const fewer = { ranking: found.ranking.slice(1) }
  t.throws(() => headAgreement(found, fewer), { message: /heads of the same model/ })
  t.strictSame(
    done,
    done.map((_, i) => i + 1),
  )
  await t.rejects(calibrateHeads({ model, session, traces: [], heads: 0 }), {
    message: /options\.heads/,
  })
})

t.test('without labels: the head that looks at what is missed is found', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const { problems, ...rest } = await openDataset('embedded')
  const dataset = { ...rest, problems: problems.slice(0, 4) }
  const traces = await ownTraces({ session, dataset })
  t.ok(traces.length >= 3)
  t.ok(traces.every(({ kind, trace }) => kind !== '' && trace.steps.length >= 4))
  const planted = { layer: 0, head: 1 }
  // what is missed is measured by the model; one head looks at it in proportion, all others nowhere
  const effects = new Map<unknown, readonly number[]>()
  for (const { trace } of traces) {
    effects.set(trace, (await stepEffects({ model, session, trace })).rest)
  }
  const stepGraph: typeof session.stepGraph = async (trace, { heads }) => {
    const steps = trace.steps.map(({ tokenStart: start, tokenEnd: end }) => ({ start, end }))
    const missed = effects.get(trace) ?? []
    const least = Math.min(...missed)
    const looks = heads.map(({ layer, head }) =>
      Array.from({ length: steps.length + 1 }, (_, j) =>
        steps.map((_, i) => {
          const found = layer === planted.layer && head === planted.head
          // the answer alone looks, so that nothing is handed on
          return found && j === steps.length ? (missed[i] ?? 0) - least + 1 : 0
        }),
      ),
    )
    return { heads, steps, looks, decodedTokens: 0 }
  }
  const fake = Object.assign(Object.create(session), {
    stepGraph,
    logprobs: session.logprobs.bind(session),
    prefill: session.prefill.bind(session),
  })
  const found = await calibrateByDeletion({ model, session: fake, traces, heads: 1 })
  t.match(found, { labels: 'deletion', measure: 'rank-correlation' })
  t.match(found.ranking[0], planted)
  await t.rejects(calibrateByDeletion({ model, session, traces: [] }), { code: 'ERR_NO_STEPS' })
})

t.test('traces in which all steps are needed, or none, say nothing, and are refused', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const [first] = await some()
  if (first === undefined) return t.fail('a trace')
  const error = { code: 'ERR_DATASET', message: /some steps matter more than others/ }
  const all = { ...first, needed: first.steps.map((_, i) => i) }
  const none = { ...first, needed: [] }
  for (const traces of [[], [all], [none, all]]) {
    await t.rejects(calibrateHeads({ model, session, traces }), error)
  }
  const { value, rows } = await calibrateHeads({ model, session, traces: [all, first] })
  t.ok(value >= 0 && value <= 1, 'beside one that says something they do no harm')
  t.ok(rows.every(row => row.traces === 1 || Number.isNaN(row.value)))
})

t.test(
  'templates without a thinking part calibrate, too; without a template it is said',
  async t => {
    const [first, second] = await some()
    if (first === undefined || second === undefined) return t.fail('traces')
    const calibrated = async (template: 'plain' | 'none') => {
      const model = await loadModel(tinyModel({ template, context: 4096, layers: 1 }))
      t.teardown(() => model.close())
      const session = await model.createSession({ contextLength: 4096, threads: 1 })
      return calibrateHeads({ model, session, traces: [first, second], heads: 2 })
    }
    const { value, heads } = await calibrated('plain')
    t.ok(value >= 0 && value <= 1 && heads.length > 0)
    await t.rejects(calibrated('none'), { code: 'ERR_CHAT_TEMPLATE' })
  },
)
