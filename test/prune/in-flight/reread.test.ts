/** Reading a trace with the cache pruned is what writing it so was. */

import t from 'tap'
import { CotPruneError, type Trace } from '../../../dist/index.js'
import { evictedTokens, exact, inFlightOf, open, pruning, run } from '../../support/in-flight.js'

t.setTimeout(300_000)

const furthest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length
    ? Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))))
    : Number.NaN

const near = (value: number) => !Number.isNaN(value) && value < 2e-3

t.test('with nothing evicted it is the likelihood of the trace', async t => {
  const { session } = await open(t, exact)
  const { trace } = await run(session, {})
  const nothing = { ...pruning, budget: { ratio: 0 } }
  const { logprobs, inFlight } = await session.reread(trace, { pruning: nothing })
  const worst = furthest(logprobs, trace.logprobs)
  t.ok(near(worst), `${worst}`)
  t.strictSame(inFlight.evictions, [])
  t.equal(inFlight.peakCachedTokens, trace.prompt.tokens.length + trace.tokens.length)
})

t.test('the same pruning evicts the same and leaves the same likelihoods', async t => {
  const { session } = await open(t, { ...exact, branches: 4 })
  for (const how of [
    { observer: 'last-token' },
    { scorer: 'random' },
    { score: 'plan', remnant: 2 },
    { score: 'value-range', positions: 'refill' },
  ] as const) {
    const { trace } = await run(session, { pruning: { ...pruning, ...how } })
    t.ok(evictedTokens(trace) > 20)
    await session.clear()
    const { logprobs, inFlight } = await session.reread(trace, { pruning: { ...pruning, ...how } })
    t.strictSame(inFlight.evictions, inFlightOf(trace).evictions)
    t.equal(inFlight.peakCachedTokens, inFlightOf(trace).peakCachedTokens)
    const worst = furthest(logprobs, trace.logprobs)
    t.ok(near(worst), `${JSON.stringify(how)}: ${worst}`)
  }
})

t.test('what is evicted is missed: a trace is less likely than it was', async t => {
  const { session } = await open(t, exact)
  const { trace } = await run(session, { temperature: 0 })
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const { logprobs } = await session.reread(trace, {
    pruning: { ...pruning, scorer: 'recency', budget: { tokens: 20 } },
  })
  t.ok(furthest(logprobs, trace.logprobs) > 1e-3, 'something changed')
  t.ok(Number.isFinite(sum(logprobs)))
})

t.test('what is refused', async t => {
  const { session } = await open(t, exact)
  const { trace } = await run(session, { maxTokens: 60 })
  // @ts-expect-error: required
  await t.rejects(session.reread(trace, {}), /options\.pruning/)
  await t.rejects(session.reread(trace, { pruning: { score: 'gap' } }), /stepGraph/)
  const other: Trace = { ...trace, tokens: [...trace.tokens.slice(0, -1), 1e9] }
  await t.rejects(session.reread(other, { pruning }), CotPruneError)
  const signal = AbortSignal.abort('enough')
  await t.rejects(session.reread(trace, { pruning, signal }), 'enough')
  const small = await open(t, { ...exact, contextLength: 256 })
  const long = (await run(session, { maxTokens: 300 })).trace
  await t.rejects(small.session.reread(long, { pruning: { ...pruning, budget: { ratio: 0 } } }), {
    code: 'ERR_CONTEXT_FULL',
  })
})
