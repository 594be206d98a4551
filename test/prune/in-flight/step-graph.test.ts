/** The step graph scores the steps while they are written, and no probe is decoded. */

import t from 'tap'
import { readTrace, segment } from '../../../dist/index.js'
import {
  agreesWithReplay,
  evictedTokens,
  exact,
  inFlightOf,
  open,
  run,
  segmenting,
} from '../../support/in-flight.js'

t.setTimeout(300_000)

t.test('by the step graph: what later steps look at so far, and no probe', async t => {
  const { model, session } = await open(t, exact)
  const heads = [
    { layer: 1, head: 0 },
    { layer: 0, head: 1 },
  ]
  const stepGraph = { heads, segmenting, score: { aggregate: 'sum' } } as const
  const { trace, events } = await run(session, {
    stepGraph,
    pruning: { every: 20, window: 8, budget: { ratio: 0 } },
  })
  t.strictSame(trace.tokens, (await run(session, {})).trace.tokens)
  t.equal(inFlightOf(trace).decodedTokens, 0)
  const other = await model.createSession({ contextLength: 512, threads: 1, ...exact })
  const scored = events.filter(event => event.type === 'scored')
  t.ok(scored.length >= 4)
  for (const { at, name, steps, scores } of scored) {
    t.equal(name, 'step-graph')
    const cut = segment((await run(other, { maxTokens: at })).trace, segmenting)
    t.equal(cut.steps.length, steps.length + 1, 'the last step is unfinished')
    const { looks } = await other.stepGraph(cut, { heads })
    const received = looks.map(head => {
      const most = steps.map(i =>
        Math.max(...head.slice(i + 1, -1).map(row => row[i] ?? Number.NaN)),
      )
      const total = most.reduce((sum, value) => sum + value, 0)
      return most.map(value => value / total)
    })
    for (const [i, score] of scores.entries()) {
      const expected = received.reduce(
        (sum, head) => sum + (head[i] ?? Number.NaN) / heads.length,
        0,
      )
      t.ok(Math.abs(score - expected) < 1e-4, `step ${i} at ${at}: ${score}, ${expected}`)
    }
  }
})

t.test('by the step graph: a replay with the same cuts agrees', async t => {
  const { session } = await open(t)
  const heads = [{ layer: 1, head: 0 }]
  const { trace } = await run(session, {
    stepGraph: { heads, segmenting },
    pruning: { every: 20, window: 8, budget: { ratio: 0.5 } },
  })
  t.ok(evictedTokens(trace) > 30, `${evictedTokens(trace)} tokens evicted`)
  await agreesWithReplay(t, trace)
  t.strictSame(readTrace(JSON.parse(JSON.stringify(trace))), trace)
})

t.test('the graph is the same to the last bit however chunks are cut', async t => {
  const { session } = await open(t)
  const stepGraph = { heads: [{ layer: 1, head: 0 }], segmenting } as const
  const graphs = []
  for (const chunkTokens of [1, 7, 64]) {
    graphs.push((await run(session, { stepGraph, chunkTokens })).trace.stepGraph)
  }
  t.ok((graphs[0]?.steps.length ?? 0) > 3)
  for (const graph of graphs.slice(1)) t.strictSame(graph, graphs[0])
})

t.test(
  'without pruning it is told which steps are finished, and what all are worth then',
  async t => {
    const { model, session } = await open(t, exact)
    const heads = [{ layer: 1, head: 0 }]
    const stepGraph = { heads, segmenting, score: { aggregate: 'sum' } } as const
    const { trace, events } = await run(session, { stepGraph })
    t.strictSame(trace.tokens, (await run(session, {})).trace.tokens, 'nothing else changes')
    const steps = events.filter(event => event.type === 'step')
    const whole = segment(trace, segmenting).steps
    t.strictSame(
      steps.map(({ index, charStart, charEnd, tokenStart, tokenEnd }) => ({
        ...{ index, charStart, charEnd, tokenStart, tokenEnd },
      })),
      whole.slice(0, steps.length).map(({ text: _, ...step }) => step),
    )
    t.ok(steps.length >= whole.length - 2)
    const scored = events.filter(event => event.type === 'scored')
    t.ok(scored.length >= 3)
    const last = scored.at(-1)
    if (last === undefined) throw new Error('nothing was scored')
    const other = await model.createSession({ contextLength: 512, threads: 1, ...exact })
    const cut = segment((await run(other, { maxTokens: last.at })).trace, segmenting)
    const { looks } = await other.stepGraph(cut, { heads })
    const most = last.steps.map(i =>
      Math.max(...(looks[0] ?? []).slice(i + 1, -1).map(row => row[i] ?? 0)),
    )
    const total = most.reduce((sum, value) => sum + value, 0)
    for (const [i, score] of last.scores.entries()) {
      t.ok(Math.abs(score - (most[i] ?? Number.NaN) / total) < 1e-4, `step ${i}`)
    }
  },
)
