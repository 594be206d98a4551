/** Which step looks at which: by hand, and against rows read one token at a time. */

import t from 'tap'
import {
  loadModel,
  prune,
  readTrace,
  type SegmentedTrace,
  type StepGraph,
  scoreStepGraph,
  segment,
} from '../../dist/index.js'
import { fakeTrace } from '../support/fake-session.js'
import { segmenting } from '../support/in-flight.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'
import { tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(300_000)

/** Three steps, of 13 + 2, 12 + 2 and 7 tokens. */
const three = segment(
  fakeTrace('p', '<think>one two three\n\nfour and six\n\nseventh</think>\\boxed{2}'),
  { minCharacters: 1 },
)
const graphOf = (trace: SegmentedTrace, ...looks: number[][][]): StepGraph => ({
  heads: looks.map((_, head) => ({ layer: 0, head })),
  steps: trace.steps.map(({ tokenStart, tokenEnd }) => ({ start: tokenStart, end: tokenEnd })),
  looks,
  decodedTokens: 0,
})
const looks = [
  [0, 0, 0],
  [0.2, 0, 0],
  [0.1, 0.3, 0],
  [0.4, 0.1, 0.2],
]
const close = (found: readonly number[], expected: readonly number[]) =>
  found.length === expected.length &&
  found.every((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-12)
const scaled = (values: readonly number[]) => {
  const total = values.reduce((sum, value) => sum + value, 0)
  return values.map(value => value / total)
}

t.test('reductions and aggregates, by hand', async t => {
  const graph = graphOf(three, looks)
  const sizes = three.steps.map(({ tokenStart, tokenEnd }) => tokenEnd - tokenStart)
  t.strictSame(sizes, [15, 14, 7])
  const score = (options: Parameters<typeof scoreStepGraph>[2]) =>
    scoreStepGraph(three, graph, options).scores
  t.ok(close(score({ aggregate: 'sum' }), scaled([0.4, 0.3, 0.2])), 'received-max')
  const over = (exponent: number) =>
    scaled([0.4, 0.3, 0.2].map((value, i) => value / (sizes[i] ?? 1) ** exponent))
  t.ok(close(score({}), over(1)), 'mean is the default')
  t.ok(close(score({ aggregate: 'root' }), over(0.5)))
  const means = scaled([(0.2 + 0.1 + 0.4) / 3, (0.3 + 0.1) / 2, 0.2])
  t.ok(close(score({ reduction: 'received-mean', aggregate: 'sum' }), means))
  // the answer hands 1 on as 4:1:2, step 2 its 2/7 as 1:3, step 1 all that it has
  const second = 1 / 7 + (2 / 7) * (3 / 4)
  const flow = scaled([4 / 7 + (2 / 7) * (1 / 4) + second, second, 2 / 7])
  t.ok(close(score({ reduction: 'flow', aggregate: 'sum' }), flow))
  // mean looks at distances 1, 2 and 3: (0.2 + 0.3 + 0.2) / 3, (0.1 + 0.1) / 2, 0.4
  const one = 0.7 / 3
  const far = scaled([Math.max(0.2 / one, 1, 1), Math.max(0.3 / one, 1), 0.2 / one])
  t.ok(close(score({ distance: true, aggregate: 'sum' }), far))
})

t.test('chain: a look counts as much as the step that looks, by hand', async t => {
  const graph = graphOf(three, looks)
  const score = (options: Parameters<typeof scoreStepGraph>[2]) =>
    scoreStepGraph(three, graph, { reduction: 'chain', aggregate: 'sum', ...options }).scores
  const near = (found: readonly number[], expected: readonly number[]) =>
    found.every((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-12)
  // the strongest looks are 0.4 of all and of the answer, 0.3 of step 2, 0.2 of step 1
  const of = (look: number, own: number, all: number) => look / Math.sqrt(own * all)
  t.ok(near(score({}), [1, of(0.3, 0.3, 0.4), 1]))
  // where the answer looks elsewhere, step 0 counts by what step 1 does with it
  const later = looks.map((row, j) => (j === 3 ? [0.05, 0.1, 0.2] : row))
  const whole = { reduction: 'chain', aggregate: 'sum', inherit: 1 } as const
  const { scores } = scoreStepGraph(three, graphOf(three, later), whole)
  t.ok(near(scores, [of(0.2, 0.2, 0.3), 1, 1]))
  // where step 1 is not needed, what it looks at is needed less
  const weak = [looks[0], looks[1], [0.1, 0.02, 0], [0.05, 0.02, 0.4]].map(row => row ?? [])
  for (const inherit of [0, 0.25, 0.5, 1]) {
    const first = Math.max(0.1 ** inherit * of(0.2, 0.2, 0.4), of(0.1, 0.1, 0.4))
    const found = scoreStepGraph(three, graphOf(three, weak), { ...whole, inherit }).scores
    t.ok(near(found, [first, 0.1, 1]), `inherit ${inherit}: ${found}, ${first}`)
  }
})

t.test(
  'chain: heads are averaged geometrically, so that what one of them ignores is low',
  async t => {
    const blind = looks.map(row => row.map((value, i) => (i === 0 ? 0 : value)))
    const options = { reduction: 'chain', aggregate: 'sum' } as const
    const { scores, headScores } = scoreStepGraph(three, graphOf(three, looks, blind), options)
    t.ok((scores[0] ?? 1) < 0.2 && (scores[1] ?? 0) > 0.5, `${scores}`)
    t.strictSame(
      headScores?.[0]?.scores,
      scoreStepGraph(three, graphOf(three, looks), options).scores,
    )
    const silent = looks.map(row => row.map(() => 0))
    const zero = scoreStepGraph(three, graphOf(three, silent), options)
    t.strictSame(zero.scores, [0, 0, 1], 'nobody looks: the last step is left')
    const one = segment(fakeTrace('p', '<think>only this one</think>2'))
    t.strictSame(scoreStepGraph(one, graphOf(one, [[0], [0.5]]), options).scores, [1])
    t.strictSame(readTrace(JSON.parse(JSON.stringify(zero))), zero)
    for (const inherit of [-0.1, 1.1, Number.NaN]) {
      t.throws(() => scoreStepGraph(three, graphOf(three, looks), { inherit }), /inherit/)
    }
  },
)

t.test('each head is scaled before the mean, and is there alone', async t => {
  const tenth = looks.map(row => row.map(value => value / 10))
  const other = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 1],
  ]
  const options = { aggregate: 'sum' } as const
  const both = scoreStepGraph(three, graphOf(three, tenth, other), options)
  const first = scaled([0.4, 0.3, 0.2])
  t.ok(
    close(
      both.scores,
      first.map((value, i) => (value + (i === 2 ? 1 : 0)) / 2),
    ),
  )
  t.strictSame(
    both.headScores?.map(({ head }) => head),
    [0, 1],
  )
  t.strictSame(both.headScores?.[1]?.scores, [0, 0, 1])
  t.strictSame(readTrace(JSON.parse(JSON.stringify(both))), both)
  t.strictSame(prune(both, { keep: 1 }).kept, [2])
})

t.test('one step, no looks at all', async t => {
  const one = segment(fakeTrace('p', '<think>only this one</think>2'))
  t.strictSame(scoreStepGraph(one, graphOf(one, [[0], [0.5]])).scores, [1])
  t.strictSame(scoreStepGraph(one, graphOf(one, [[0], [0]])).scores, [0])
})

t.test('what does not fit is refused', async t => {
  const graph = graphOf(three, looks)
  const other = segment(fakeTrace('p', '<think>only this one</think>2'))
  t.throws(() => scoreStepGraph(other, graph), { code: 'ERR_TRACE_INVALID', message: /3 other/ })
  t.throws(() => scoreStepGraph(three, graphOf(three)), { message: /at least one head/ })
  t.throws(() => scoreStepGraph(three, graphOf(three, looks.slice(1))), { message: /1 × 4 × 3/ })
  const broken = looks.map(row => row.map(() => Number.NaN))
  t.throws(() => scoreStepGraph(three, graphOf(three, broken)), { code: 'ERR_NOT_FINITE' })
  // @ts-expect-error: no such reduction
  t.throws(() => scoreStepGraph(three, graph, { reduction: 'most' }), { message: /reduction/ })
})

t.test('on a model: as rows read one token at a time, whatever the batch', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const [messages = []] = await problemMessages(1)
  const trace = segment(await session.generate(messages, { maxTokens: 900 }).finish())
  const heads = [
    { layer: 1, head: 3 },
    { layer: 2, head: 0 },
    { layer: 1, head: 0 },
  ]
  const graph = await session.stepGraph(trace, { heads })
  t.equal(graph.looks.length, 3)
  const prompt = trace.prompt.tokens.length
  const all = [...trace.prompt.tokens, ...trace.tokens]
  // the second step and the answer are enough: each token is a job of its own
  for (const j of [1, trace.steps.length]) {
    const { tokenStart: start, tokenEnd: end } = trace.steps[j] ?? trace.answer
    const sums = heads.map(() => trace.steps.map(() => 0))
    for (let q = start; q < end; q++) {
      const { data, length } = await session.attention(all.slice(0, prompt + q + 1), { heads })
      for (const [h, sum] of sums.entries()) {
        for (const [i, step] of trace.steps.entries()) {
          for (let p = step.tokenStart; i < j && p < step.tokenEnd; p++) {
            sum[i] = (sum[i] ?? 0) + (data[h * length + prompt + p] ?? Number.NaN) / (end - start)
          }
        }
      }
    }
    for (const [h, expected] of sums.entries()) {
      for (const [i, value] of expected.entries()) {
        const found = graph.looks[h]?.[j]?.[i] ?? Number.NaN
        t.ok(Math.abs(found - value) < 2e-3, `head ${h}, step ${j} at ${i}: ${found}, ${value}`)
      }
    }
  }
  const scored = scoreStepGraph(trace, graph)
  t.ok(Math.abs(scored.scores.reduce((sum, value) => sum + value, 0) - 1) < 1e-9)
})

t.test('while it is written: the same looks as read afterwards, and the same text', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 2048, threads: 1 })
  const [messages = []] = await problemMessages(1)
  const heads = [
    { layer: 3, head: 1 },
    { layer: 0, head: 7 },
  ]
  const plain = await session.generate(messages, { maxTokens: 900 }).finish()
  for (const segmenting of [undefined, { splitter: 'sentence', minCharacters: 25 }] as const) {
    for (const chunkTokens of [1, 37]) {
      const options = { maxTokens: 900, chunkTokens, stepGraph: { heads, segmenting } }
      const trace = await session.generate(messages, options).finish()
      t.strictSame(trace.tokens, plain.tokens)
      t.strictSame(readTrace(JSON.parse(JSON.stringify(trace))), trace)
      const live = trace.stepGraph
      const again = await session.stepGraph(segment(trace, segmenting), { heads })
      t.strictSame(live?.steps, again.steps)
      const flat = (graph: StepGraph | undefined) => graph?.looks.flat(2) ?? []
      const worst = flat(live).map((value, i) => Math.abs(value - (flat(again)[i] ?? Number.NaN)))
      t.ok(Math.max(...worst) < 1e-3, `looks differ by ${Math.max(...worst)}`)
      t.equal(scoreStepGraph(segment(trace, segmenting), again).scores.length, live?.steps.length)
    }
  }
  for (const wrong of [{ pruning: { scorer: 'random' as const } }, { attention: 'all' as const }]) {
    t.throws(() => session.generate(messages, { stepGraph: { heads }, ...wrong }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /options\.stepGraph must be left out/,
    })
  }
})

t.test('one step, and a step that is longer than a batch', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const heads = [{ layer: 1, head: 1 }]
  const of = async (thinking: string, batchSize: number): Promise<StepGraph> => {
    const session = await model.createSession({ contextLength: 2048, threads: 1, batchSize })
    const messages = [{ role: 'user', content: 'How many?' }] as const
    const trace = segment(await model.traceOf({ messages, thinking, answer: '3' }), {
      minCharacters: 0,
    })
    const graph = await session.stepGraph(trace, { heads })
    t.equal(scoreStepGraph(trace, graph, { reduction: 'chain' }).scores.length, trace.steps.length)
    await session.close()
    return graph
  }
  const one = await of('I note Pia 3.', 512)
  t.equal(one.looks[0]?.length, 2)
  t.ok((one.looks[0]?.[1]?.[0] ?? 0) > 0, 'the answer looks at it')
  const long = `${'So 3 + 4 = 7. '.repeat(40)}\n\nThen 7.\n\n${'Now Pia 7. '.repeat(30)}`
  const [small, large] = [await of(long, 32), await of(long, 512)]
  const flat = (graph: StepGraph) => graph.looks.flat(2)
  const worst = flat(small).map((value, i) => Math.abs(value - (flat(large)[i] ?? Number.NaN)))
  t.ok(Math.max(...worst) < 1e-3, `batches of 32 and of 512 differ by ${Math.max(...worst)}`)
})

t.test('2,000 steps: steps × steps numbers a head, and a score each', async t => {
  const model = await loadModel(tinyModel({ context: 16_384, layers: 1 }))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 16_384, threads: 1 })
  const count = 2000
  const thinking = Array.from({ length: count }, (_, i) => `${i % 10}`).join('\n\n')
  const messages = [{ role: 'user', content: '?' }] as const
  const whole = await model.traceOf({ messages, thinking, answer: '1' })
  const trace = segment(whole, { minCharacters: 0, splitter: 'paragraph' })
  t.equal(trace.steps.length, count)
  const graph = await session.stepGraph(trace, { heads: [{ layer: 0, head: 0 }] })
  t.equal(graph.looks[0]?.length, count + 1)
  t.ok(graph.looks[0]?.every(row => row.length === count))
  const { scores } = scoreStepGraph(trace, graph, { reduction: 'chain' })
  t.ok(scores.length === count && scores.every(score => score >= 0 && score <= 1))
})

t.test('layers whose rows cannot be had are refused', async t => {
  const model = await loadModel(tinyModel({ arch: 'qwen35' }))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  const recurrent = { stepGraph: { heads: [{ layer: 0, head: 0 }] } }
  const error = { code: 'ERR_CAPTURE_UNAVAILABLE', message: /captured/ }
  // beside a layer that has some, the one that has none is named
  const both = { heads: [...recurrent.stepGraph.heads, { layer: 1, head: 0 }] }
  const named = { ...error, message: /layer 0 .*does not attend/ }
  await t.rejects(session.generate('One', { ...recurrent, maxTokens: 8 }).finish(), error)
  const trace = segment(await session.generate('One and two', { maxTokens: 40 }).finish(), {
    minCharacters: 0,
  })
  await t.rejects(session.stepGraph(trace, recurrent.stepGraph), error)
  await t.rejects(session.stepGraph(trace, both), named)
})

t.test('heads of a sliding window look at what is in it', async t => {
  const model = await loadModel(tinyModel({ arch: 'gemma3', type: 'F32', slidingWindow: 16 }))
  t.teardown(() => model.close())
  const session = await model.createSession({
    contextLength: 512,
    threads: 1,
    keyType: 'f32',
    valueType: 'f32',
    flashAttention: false,
  })
  const heads = [
    { layer: 0, head: 0 },
    { layer: 5, head: 0 },
  ]
  const options = { maxTokens: 160, temperature: 1, seed: 4 }
  const recorded = await session
    .generate('One and two', { ...options, stepGraph: { heads, segmenting } })
    .finish()
  const trace = segment(recorded, segmenting)
  t.ok(trace.steps.length >= 4)
  const read = await session.stepGraph(trace, { heads })
  const live = recorded.stepGraph?.looks ?? []
  let most = 0
  for (const [head, looks] of read.looks.entries()) {
    for (const [from, row] of looks.entries()) {
      for (const [to, look] of row.entries()) {
        const other = live[head]?.[from]?.[to] ?? Number.NaN
        most = Math.max(most, Math.abs(look - other))
        const [looking, seen] = [trace.steps[from], trace.steps[to]]
        if (looking === undefined || seen === undefined || to >= from) continue
        // a token sees the 16 that end with itself
        const outside = seen.tokenEnd + 15 <= looking.tokenStart
        if (head === 0) t.equal(look === 0, outside, `step ${from} at ${to}: ${look}`)
        else t.ok(look > 0, `the whole context: step ${from} at ${to}`)
      }
    }
  }
  t.comment(`recorded and read: ${most.toExponential(2)}`)
  t.notOk(!(most <= 1e-4), `recorded and read: ${most}`)
})

t.test('bad heads are named', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  const head = { layer: 0, head: 0 }
  await t.rejects(session.stepGraph(three, { heads: [] }), { message: /options\.heads/ })
  await t.rejects(session.stepGraph(three, { heads: [head, head] }), { message: /heads\[1\]/ })
  const far = { heads: [{ layer: 99, head: 0 }] }
  await t.rejects(session.stepGraph(three, far), { code: 'ERR_OUT_OF_RANGE' })
  await t.rejects(session.stepGraph(three, { heads: [head] }), { code: 'ERR_TRACE_MODEL' })
})
