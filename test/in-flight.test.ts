/** Pruning while a trace is generated: the cache holds what it should, and looks leave no trace. */

import t, { type Test } from 'tap'
import {
  type GenerateOptions,
  type InFlightEvent,
  loadModel,
  type Model,
  readTrace,
  type Session,
  type SessionOptions,
  type Splitter,
  segment,
  type Trace,
} from '../dist/index.js'
import { native } from '../dist/native.js'
import { openModelHandle } from './support/addon.mjs'
import { problemMessages, reasonerPath } from './support/reasoner.js'
import { tinyModel } from './support/tiny-models.mjs'

t.setTimeout(600_000)

/** Steps of a fixed size: a model of random weights writes no paragraphs. */
const everyThirty: Splitter = {
  name: 'every-thirty',
  split: text =>
    Array.from({ length: Math.ceil(text.length / 30) }, (_, i) => ({
      start: 30 * i,
      end: Math.min(text.length, 30 * i + 30),
    })),
}

const prompt = [{ role: 'user', content: 'Add one and two, and then three.' }] as const
const segmenting = { splitter: everyThirty, minCharacters: 0 }
const pruning = { every: 20, window: 8, segmenting } as const
const exact = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
const length = { maxTokens: 150, temperature: 1, topK: 0, topP: 1, seed: 5 } as const

/** Never ends, never closes its thinking. */
const path = () =>
  tinyModel({
    type: 'F32',
    bias: { '</think>': -99, '<think>': -99, '<｜end▁of▁sentence｜>': -99 },
    context: 2048,
  })

async function open(
  t: Test,
  options?: SessionOptions,
): Promise<{ model: Model; session: Session }> {
  const model = await loadModel(path())
  t.teardown(() => model.close())
  return {
    model,
    session: await model.createSession({ contextLength: 512, threads: 1, ...options }),
  }
}

interface Run {
  readonly trace: Trace
  readonly events: readonly InFlightEvent[]
}

async function run(session: Session, options: GenerateOptions): Promise<Run> {
  const generation = session.generate(prompt, { ...length, ...options })
  const events: InFlightEvent[] = []
  for await (const chunk of generation) events.push(...(chunk.events ?? []))
  return { trace: await generation.finish(), events }
}

const inFlightOf = ({ inFlight }: Trace) => {
  if (inFlight === undefined) throw new Error('the trace has no record')
  return inFlight
}

const evictedTokens = (trace: Trace): number =>
  inFlightOf(trace)
    .evictions.flatMap(({ ranges }) => ranges)
    .reduce((sum, { start, end }) => sum + end - start, 0)

/**
 * The log-probabilities that the model gives to the trace's tokens when the same ranges are cut at the
 * same moments, token by token, with the addon alone: no looks, no undo, no packing.
 */
async function replay(t: Test, trace: Trace, dense: boolean): Promise<number[]> {
  const addon = native()
  const model = await openModelHandle(addon, path())
  const handle = await addon.sessionOpen(model, 512, 256, 1, 1, false, 'f16', 'f16', false, 0)
  t.teardown(async () => {
    await addon.sessionClose(handle)
    await addon.modelClose(model)
  })
  const none = new Int32Array(0)
  const extend = (tokens: readonly number[]) =>
    addon.sessionExtend(handle, 0, Int32Array.from(tokens), true, 0, none, none, none)
  const promptLength = trace.prompt.tokens.length
  let held: { token: number; position: number }[] = []
  await extend(trace.prompt.tokens)
  const logprobs: number[] = []
  for (const [at, token] of trace.tokens.entries()) {
    const cut = inFlightOf(trace).evictions.find(eviction => eviction.at === at)
    if (cut) {
      const isGone = (index: number) =>
        cut.ranges.some(({ start, end }) => index >= start && index < end)
      if (dense) {
        held = held.filter(({ token: index }) => !isGone(index))
        held = held.map(({ token: index }, i) => ({ token: index, position: promptLength + i }))
        await addon.sessionDrop(handle, 0)
        await extend([
          ...trace.prompt.tokens,
          ...held.map(({ token: index }) => trace.tokens[index] ?? -1),
        ])
      } else {
        for (const { token: index, position } of held) {
          if (isGone(index)) await addon.sessionCut(handle, 0, position, position + 1)
        }
        held = held.filter(({ token: index }) => !isGone(index))
      }
    }
    const logits = addon.sessionLogits(handle, 0)
    const most = logits.reduce((a, b) => Math.max(a, b))
    const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0)
    logprobs.push((logits[token] ?? Number.NaN) - most - Math.log(sum))
    held.push({ token: at, position: (held.at(-1)?.position ?? promptLength - 1) + 1 })
    await extend([token])
  }
  return logprobs
}

async function agreesWithReplay(t: Test, trace: Trace, dense = false): Promise<void> {
  const logprobs = await replay(t, trace, dense)
  const worst = trace.logprobs.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (logprobs[i] ?? Number.NaN))),
    0,
  )
  t.ok(worst < 2e-3, `largest difference of a log-probability: ${worst}`)
}

t.test('looks alone change nothing: the text is that of a plain run, token for token', async t => {
  const { session } = await open(t)
  const plain = await run(session, {})
  t.equal(plain.trace.inFlight, undefined)
  for (const observer of ['think-clearly', 'traac', 'last-token', 'window'] as const) {
    const looked = await run(session, { pruning: { ...pruning, observer, budget: { ratio: 0 } } })
    t.strictSame(looked.trace.tokens, plain.trace.tokens, observer)
    t.strictSame(looked.trace.logprobs, plain.trace.logprobs)
    t.ok(inFlightOf(looked.trace).looks >= 4, `${inFlightOf(looked.trace).looks} looks`)
    t.strictSame(inFlightOf(looked.trace).evictions, [])
  }
  const every = {
    ...pruning,
    layers: 'first-half',
    aggregate: 'sum',
    budget: { ratio: 0 },
  } as const
  t.strictSame((await run(session, { pruning: every })).trace.tokens, plain.trace.tokens)
  const sure = { confidence: 1, every: 20 }
  t.strictSame((await run(session, { earlyExit: sure })).trace.tokens, plain.trace.tokens)
})

t.test('a look sees what a fresh prefill of the trace so far and the probe sees', async t => {
  const { model, session } = await open(t, exact)
  const other = await model.createSession({ contextLength: 512, threads: 1, ...exact })
  for (const observer of ['traac', 'window'] as const) {
    const looked = await run(session, { pruning: { ...pruning, observer, budget: { ratio: 0 } } })
    for (const event of looked.events.filter(({ type }) => type === 'scored')) {
      if (event.type !== 'scored') continue
      const { at, steps, scores } = event
      const { trace } = await run(other, { maxTokens: at })
      t.strictSame(trace.tokens, looked.trace.tokens.slice(0, at))
      const fresh = await model.createSession({ contextLength: 512, threads: 1, ...exact })
      const scored = await fresh.scoreSteps(segment(trace, segmenting), { observer })
      await fresh.close()
      for (const [i, index] of steps.entries()) {
        const [live = Number.NaN, again = Number.NaN] = [scores[i], scored.scores[index]]
        t.ok(Math.abs(live - again) <= 1e-4 * again, `step ${index} at ${at}: ${live}, ${again}`)
      }
    }
  }
})

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

t.test('what is left is what the model sees: a replay with the same cuts agrees', async t => {
  const { session } = await open(t)
  for (const compactAt of [1, 0]) {
    const { trace } = await run(session, {
      pruning: { ...pruning, budget: { ratio: 0.5 }, compactAt },
    })
    t.ok(evictedTokens(trace) > 30, `${evictedTokens(trace)} tokens evicted`)
    const cached = trace.prompt.tokens.length + trace.tokens.length - evictedTokens(trace)
    t.equal(session.info.usedCells, cached, 'no cell more')
    await agreesWithReplay(t, trace)
  }
})

t.test('refill: what is left is read again without gaps', async t => {
  const { session } = await open(t)
  const refill = { ...pruning, budget: { ratio: 0.5 }, positions: 'refill' } as const
  const { trace } = await run(session, { pruning: refill })
  t.ok(evictedTokens(trace) > 30)
  await agreesWithReplay(t, trace, true)
})

t.test('only finished steps go, and none that reaches into the window', async t => {
  const { session } = await open(t)
  const { trace, events } = await run(session, { pruning: { ...pruning, budget: { ratio: 1 } } })
  const { steps } = segment(trace, segmenting)
  for (const { at, ranges } of inFlightOf(trace).evictions) {
    const closed = steps.filter(step => step.tokenEnd <= at)
    for (const { start, end } of ranges) {
      t.ok(start >= 0 && end <= at - pruning.window, `[${start}, ${end}) at ${at}`)
      t.ok(
        closed.some(step => step.tokenEnd >= end),
        'of a finished step',
      )
    }
  }
  const order = events.filter(({ type }) => type !== 'step').map(({ type }) => type)
  t.strictSame(order.slice(0, 3), ['scored', 'evicted', 'resumed'])
  const scored = events.filter(event => event.type === 'scored')
  t.ok(scored.every(event => event.steps.length === event.scores.length))
  const stepEvents = events.filter(event => event.type === 'step')
  t.strictSame(
    stepEvents.map(({ index }) => index),
    stepEvents.map((_, i) => i),
    'each step is told once, in order',
  )
})

t.test('a cap on cached tokens outlasts the context', async t => {
  const { session } = await open(t, { contextLength: 256 })
  const plain = await run(session, { maxTokens: 400 })
  t.equal(
    plain.trace.finish,
    'length',
    'without pruning the context is full, and the trace is there',
  )
  const capped = await run(session, {
    maxTokens: 400,
    pruning: { ...pruning, observer: 'last-token', budget: { tokens: 60 } },
  })
  t.equal(capped.trace.tokens.length, 400)
  t.ok(capped.trace.tokens.length > plain.trace.tokens.length)
  t.ok(inFlightOf(capped.trace).peakCachedTokens <= 256)
  for (const event of capped.events) if (event.type === 'evicted') t.ok(event.cachedTokens <= 60)
})

t.test('undo: the last eviction comes back where the answer is unsure', async t => {
  // cells that are kept for an undo change the order in which a sum is taken, and its last bits
  const { session } = await open(t, exact)
  const unsure = { ...pruning, budget: { ratio: 0.5 }, undoBelow: 1 } as const
  const { trace, events } = await run(session, { pruning: unsure })
  const kinds = events
    .map(({ type }) => type)
    .filter(type => type === 'evicted' || type === 'restored')
  t.strictSame(kinds.slice(0, 4), ['evicted', 'restored', 'evicted', 'restored'])
  const restored = events.find(event => event.type === 'restored')
  t.equal(restored?.cachedTokens, restored?.at, 'everything is cached again')
  const cached = trace.prompt.tokens.length + trace.tokens.length - evictedTokens(trace)
  t.equal(session.info.usedCells, cached, 'what was kept for an undo is given back')
  t.ok(inFlightOf(trace).evictions.length <= 1, 'those that were taken back are not recorded')
  const never = await run(session, { pruning: { ...unsure, undoBelow: 0 } })
  const plain = await run(session, { pruning: { ...pruning, budget: { ratio: 0.5 } } })
  t.strictSame(
    never.trace.tokens,
    plain.trace.tokens,
    'a bound that is never missed changes nothing',
  )
  t.strictSame(inFlightOf(never.trace).evictions, inFlightOf(plain.trace).evictions)
})

t.test('a scorer decodes nothing; random is seeded', async t => {
  const { session } = await open(t)
  const random = { ...pruning, scorer: 'random', budget: { ratio: 0.4 } } as const
  const first = await run(session, { pruning: random })
  t.equal(inFlightOf(first.trace).decodedTokens, 0)
  const { millis: _, ...record } = inFlightOf(first.trace)
  t.match((await run(session, { pruning: random })).trace.inFlight, record)
  t.match(
    first.events.find(({ type }) => type === 'scored'),
    { name: 'random' },
  )
})

t.test('the trace survives JSON, and can be scored again though the cache has holes', async t => {
  const { session } = await open(t)
  const { trace } = await run(session, { pruning: { ...pruning, budget: { ratio: 0.5 } } })
  const again = readTrace(JSON.parse(JSON.stringify(trace)))
  t.strictSame(again, trace)
  t.strictSame(segment(again).inFlight, trace.inFlight)
  const scored = await session.scoreSteps(segment(again, segmenting), { observer: 'last-token' })
  t.equal(scored.scores.length, scored.steps.length)
  t.throws(() => readTrace({ ...trace, inFlight: { ...trace.inFlight, looks: 'two' } }), {
    code: 'ERR_TRACE_INVALID',
    message: /inFlight\.looks/,
  })
})

t.test(
  'early exit: the thinking ends where the answer is sure, and the answer follows',
  async t => {
    const model = await loadModel(reasonerPath)
    t.teardown(() => model.close())
    const session = await model.createSession({ contextLength: 2048, threads: 1 })
    const [messages = []] = await problemMessages(1)
    const events: InFlightEvent[] = []
    const generation = session.generate(messages, {
      maxTokens: 800,
      earlyExit: { confidence: 0, times: 1, every: 25 },
    })
    for await (const chunk of generation) events.push(...(chunk.events ?? []))
    const trace = await generation.finish()
    const exit = inFlightOf(trace).exit
    t.ok(exit)
    const [start, end] = [exit?.start ?? 0, exit?.end ?? 0]
    t.equal(await model.detokenize(trace.tokens.slice(start, end)), '\n</think>\n\n')
    t.ok(trace.logprobs.slice(start, end).every(value => value === 0))
    t.equal(trace.answer.tokenStart, trace.thinking.tokenEnd + 1)
    t.match(trace.text.slice(trace.answer.charStart), /\\boxed\{\d+\}/)
    t.equal(trace.finish, 'end')
    t.strictSame(
      events.filter(({ type }) => type !== 'step').map(({ type }) => type),
      ['answer', 'exit'],
    )
    t.match(
      events.find(({ type }) => type === 'answer'),
      { text: /^\d+$/, confidence: Number },
    )
  },
)

t.test('bad options throw at the call and name the option', async t => {
  const { session } = await open(t)
  const cases: [Record<string, unknown>, string, RegExp][] = [
    [{ every: 0 }, 'ERR_OUT_OF_RANGE', /options\.pruning\.every/],
    [{ window: -1 }, 'ERR_OUT_OF_RANGE', /options\.pruning\.window/],
    [{ budget: { ratio: 2 } }, 'ERR_OUT_OF_RANGE', /options\.pruning\.budget\.ratio/],
    [{ budget: {} }, 'ERR_INVALID_ARG_VALUE', /either ratio or tokens/],
    [{ budget: { ratio: 0.1, tokens: 9 } }, 'ERR_INVALID_ARG_VALUE', /either ratio or tokens/],
    [{ window: 64, budget: { tokens: 64 } }, 'ERR_OUT_OF_RANGE', /budget\.tokens .* from 65/],
    [{ observer: 'nobody' }, 'ERR_INVALID_ARG_VALUE', /observer/],
    [{ observer: 'traac', scorer: 'random' }, 'ERR_INVALID_ARG_VALUE', /options\.pruning\.scorer/],
    [{ positions: 'shift' }, 'ERR_INVALID_ARG_VALUE', /options\.pruning\.positions/],
    [{ undoBelow: 0.5, positions: 'refill' }, 'ERR_INVALID_ARG_VALUE', /undoBelow .* left out/],
    [{ undoBelow: Number.NaN }, 'ERR_OUT_OF_RANGE', /options\.pruning\.undoBelow/],
    [{ evry: 3 }, 'ERR_UNKNOWN_OPTION', /every/],
  ]
  for (const [wrong, code, message] of cases) {
    t.throws(() => session.generate(prompt, { pruning: wrong }), { code, message })
  }
  t.throws(() => session.generate(prompt, { earlyExit: { times: 0 } }), {
    code: 'ERR_OUT_OF_RANGE',
    message: /options\.earlyExit\.times/,
  })
})

t.test('what cannot work is refused before anything is generated', async t => {
  const { model, session } = await open(t)
  const single = await model.createSession({ contextLength: 512, threads: 1, branches: 1 })
  await t.rejects(run(single, { pruning }), {
    code: 'ERR_EVICTION_UNAVAILABLE',
    message: /branches: 2/,
  })
  const two = await model.createSession({ contextLength: 512, threads: 1, branches: 2 })
  await t.rejects(run(two, { pruning: { ...pruning, undoBelow: 0.5 } }), { message: /branches: 3/ })
  const small = await model.createSession({ contextLength: 256, threads: 1 })
  const words = 'xyz '.repeat(25)
  const tight = small.generate([{ role: 'user', content: words }], { ...length, pruning })
  await t.rejects(tight.finish(), { code: 'ERR_CONTEXT_FULL', message: /for a probe/ })
  const elsewhere = { name: 'elsewhere', observe: () => ({ tokens: 1 }) }
  await t.rejects(run(session, { pruning: { ...pruning, observer: elsewhere } }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /an observer behind all/,
  })
})

t.test('abort during a look rejects with the reason, and the session goes on', async t => {
  const { session } = await open(t)
  const controller = new AbortController()
  const reason = new Error('enough')
  const stop = {
    name: 'stop',
    observe: (trace: Trace) => {
      if (trace.tokens.length > 0) controller.abort(reason)
      return { tokens: trace.tokens.length, probe: '</think>' }
    },
  }
  const aborted = run(session, {
    pruning: { ...pruning, observer: stop },
    signal: controller.signal,
  })
  await t.rejects(aborted, reason)
  t.equal((await run(session, {})).trace.tokens.length, length.maxTokens)
})
