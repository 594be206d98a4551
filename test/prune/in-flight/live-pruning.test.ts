/** Pruning while a trace is generated: the cache holds what it should, and looks leave no trace. */

import t from 'tap'
import {
  type InFlightEvent,
  loadModel,
  readTrace,
  segment,
  type Trace,
} from '../../../dist/index.js'
import {
  agreesWithReplay,
  evictedTokens,
  exact,
  inFlightOf,
  length,
  open,
  prompt,
  pruning,
  run,
  segmenting,
} from '../../support/in-flight.js'
import { problemMessages, reasonerPath } from '../../support/reasoner.js'
import { tinyModel } from '../../support/tiny-models.mjs'

t.setTimeout(600_000)

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

t.test('how chunks are cut, which a slow machine does otherwise, decides nothing', async t => {
  const { session } = await open(t, exact)
  const runs = []
  for (const chunkTokens of [1, 3, 64]) {
    runs.push(await run(session, { pruning: { ...pruning, observer: 'last-token' }, chunkTokens }))
  }
  const [first, ...others] = runs.map(({ trace, events }) => ({
    tokens: trace.tokens,
    evictions: inFlightOf(trace).evictions,
    looks: events.flatMap(event => (event.type === 'scored' ? [event.at] : [])),
  }))
  t.ok((first?.looks.length ?? 0) > 2)
  for (const other of others) t.strictSame(other, first)
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

t.test('a model without thinking tags: all that it writes is thinking', async t => {
  const bias = { '</think>': -99, '<think>': -99, '<｜end▁of▁sentence｜>': -99 }
  const model = await loadModel(tinyModel({ type: 'F32', template: 'plain', bias, context: 2048 }))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  const { trace } = await run(session, { pruning: { ...pruning, budget: { ratio: 0.5 } } })
  t.match(trace.thinking, { tokenStart: 0, tokenEnd: trace.tokens.length })
  t.ok(evictedTokens(trace) > 30, `${evictedTokens(trace)} tokens evicted`)
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
