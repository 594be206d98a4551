import t from 'tap'
import {
  type ExperimentEvent,
  type ExperimentOptions,
  type ProblemResult,
  pairedBootstrap,
  runExperiment,
  summarize,
} from '../../../dist/experiment/index.js'
import {
  attention,
  context,
  dataset,
  only,
  run,
  scoreOf,
  steps,
  thought,
} from '../../support/fake-experiment.js'
import { fakeSession } from '../../support/fake-session.js'

/* ---- the standard loop -------------------------------------------------------------------- */

t.test(
  'standard: threshold 0 is the answer of the trace, and nothing is decoded for it',
  async t => {
    const { session, results } = await run(
      { reply: () => thought('\\boxed{7}'), score: scoreOf },
      { dataset: dataset({}), thresholds: [0] },
    )
    t.equal(session.batches.length, 0)
    const [row] = only(results).thresholds
    t.match(row, { threshold: 0, predicted: '7', source: 'trace', extraction: 'boxed' })
    t.match(row, { correct: true, decodedTokens: 0, output: null, millis: 0, sameAs: null })
    t.strictSame(row?.kept, [0, 1, 2, 3])
    t.equal(row?.keptTokens, row?.thinkingTokens)
    t.equal(row?.length, `\n${steps.join('\n\n')}\n`.length)
  },
)

t.test('standard: one batch holds each kept set once', async t => {
  const { session, results } = await run(
    {
      reply: () => thought('\\boxed{7}'),
      score: scoreOf,
      evaluate: text => (text.includes('b') ? '\\boxed{7}' : '\\boxed{8}'),
    },
    // Cutoffs of 1..4: 1.03, 1.3, 1.6 drop d; 2.5 drops c as well; 4 keeps a alone.
    { dataset: dataset({}), thresholds: [0.5, 0.01, 0.1, 0.2, 1] },
  )
  t.equal(session.batches.length, 1)
  t.strictSame(
    session.batches[0]?.traces.map(trace => trace.kept),
    [[0, 1, 2], [0, 1], [0]],
  )
  t.match(session.batches[0]?.options, { mode: 'continue', maxTokens: 512 })
  t.equal(session.batches[0]?.options.temperature, undefined, 'greedy, as evaluation is')
  t.strictSame(
    only(results).thresholds.map(row => [
      row.threshold,
      row.keptSteps,
      row.predicted,
      row.correct,
      row.sameAs,
      row.decodedTokens,
    ]),
    [
      [0, 4, '7', true, null, 0],
      [0.01, 3, '7', true, null, 15],
      [0.1, 3, '7', true, attention(0.01), 0],
      [0.2, 3, '7', true, attention(0.01), 0],
      [0.5, 2, '7', true, null, 15],
      [1, 1, '8', false, null, 15],
    ],
  )
  t.equal(only(results).thresholds[5]?.output, '\\boxed{8}')
  t.equal(only(results).thresholds[5]?.length, steps[0]?.length)
})

t.test('standard: asked to, the baseline is answered again as well', async t => {
  const { session, results } = await run(
    { reply: () => thought('\\boxed{7}'), score: scoreOf, evaluate: () => '\\boxed{8}' },
    { dataset: dataset({}), thresholds: [0.5], askAgain: true },
  )
  t.strictSame(
    session.batches[0]?.traces.map(trace => trace.kept),
    [
      [0, 1, 2, 3],
      [0, 1],
    ],
  )
  t.match(only(results).thresholds[0], { predicted: '8', source: 'evaluation', threshold: 0 })
})

t.test('standard: a threshold that removes nothing is the trace itself', async t => {
  const { session, results } = await run(
    { reply: () => thought('\\boxed{7}'), score: () => 1 },
    { dataset: dataset({}) },
  )
  t.equal(session.batches.length, 0)
  const { thresholds } = only(results)
  t.strictSame(
    thresholds.map(row => row.threshold),
    [0, 0.1, 0.2, 0.3, 0.4, 0.5],
  )
  t.ok(thresholds.every(row => row.predicted === '7' && row.decodedTokens === 0))
  t.strictSame(
    thresholds.map(row => row.sameAs),
    [null, ...Array.from({ length: 5 }, () => attention(0))],
  )
})

t.test(
  'standard: generation is sampled as the model says, seeded by the problem, with the tokens asked for',
  async t => {
    const { session, results } = await run(
      { reply: () => thought('\\boxed{7}'), score: scoreOf },
      { dataset: dataset({}, {}), seed: 2 ** 32 - 1, maxTokens: 99, thresholds: [] },
    )
    t.strictSame(
      session.prompts.map(({ text, options }) => [text, options.seed, options.maxTokens]),
      [
        ['problem 0', 2 ** 32 - 1, 99],
        ['problem 1', 0, 99],
      ],
    )
    t.match(session.prompts[0]?.options, { temperature: 0 })
    t.match(session.scored[0]?.options, { aggregate: 'mean' })
    t.equal(session.scored[0]?.options.observer, undefined)
    t.equal(results[0]?.trace.text, thought('\\boxed{7}'))
    t.match(results[0]?.steps[1], { index: 1, text: 'bbbb bbbb bbbb', tokens: 16 })
    t.match(results[0]?.methods, [{ method: 'attention', scores: [4, 3, 2, 1], decodedTokens: 1 }])
  },
)

t.test('standard: the verified answer counts; where there is none, nothing is judged', async t => {
  const { results } = await run(
    { reply: () => thought('\\boxed{007}'), score: scoreOf, evaluate: () => 'no idea' },
    {
      dataset: dataset(
        { answer: '1', verifiedAnswer: '7' },
        { answer: '7', verifiedAnswer: null },
        { answer: '7' },
      ),
      thresholds: [0.5],
    },
  )
  t.strictSame(
    results.map(result => [result.expected, ...result.thresholds.map(row => row.correct)]),
    [
      ['7', true, false],
      [null, null, null],
      ['7', true, false],
    ],
  )
})

t.test('standard: a trace without steps keeps its answer at every threshold', async t => {
  const { session, results } = await run(
    { reply: () => '<think>\n\n</think>\n\n\\boxed{7}' },
    { dataset: dataset({}), thresholds: [0.5] },
  )
  t.equal(session.scored.length, 0)
  t.equal(session.batches.length, 0)
  const { thresholds, steps } = only(results)
  t.strictSame(steps, [])
  t.strictSame(
    thresholds.map(row => [row.threshold, row.steps, row.predicted, row.correct]),
    [
      [0, 0, '7', true],
      [0.5, 0, '7', true],
    ],
  )
})

/* ---- summary ------------------------------------------------------------------------------ */

t.test('summary: the numbers of four problems, by hand', async t => {
  const set = dataset({}, {}, { answer: '8' }, { verifiedAnswer: null })
  const { results } = await run(
    {
      reply: () => thought('\\boxed{7}'),
      score: scoreOf,
      evaluate: text => (text.includes('b') ? '\\boxed{8}' : 'nothing'),
    },
    { dataset: set, thresholds: [0.5, 1] },
  )
  const summary = summarize(results, context(set))
  t.match(summary, { version: 1, preset: 'recommended', planned: 4, finished: 4 })
  t.strictSame(summary.noVerifiedAnswer, ['p3'])
  t.strictSame(summary.noSteps, [])
  t.strictSame(summary.cutOff, [])
  const [base, half, one] = summary.thresholds
  t.match(base, { threshold: 0, correct: 2, total: 3, change: null, stepsKept: 1, reduction: 0 })
  t.equal(base?.accuracy, 2 / 3)
  t.equal(base?.averageLength, 64)
  // p0 and p1 lost, p2 gained: -1 of 3; McNemar of 1 against 2 flips is 1.
  t.match(half, { correct: 1, total: 3, stepsKept: 0.5, decodedTokens: 60 })
  const interval = pairedBootstrap([0, 0, 1], [1, 1, 0])
  t.strictSame(half?.change, { accuracy: -1 / 3, interval, gained: 1, lost: 2, pValue: 1 })
  t.strictSame(summary.correlations, [])
  t.strictSame(summary.scoringTokens, { attention: 4 })
  t.equal(half?.averageLength, 30)
  t.equal(half?.reduction, 1 - 30 / 64)
  t.strictSame(half?.extractions, { boxed: 4 })
  t.strictSame(one?.extractions, { none: 4 })
  t.match(one, { correct: 0, accuracy: 0, stepsKept: 0.25, interval: [0, Number] })
  t.equal(one?.change?.pValue, 0.5)
  t.strictSame(JSON.parse(JSON.stringify(summary)), summary)
  t.strictSame(structuredClone(results), results)
})

t.test('summary: of nothing', async t => {
  const summary = summarize([], context(dataset({})))
  t.strictSame(summary.thresholds, [])
  t.match(summary, { finished: 0, planned: 1 })
})

/* ---- several methods ---------------------------------------------------------------------- */

t.test('methods: the first prunes by the rule, the others keep as many tokens', async t => {
  const { session, results } = await run(
    { reply: () => thought('\\boxed{7}'), score: scoreOf, evaluate: () => '\\boxed{7}' },
    {
      dataset: dataset({}),
      methods: ['attention', 'recency', 'random'],
      thresholds: [0.5],
      seed: 3,
    },
  )
  const { thresholds, methods } = only(results)
  t.strictSame(
    thresholds.map(row => [row.method, row.threshold]),
    ['attention', 'recency', 'random'].flatMap(name => [
      [name, 0],
      [name, 0.5],
    ]),
  )
  const [, attended, , recent, , drawn] = thresholds
  t.strictSame(attended?.kept, [0, 1], 'the two with the highest scores')
  t.strictSame(recent?.kept, [1, 2, 3], 'the two that are newest, and what fits of one more')
  t.equal(recent?.keptTokens, attended?.keptTokens)
  t.equal(drawn?.keptTokens, attended?.keptTokens)
  t.ok((session.batches[0]?.traces.length ?? 9) <= 3, 'one batch for all methods')
  t.strictSame(
    methods.map(({ method, decodedTokens }) => [method, decodedTokens]),
    [
      ['attention', 1],
      ['recency', 0],
      ['random', 0],
    ],
  )
  const summary = summarize(results, context(dataset({})))
  t.match(summary.thresholds[1]?.overRandom, { accuracy: 0, gained: 0, lost: 0 })
  t.equal(summary.thresholds[5]?.overRandom, null, 'random is not compared with itself')
  t.match(summary.correlations[0], { methods: ['attention', 'recency'], rank: -1, traces: 1 })
})

t.test('methods: a scorer and an observer of one’s own', async t => {
  const first = {
    name: 'first',
    score: ({ steps: all }: { steps: readonly unknown[] }) => all.map((_, i) => 9 - i),
  }
  const { session, results } = await run(
    { reply: () => thought('\\boxed{7}'), score: scoreOf },
    { dataset: dataset({}), methods: [first, 'think-clearly'], thresholds: [0.5] },
  )
  t.match(only(results).methods[0], { method: 'first', scores: [9, 8, 7, 6] })
  t.equal(only(results).methods[1]?.method, 'think-clearly')
  t.match(session.scored[0]?.options, { perToken: true, observer: 'think-clearly' })
})

/* ---- the run ------------------------------------------------------------------------------ */

t.test('problems come out one by one, and a limit stops early', async t => {
  const session = fakeSession({ reply: () => thought('7'), score: scoreOf })
  const problems = runExperiment({ session, dataset: dataset({}, {}, {}), limit: 2 })
  t.equal(session.prompts.length, 0, 'nothing runs before the first is asked for')
  await problems.next()
  t.equal(session.prompts.length, 1)
  await problems.next()
  t.match(await problems.next(), { done: true })
  t.equal(session.prompts.length, 2)
})

t.test('samples: each with its own seed, and shards that together are the whole', async t => {
  const set = dataset({}, {}, {})
  const script = { reply: () => thought('7'), score: scoreOf }
  const options = {
    dataset: set,
    samples: 2,
    ask: { sampling: { temperature: 0.5 } },
    thresholds: [],
    seed: 10,
  }
  const { session, results } = await run(script, options)
  const places = (of: readonly ProblemResult[]) =>
    of.map(({ index, sample, seed }) => [index, sample, seed])
  const whole = [
    [0, 0, 10],
    [0, 1, 13],
    [1, 0, 11],
    [1, 1, 14],
    [2, 0, 12],
    [2, 1, 15],
  ]
  t.strictSame(places(results), whole)
  t.ok(session.prompts.every(prompt => prompt.options.temperature === 0.5))
  const shards = []
  for (const index of [1, 2]) {
    const shard = await run(script, { ...options, shard: { index, count: 2 } })
    shards.push(...places(shard.results))
  }
  t.strictSame(
    shards.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0)),
    whole,
  )
  const finished = results.slice(0, 3)
  const rest = await run(script, { ...options, finished })
  t.strictSame(places(rest.results), whole.slice(3), 'what is finished is not made again')
})

t.test('events tell what is going on', async t => {
  const events: ExperimentEvent[] = []
  await run(
    { reply: () => thought('7'), score: scoreOf },
    { dataset: dataset({}), onEvent: event => events.push(event) },
  )
  t.strictSame(
    events.map(event => (event.type === 'stage' ? event.stage : event.type)),
    ['problem', 'generate', 'tokens', 'score', 'evaluate', 'result'],
  )
})

t.test('abort: before, and between problems, with the reason itself', async t => {
  const set = dataset({}, {})
  const script = { reply: () => thought('7'), score: scoreOf }
  const reason = new Error('enough')
  await t.rejects(run(script, { dataset: set, signal: AbortSignal.abort(reason) }), reason)
  const controller = new AbortController()
  const session = fakeSession(script)
  const problems = runExperiment({ session, dataset: set, signal: controller.signal })
  t.match(await problems.next(), { value: { id: 'p0' } })
  controller.abort(reason)
  await t.rejects(problems.next(), reason)
  t.equal(session.prompts.length, 1)
})

t.test('bad options throw at the call and name the option', async t => {
  const session = fakeSession({ reply: () => '' })
  const set = dataset({})
  const cases: [Partial<Record<keyof ExperimentOptions, unknown>>, string, RegExp][] = [
    [{ thresholds: [0, 1.5] }, 'ERR_OUT_OF_RANGE', /options\.thresholds\[1\]/],
    [{ thresholds: [Number.NaN] }, 'ERR_OUT_OF_RANGE', /options\.thresholds\[0\]/],
    [{ thresholds: 0.5 }, 'ERR_INVALID_ARG_TYPE', /options\.thresholds/],
    [{ limit: 0 }, 'ERR_OUT_OF_RANGE', /options\.limit/],
    [{ seed: -1 }, 'ERR_OUT_OF_RANGE', /options\.seed/],
    [{ maxTokens: 1.5 }, 'ERR_OUT_OF_RANGE', /options\.maxTokens/],
    [{ preset: 'best' }, 'ERR_INVALID_ARG_VALUE', /options\.preset/],
    [{ signal: {} }, 'ERR_INVALID_ARG_TYPE', /options\.signal/],
    [{ methods: [] }, 'ERR_INVALID_ARG_VALUE', /options\.methods/],
    [{ methods: ['best'] }, 'ERR_INVALID_ARG_VALUE', /options\.methods\[0\].*'recency'/],
    [{ methods: ['random', 'random'] }, 'ERR_INVALID_ARG_VALUE', /different names/],
    [{ rule: 'keep' }, 'ERR_INVALID_ARG_VALUE', /options\.rule/],
    [{ evaluation: 'again' }, 'ERR_INVALID_ARG_VALUE', /options\.evaluation/],
    [{ protect: { last: -1 } }, 'ERR_OUT_OF_RANGE', /options\.protect\.last/],
    [{ samples: 0 }, 'ERR_OUT_OF_RANGE', /options\.samples/],
    [{ ask: { sampling: { temperature: -1 } } }, 'ERR_OUT_OF_RANGE', /options\.temperature/],
    [{ ask: { sampling: { seed: 1 } } }, 'ERR_UNKNOWN_OPTION', /options\.ask\.sampling\.seed/],
    [{ ask: { thinkingBudget: 0 } }, 'ERR_OUT_OF_RANGE', /options\.thinkingBudget/],
    [{ ask: { templateArguments: { f: () => 1 } } }, 'ERR_INVALID_ARG_TYPE', /Arguments\.f/],
    [{ ask: { system: 3 } }, 'ERR_INVALID_ARG_TYPE', /options\.ask\.system/],
    [{ preset: 'notebook', ask: { system: 'x' } }, 'ERR_INVALID_ARG_VALUE', /as the notebook does/],
    [{ shard: { index: 3, count: 2 } }, 'ERR_OUT_OF_RANGE', /options\.shard\.index/],
    [{ shard: { index: 1, of: 2 } }, 'ERR_UNKNOWN_OPTION', /count/],
    [
      { segmenting: { splitter: 'blank' } },
      'ERR_INVALID_ARG_VALUE',
      /segmenting\.splitter.*'line'/,
    ],
    [{ segmenting: { minCharacters: 1.5 } }, 'ERR_OUT_OF_RANGE', /segmenting\.minCharacters/],
    [{ segmenting: { short: 'keep' } }, 'ERR_INVALID_ARG_VALUE', /segmenting\.short/],
    [{ segmenting: { min: 1 } }, 'ERR_UNKNOWN_OPTION', /segmenting\.min/],
    [{ preset: 'notebook', segmenting: {} }, 'ERR_INVALID_ARG_VALUE', /as the notebook does/],
    [{ preset: 'notebook', rule: 'ratio' }, 'ERR_INVALID_ARG_VALUE', /as the notebook does/],
  ]
  for (const [wrong, code, message] of cases) {
    const options = Object.assign({ session, dataset: set }, wrong)
    // @ts-expect-error: the values are wrong on purpose.
    t.throws(() => runExperiment(options), { code, message })
  }
  const misspelt = Object.assign({ session, dataset: set }, { treshold: [0] })
  t.throws(() => runExperiment(misspelt), { code: 'ERR_UNKNOWN_OPTION', message: /thresholds/ })
})
