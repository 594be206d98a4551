/**
 * Pruning while a hybrid model thinks: its attention layers lose what is evicted, the state of its recurrent layers
 * does not. test/engine/hybrid.test.ts shows that a cut does this; here, that pruning makes these cuts and no others.
 */

import t from 'tap'
import { type PruningOptions, readTrace, segment } from '../../../dist/index.js'
import {
  agreesWithReplay,
  evictedTokens,
  inFlightOf,
  open,
  pruning,
  run,
  segmenting,
} from '../../support/in-flight.js'
import { fromJson } from '../../support/write-trace.js'

t.setTimeout(120_000)

for (const arch of ['qwen35', 'lfm2', 'granitehybrid', 'nemotron_h'] as const) {
  const tiny = { arch, headDim: 16, embedding: 64, ff: 96 }
  const half = { ...pruning, budget: { ratio: 0.5 } }

  t.test(`${arch}: looks alone change nothing`, async t => {
    const { session } = await open(t, {}, tiny)
    const plain = await run(session, {})
    const looks = { ...pruning, budget: { ratio: 0 } }
    const looked = await run(session, { pruning: looks, earlyExit: { confidence: 1, every: 20 } })
    t.strictSame(looked.trace.tokens, plain.trace.tokens)
    t.ok(inFlightOf(looked.trace).looks >= 4)
    t.equal(inFlightOf(looked.trace).recurrentStateKept, undefined, 'nothing went')
  })

  t.test(`${arch}: a replay with the same cuts agrees`, async t => {
    const { model, session } = await open(t, {}, tiny)
    t.match(model.info, { recurrent: true, hybrid: true })
    for (const compactAt of [1, 0]) {
      const { trace } = await run(session, { pruning: { ...half, compactAt } })
      t.ok(evictedTokens(trace) > 30, `${evictedTokens(trace)} tokens evicted`)
      const cached = trace.prompt.tokens.length + trace.tokens.length - evictedTokens(trace)
      t.equal(session.info.usedCells, cached, 'no cell more')
      t.equal(inFlightOf(trace).recurrentStateKept, true)
      await agreesWithReplay(t, trace, false, tiny)
      t.strictSame(readTrace(fromJson(segment(trace, segmenting))), segment(trace, segmenting))
    }
  })

  t.test(`${arch}: refill makes the state anew`, async t => {
    const { session } = await open(t, {}, tiny)
    const { trace } = await run(session, { pruning: { ...half, positions: 'refill' } })
    t.ok(evictedTokens(trace) > 30)
    t.equal(inFlightOf(trace).recurrentStateKept, undefined)
    await agreesWithReplay(t, trace, true, tiny)
  })

  t.test(`${arch}: an undo gives the cells back`, async t => {
    const { session } = await open(t, {}, tiny)
    // no answer is that sure: what went always comes back, but for the last time
    const { trace, events } = await run(session, { pruning: { ...half, undoBelow: 1 } })
    t.ok(events.some(({ type }) => type === 'restored'))
    const cached = trace.prompt.tokens.length + trace.tokens.length - evictedTokens(trace)
    t.equal(session.info.usedCells, cached)
  })

  t.test(`${arch}: the step graph prunes, tokens that would be read twice are refused`, async t => {
    const { session } = await open(t, {}, tiny)
    const heads = [{ layer: 1, head: 0 }]
    const { segmenting: _, ...rest } = half
    const byGraph = { stepGraph: { heads, segmenting }, pruning: rest }
    const { trace } = await run(session, byGraph)
    t.ok(evictedTokens(trace) > 30)
    await agreesWithReplay(t, trace, false, tiny)

    const again: PruningOptions[] = [
      { ...half, observer: 'last-token' },
      { ...half, observer: 'window' },
    ]
    for (const refused of again) {
      await t.rejects(run(session, { pruning: refused }), {
        code: 'ERR_EVICTION_UNAVAILABLE',
        message: /reads the newest tokens a second time/,
      })
    }
  })
}
