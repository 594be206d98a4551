/**
 * Scores of a live trace of a hybrid: its state is read whole or not at all, so that what observes is decoded from a
 * checkpoint. The scores are those of the same trace read back from JSON, which is decoded from the start.
 */

import t from 'tap'
import type { ObserverName } from '../../types/public.js'
import { agree, fromJson, openModel, openSession, write, writer } from '../support/write-trace.js'

t.setTimeout(120_000)

const chunkTokens = 16
const exact = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
const observers: readonly ObserverName[] = ['think-end', 'last-token', 'traac', 'think-clearly']

for (const arch of ['qwen35', 'lfm2', 'granitehybrid', 'nemotron_h'] as const) {
  t.test(`${arch}: a live trace, and the same one read back`, async t => {
    const model = await openModel(t, { ...writer, arch, headDim: 16, embedding: 64, ff: 96 })
    const session = await openSession(model, exact)
    for (const observer of observers) {
      const trace = await write(t, session, { chunkTokens })
      t.ok(trace.answer.tokenEnd > trace.answer.tokenStart, 'the answer is behind the thinking')
      const live = await session.scoreSteps(trace, { observer })
      const { decodedTokens, probeTokens, position } = live.scoring
      const few = decodedTokens - probeTokens <= chunkTokens
      t.ok(few, `${observer}: ${decodedTokens} of ${position} tokens decoded`)
      t.match(await session.scoreSteps(trace, { observer }), { scores: live.scores }, 'once more')
      await session.clear()
      const again = await session.scoreSteps(fromJson(trace), { observer })
      t.equal(again.scoring.decodedTokens, position + 1, 'all of it')
      agree(t, live.scores, again.scores, 1e-5, observer)
    }
  })

  t.test(`${arch}: also where the step graph was recorded`, async t => {
    const model = await openModel(t, { ...writer, arch, headDim: 16, embedding: 64, ff: 96 })
    const session = await openSession(model, exact)
    const stepGraph = { heads: [{ layer: 1, head: 0 }] }
    const trace = await write(t, session, { chunkTokens, stepGraph })
    const { scoring } = await session.scoreSteps(trace, { observer: 'last-token' })
    t.ok(scoring.decodedTokens <= chunkTokens, `${scoring.decodedTokens} tokens decoded`)
  })

  t.test(`${arch}: checkpoints hold no cells that the next trace needs`, async t => {
    const model = await openModel(t, { ...writer, arch, headDim: 16, embedding: 64, ff: 96 })
    const session = await openSession(model, { ...exact, contextLength: 256 })
    const trace = await write(t, session, { chunkTokens })
    const other = await write(t, session, { chunkTokens, maxTokens: 100 })
    // beside the one in the cache there is no room for it
    const long = [...trace.prompt.tokens, ...trace.tokens, ...other.tokens].slice(0, 250)
    const { length } = await session.attention(long)
    t.equal(length, 250)
    await session.clear()
    t.equal(session.info.usedCells, 0)
  })
}
