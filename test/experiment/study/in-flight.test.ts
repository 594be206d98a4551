/** Generation in several ways: what a row says, beside none, beside random, and beside the same steps removed offline. */

import t from 'tap'
import {
  type InFlightResult,
  openDataset,
  runInFlight,
  summarizeInFlight,
} from '../../../dist/experiment/index.js'
import { evictedOffline } from '../../../dist/experiment/study/evicted-offline.js'
import { decideAnswer, loadModel, readTrace } from '../../../dist/index.js'
import { renderInFlight } from '../../../dist/report/index.js'
import { evictedTokens, open, pruning, run, segmenting } from '../../support/in-flight.js'
import { reasonerPath } from '../../support/reasoner.js'

t.setTimeout(300_000)

const result = (values: Partial<InFlightResult>): InFlightResult => ({
  id: '1',
  variant: 'none',
  budget: null,
  predicted: '5',
  correct: true,
  tokens: 100,
  evicted: 0,
  peakCachedTokens: 120,
  looks: 0,
  extraTokens: 0,
  exited: false,
  finish: 'end',
  looping: false,
  forcedClose: false,
  sameText: 1,
  offline: null,
  knew: null,
  millis: 50,
  ...values,
})

t.test('what was evicted is what the trace is without, and the rest is in its order', async t => {
  const { session } = await open(t)
  const { trace } = await run(session, { pruning: { ...pruning, budget: { ratio: 0.5 } } })
  const pruned = evictedOffline(trace, segmenting)
  t.ok(evictedTokens(trace) > 30)
  t.equal(pruned.prunedTokens.length, trace.thinking.tokenEnd - evictedTokens(trace))
  const gone = new Set<number>()
  for (const { ranges } of trace.inFlight?.evictions ?? []) {
    for (const { start, end } of ranges) for (let i = start; i < end; i++) gone.add(i)
  }
  t.strictSame(
    pruned.prunedTokens,
    trace.tokens.slice(0, trace.thinking.tokenEnd).filter((_, i) => !gone.has(i)),
  )
  t.doesNotThrow(() => readTrace(JSON.parse(JSON.stringify(pruned))), 'a pruned trace')
  t.strictSame(
    [...pruned.kept, ...pruned.removed].sort((a, b) => a - b),
    pruned.steps.map((_, i) => i),
  )
})

t.test('undecided answers are counted, and are not right', async t => {
  const open = { predicted: '0.33', correct: false, decision: decideAnswer('0.33', '1/3') }
  const rows = summarizeInFlight([result({}), result({ id: '2', ...open })])
  t.match(rows, [{ correct: 1, total: 2, undecided: 1 }])
  t.match(await renderInFlight(rows), /counted as not right: 1 of a row/)
  t.equal(summarizeInFlight([result({})])[0]?.undecided, undefined)
})

t.test('rows are compared with none, with random of the same budget, and with offline', async t => {
  const [twenty, forty] = [{ ratio: 0.2 }, { ratio: 0.4 }]
  const ids = ['1', '2', '3', '4']
  const rows = (variant: string, budget: typeof twenty | null, right: readonly boolean[]) =>
    ids.map((id, i) =>
      result({
        id,
        variant,
        budget,
        correct: right[i] ?? null,
        predicted: right[i] ? '5' : '6',
        looping: i === 0,
        forcedClose: i < 2,
        sameText: 0.5,
        offline: budget && { predicted: '5', correct: true },
      }),
    )
  const [yes, no] = [true, false]
  const results = [
    ...rows('none', null, [yes, yes, yes, no]),
    ...rows('last-token', twenty, [yes, yes, no, no]),
    ...rows('random', twenty, [yes, no, no, no]),
    ...rows('last-token', forty, [no, no, no, no]),
  ]
  const summary = summarizeInFlight(results)
  t.strictSame(
    summary.map(({ variant, budget }) => [variant, budget]),
    [
      ['none', null],
      ['last-token', twenty],
      ['random', twenty],
      ['last-token', forty],
    ],
  )
  const [none, last, random, harder] = summary
  t.match(none, { change: null, overRandom: null, offline: null, sameAnswer: null, sameText: null })
  t.match(last, {
    correct: 2,
    change: { accuracy: -0.25 },
    overRandom: { accuracy: 0.25, gained: 1, lost: 0 },
    offline: { accuracy: 1, live: { accuracy: -0.5 } },
    sameAnswer: 0.75,
    sameText: 0.5,
    looping: 0.25,
    forcedClose: 0.5,
  })
  t.match(random, { overRandom: null, change: { accuracy: -0.5 } })
  t.equal(harder?.overRandom, null, 'no random at that budget')

  const text = await renderInFlight(summary)
  t.match(text, /last-token │ +20% │ +50\.0%/)
  t.match(text, /Loops │ Forced closes/)
  t.match(text, /Curve .*Peak cached: accuracy/, 'several budgets have a curve')
  t.notMatch(await renderInFlight(summary.slice(0, 3)), /Curve/, 'one has none')
})

t.test('a real model: every row of every problem, in turns', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const dataset = await openDataset('embedded')
  const shared = { every: 60, window: 32 }
  const results = await runInFlight({
    session,
    dataset,
    limit: 2,
    variants: [
      { name: 'none' },
      { name: 'random', pruning: { ...shared, scorer: 'random', budget: { ratio: 0 } } },
      { name: 'random', pruning: { ...shared, scorer: 'random' } },
    ],
  })
  t.strictSame(
    results.map(({ variant, budget }) => [variant, budget]),
    [0, 1].flatMap(() => [
      ['none', null],
      ['random', { ratio: 0 }],
      ['random', { ratio: 0.2 }],
    ]),
  )
  for (const [i, { variant, budget, sameText, offline, predicted, evicted }] of results.entries()) {
    t.equal(offline === null, variant === 'none')
    if (budget === null || evicted > 0) continue
    t.equal(sameText, 1, 'nothing was evicted: the text of a plain run')
    t.equal(predicted, results[i - 1]?.predicted)
    t.equal(offline?.predicted, predicted, 'and read again it answers the same')
  }
  const ceiling = await runInFlight({
    session,
    dataset,
    limit: 1,
    variants: [
      { name: 'none' },
      {
        name: 'oracle',
        pruning: { ...shared, budget: { ratio: 0 } },
        oracle: { by: 'looks', heads: 'all' },
      },
      {
        name: 'by one head',
        pruning: shared,
        oracle: { by: 'deletion', heads: [{ layer: 1, head: 1 }] },
      },
    ],
  })
  t.equal(ceiling[1]?.knew, 1, 'with nothing evicted every step is known')
  t.ok((ceiling[2]?.evicted ?? 0) > 0)
  await t.rejects(
    runInFlight({
      session,
      dataset,
      limit: 1,
      variants: [{ name: 'x', oracle: { by: 'looks', heads: 'all' } }],
    }),
    /oracle/,
    'there is nothing yet that it could know',
  )
  const bare = await runInFlight({
    session,
    dataset,
    limit: 1,
    offline: false,
    variants: [{ name: 'none' }, { name: 'random', pruning: { ...shared, scorer: 'random' } }],
  })
  t.ok(bare.every(({ offline }) => offline === null))
})
