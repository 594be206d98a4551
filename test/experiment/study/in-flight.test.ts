/** Generation in several ways: what a row says, beside none, beside random, and beside the same steps removed offline. */

import t from 'tap'
import {
  type InFlightResult,
  openDataset,
  runInFlight,
  summarizeInFlight,
} from '../../../dist/experiment/index.js'
import { evictedOffline } from '../../../dist/experiment/study/evicted-offline.js'
import { allHeads, oracle, sharedTokens } from '../../../dist/experiment/study/oracle.js'
import { type LiveLook, loadModel, readTrace, type StepGraph } from '../../../dist/index.js'
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

t.test(
  'the oracle knows the later steps while the texts agree, then it looks at the last row',
  async t => {
    const { session } = await open(t)
    const { trace } = await run(session, { pruning: { ...pruning, budget: { ratio: 0 } } })
    // two heads; steps 0 to 2 of 2, 2 and 4 tokens; step 2 looks at 1, the answer at 0
    const head = (a: number, b: number) => [
      [0, 0, 0],
      [0.9, 0, 0],
      [0.1, a, 0],
      [b, 0, 0],
    ]
    const graph: StepGraph = {
      heads: [
        { layer: 0, head: 0 },
        { layer: 0, head: 1 },
      ],
      steps: [
        { start: 0, end: 2 },
        { start: 2, end: 4 },
        { start: 4, end: 8 },
      ],
      looks: [head(0.4, 0.3), head(0.8, 0.5)],
      decodedTokens: 0,
    }
    const step = { index: 0, text: '', charStart: 0, charEnd: 0, tokenStart: 0, tokenEnd: 0 }
    const lookAt = (tokens: readonly number[], steps: number): LiveLook => ({
      trace: { ...trace, tokens, splitter: '', steps: Array.from({ length: steps }, () => step) },
      steps: [
        { step: 0, start: 0, end: 2 },
        { step: 1, start: 2, end: 4 },
      ],
      rows: [[Float64Array.from([0, 0.2, 0.5, 0.3])]],
      graph: null,
    })
    const knew: boolean[] = []
    const score = oracle({ tokens: [1, 2, 3, 4, 5] }, graph, yes => knew.push(yes)).begin()
    const scoresOf = (look: LiveLook) => {
      const scored = score(look)
      return 'scores' in scored ? scored.scores : scored
    }
    t.strictSame(scoresOf(lookAt([1, 2, 3, 4], 3)), [0.4 / 2, 0.6000000000000001 / 2])
    t.strictSame(scoresOf(lookAt([1, 2, 3, 4, 5], 4)), [0.4 / 2, 0], 'only the answer is to come')
    t.strictSame(scoresOf(lookAt([1, 2, 3, 4, 6], 4)), [0.1, 0.4], 'another text: the row')
    t.strictSame(scoresOf(lookAt([1, 2, 3, 4, 5, 6], 4)), [0.1, 0.4], 'a longer one, too')
    t.strictSame(knew, [true, true, false, false])
    t.equal(sharedTokens([1, 2, 3], [1, 2, 4]), 2)
    t.equal(sharedTokens([1], [1, 2]), 1)
    t.strictSame(allHeads({ heads: 2, attentionLayers: [0, 3] }), [
      { layer: 0, head: 0 },
      { layer: 0, head: 1 },
      { layer: 3, head: 0 },
      { layer: 3, head: 1 },
    ])
  },
)

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
      { name: 'oracle', pruning: { ...shared, budget: { ratio: 0 } }, oracle: 'all' },
      { name: 'by one head', pruning: shared, oracle: [{ layer: 1, head: 1 }] },
    ],
  })
  t.equal(ceiling[1]?.knew, 1, 'with nothing evicted the texts agree to the end')
  t.ok((ceiling[2]?.evicted ?? 0) > 0)
  await t.rejects(
    runInFlight({ session, dataset, limit: 1, variants: [{ name: 'x', oracle: 'all' }] }),
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
