/** Chains of thought written side by side: the same problems, seeds and order, and nothing lost on the way. */

import t from 'tap'
import {
  type ExperimentOptions,
  openDataset,
  type ProblemResult,
  runExperiment,
} from '../../../dist/experiment/index.js'
import { loadModel } from '../../../dist/index.js'
import { dataset as fakeDataset } from '../../support/fake-experiment.js'
import { fakeSession } from '../../support/fake-session.js'
import { reasonerPath } from '../../support/reasoner.js'
import { openTiny } from '../../support/session.js'

t.setTimeout(300_000)

async function all(options: ExperimentOptions): Promise<ProblemResult[]> {
  const results: ProblemResult[] = []
  for await (const result of runExperiment(options)) results.push(result)
  return results
}

t.test('the same chains in the same order, each by its own seed', async t => {
  // of full precision: a batch of quantised weights rounds otherwise, and a draw near a border then falls otherwise
  const cache = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
  const { session } = await openTiny(
    t,
    { ...cache, contextLength: 4096, branches: 4, threads: 1 },
    { type: 'F32', bias: { '</think>': 1 } },
  )
  const dataset = await openDataset('embedded')
  const shared = {
    session,
    dataset,
    limit: 5,
    samples: 2,
    methods: ['recency'],
    maxTokens: 80,
  } as const
  const ask = { sampling: { temperature: 0.8 } }
  const alone = await all({ ...shared, ask, thresholds: [0.4] })
  const begun: string[] = []
  const together = await all({
    ...{ ...shared, ask, thresholds: [0.4], parallel: 3 },
    onEvent: event => {
      if (event.type === 'problem') begun.push(event.id)
    },
  })
  t.equal(together.length, 10)
  t.strictSame(
    begun,
    together.map(({ id }) => id),
  )
  t.ok(new Set(alone.map(({ trace }) => trace.text)).size === 10, 'all are different')
  for (const [i, one] of alone.entries()) {
    const other = together[i]
    t.match(other, { id: one.id, sample: one.sample, seed: one.seed })
    t.equal(other?.trace.text, one.trace.text, `${one.id}, sample ${one.sample}`)
    const rows = (result: ProblemResult | undefined) =>
      result?.thresholds.map(({ kept, predicted }) => ({ kept, predicted }))
    t.strictSame(rows(other), rows(one))
  }
})

t.test('every mode and score side by side, ended in between and gone on with', async t => {
  const cache = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
  const { session } = await openTiny(
    t,
    { ...cache, contextLength: 2048, branches: 6, threads: 1 },
    { type: 'F32', bias: { ĊĊ: 3, '</think>': 1 } },
  )
  const dataset = await openDataset('embedded')
  for (const evaluation of ['continue', 'evict', 'reprompt', 'resume'] as const) {
    const shared = {
      ...{ session, dataset, evaluation, limit: 4, maxTokens: 80, thresholds: [0.3, 0.6] },
      methods: ['attention', 'last-token', 'random'],
      ...(evaluation === 'resume' && { resume: { maxTokens: 40, cut: { share: 0.5 } } }),
    } as const
    const ask = { sampling: { temperature: 0.8 } }
    const alone = await all({ ...shared, ask })
    const together: ProblemResult[] = []
    for await (const one of runExperiment({ ...shared, ask, parallel: 3 })) {
      if (together.push(one) === 2) break
    }
    const rest = { ...shared, ask, parallel: 2, finished: together }
    together.push(...(await all(rest)))
    t.equal(together.length, 4)
    for (const [i, one] of alone.entries()) {
      const other = together[i]
      t.equal(other?.trace.text, one.trace.text, one.id)
      const rows = (result: ProblemResult | undefined) =>
        result?.thresholds.map(({ kept, predicted, output }) => ({ kept, predicted, output }))
      t.strictSame(rows(other), rows(one), evaluation)
    }
  }
})

t.test('an abort rejects with its reason, and what was yielded stays', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 8192, branches: 4, threads: 1 })
  const reason = new Error('enough')
  const abort = new AbortController()
  const results: string[] = []
  const running = runExperiment({
    session,
    dataset: await openDataset('embedded'),
    methods: ['recency'],
    parallel: 2,
    signal: abort.signal,
  })
  const read = async () => {
    for await (const { id } of running) if (results.push(id) === 2) abort.abort(reason)
  }
  await t.rejects(read(), reason)
  t.equal(results.length, 2)
  await session.clear()
})

t.test('what has no batch, and what a batch cannot say, is refused', async t => {
  const session = fakeSession({ reply: () => '<think>a\n\nb</think>1' })
  const shared = { session, dataset: fakeDataset({}, {}), methods: ['recency'] as const }
  await t.rejects(all({ ...shared, parallel: 2 }), /options\.parallel/)
  t.throws(() => runExperiment({ ...shared, parallel: 0 }), RangeError)
  t.throws(
    () => runExperiment({ ...shared, methods: ['confidence-traac'], parallel: 2 }),
    /options\.parallel/,
  )
  t.throws(
    () => runExperiment({ session, dataset: fakeDataset({}), preset: 'notebook', parallel: 2 }),
    /options\.parallel/,
  )
})
