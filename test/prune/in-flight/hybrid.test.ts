/**
 * Pruning while a hybrid model thinks: its attention layers lose what is evicted, the state of its recurrent layers
 * does not. test/engine/hybrid.test.ts shows that a cut does this; here, that pruning makes these cuts and no others.
 */

import t from 'tap'
import { type Observer, readTrace, segment } from '../../../dist/index.js'
import {
  agreesWithReplay,
  evictedTokens,
  exact,
  inFlightOf,
  open,
  pruning,
  run,
  segmenting,
} from '../../support/in-flight.js'
import { agree, fromJson } from '../../support/write-trace.js'

t.setTimeout(120_000)

for (const arch of ['qwen35', 'lfm2', 'granitehybrid', 'nemotron_h'] as const) {
  const tiny = { arch, headDim: 16, embedding: 64, ff: 96 }
  const half = { ...pruning, budget: { ratio: 0.5 } }

  t.test(`${arch}: looks alone change nothing`, async t => {
    const { session } = await open(t, {}, tiny)
    const plain = await run(session, {})
    for (const observer of ['think-clearly', 'last-token', 'window'] as const) {
      const looks = { ...pruning, observer, budget: { ratio: 0 } }
      for (const chunkTokens of [1, 3, 64]) {
        const earlyExit = { confidence: 1, every: 20 }
        const looked = await run(session, { pruning: looks, earlyExit, chunkTokens })
        t.strictSame(looked.trace.tokens, plain.trace.tokens, `${observer}, ${chunkTokens}`)
        t.ok(inFlightOf(looked.trace).looks >= 4)
        t.equal(inFlightOf(looked.trace).recurrentStateKept, undefined, 'nothing went')
        const cached = plain.trace.prompt.tokens.length + plain.trace.tokens.length
        t.equal(session.info.usedCells, cached, 'forks are given back')
      }
    }
  })

  t.test(
    `${arch}: a look sees what a fresh prefill sees, newest tokens read again or not`,
    async t => {
      const { model, session } = await open(t, exact, tiny)
      for (const observer of ['traac', 'last-token', 'window'] as const) {
        const looked = await run(session, {
          pruning: { ...pruning, observer, budget: { ratio: 0 } },
        })
        const scored = looked.events.filter(event => event.type === 'scored')
        t.ok(scored.length >= 4)
        for (const { at, steps, scores } of scored) {
          const fresh = await model.createSession({ contextLength: 512, threads: 1, ...exact })
          const { trace } = await run(fresh, { maxTokens: at })
          await fresh.clear()
          const again = await fresh.scoreSteps(fromJson(segment(trace, segmenting)), { observer })
          await fresh.close()
          const wanted = steps.map(step => again.scores[step] ?? Number.NaN)
          agree(t, scores, wanted, 1e-4, `${observer} at ${at}`)
        }
      }
    },
  )

  t.test(`${arch}: a replay with the same cuts agrees`, async t => {
    const { model, session } = await open(t, {}, tiny)
    t.match(model.info, { recurrent: true, hybrid: true })
    for (const [compactAt, observer] of [
      [1, 'think-clearly'],
      [0, 'think-clearly'],
      [0.25, 'last-token'],
    ] as const) {
      const { trace } = await run(session, { pruning: { ...half, compactAt, observer } })
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

  t.test(
    `${arch}: the step graph prunes, too many tokens that would be read twice are refused`,
    async t => {
      const { session } = await open(t, {}, tiny)
      const heads = [{ layer: 1, head: 0 }]
      const { segmenting: _, ...rest } = half
      const byGraph = { stepGraph: { heads, segmenting }, pruning: rest }
      const { trace } = await run(session, byGraph)
      t.ok(evictedTokens(trace) > 30)
      await agreesWithReplay(t, trace, false, tiny)

      const many: Observer = {
        name: 'newest-twenty',
        observe: ({ tokens }) => ({ tokens: tokens.length, window: 20 }),
      }
      for (const refused of [
        { ...half, observer: many },
        { ...half, observer: 'window' as const, every: 8 },
      ]) {
        await t.rejects(run(session, { pruning: refused }), {
          code: 'ERR_EVICTION_UNAVAILABLE',
          message: /reads the newest \d+ tokens a second time/,
        })
      }
    },
  )
}
