/** The step graphs of several traces at once are those of each alone. */

import t from 'tap'
import { loadModel, type SegmentedTrace, type StepGraph, segment } from '../../dist/index.js'
import { families } from '../support/tiny/families.mjs'
import { type TinyArchitecture, tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(600_000)

const words = 'alpha beta gamma delta epsilon zeta eta theta'.split(' ')
/** Of so many steps, each another one; a few tokens of a byte each. */
const thinkingOf = (steps: number, salt: number): string =>
  Array.from({ length: steps }, (_, i) => `${words[(i + salt) % 8]} ${(i * 7 + salt) % 10}.`).join(
    '\n\n',
  )

/** Inf where they are of other shapes or NaN. */
function difference(found: StepGraph | undefined, expected: StepGraph): number {
  const flat = expected.looks.flat(2)
  const own = found?.looks.flat(2) ?? []
  if (own.length !== flat.length) return Number.POSITIVE_INFINITY
  return flat.reduce((most, value, i) => {
    const off = Math.abs(value - (own[i] ?? Number.NaN))
    return off <= most ? most : Number.isNaN(off) ? Number.POSITIVE_INFINITY : off
  }, 0)
}

async function open(arch: TinyArchitecture, options: object = {}) {
  const model = await loadModel(
    tinyModel({ arch, type: 'F32', slidingWindow: 32, context: 2048 }),
    { chatTemplate: 'none' },
  )
  const session = await model.createSession({ contextLength: 1024, threads: 1, ...options })
  const traceOf = async (steps: number, salt: number): Promise<SegmentedTrace> => {
    const messages = [{ role: 'user', content: `Question ${salt}?` }] as const
    const given = { messages, thinking: thinkingOf(steps, salt), answer: `${salt % 10}` }
    return segment(await model.traceOf(given), { minCharacters: 0 })
  }
  const { attends = () => true } = families[arch]
  const layers = Array.from({ length: model.info.layers }, (_, layer) => layer)
  const chosen = [...layers.filter(attends), ...model.info.windowLayers]
  const heads = [...new Set([chosen[0] ?? 0, chosen.at(-1) ?? 0])].map(layer => ({
    layer,
    head: 1,
  }))
  return { model, session, traceOf, heads }
}

const archs = [
  'llama',
  'qwen2',
  'gemma3',
  'gpt-oss',
  'deepseek2',
  'qwen35',
  'granitehybrid',
] as const
for (const arch of archs) {
  t.test(`${arch}: up to rounding, in order, from fewer batches`, async t => {
    for (const flashAttention of [false, true]) {
      const { model, session, traceOf, heads } = await open(arch, { flashAttention })
      const traces: SegmentedTrace[] = []
      // short ones share a batch; the one in the middle has a block of cells for itself
      for (const [salt, steps] of [3, 5, 2, 40, 6, 1, 4, 3].entries()) {
        traces.push(await traceOf(steps, salt))
      }
      const before = session.info.decodes
      const alone: StepGraph[] = []
      for (const trace of traces) {
        await session.clear()
        alone.push(await session.stepGraph(trace, { heads }))
      }
      const between = session.info.decodes
      await session.clear()
      const together = await session.stepGraphs(traces, { heads })
      t.ok(session.info.decodes - between < between - before, 'fewer batches')
      t.equal(session.info.usedCells, 0, 'nothing stays in the cache')
      let most = 0
      for (const [i, graph] of alone.entries()) {
        t.strictSame(together[i]?.steps, graph.steps)
        t.equal(together[i]?.decodedTokens, graph.decodedTokens)
        most = Math.max(most, difference(together[i], graph))
      }
      t.comment(`flash ${flashAttention}: looks differ by ${most.toExponential(1)}`)
      // flash attention on a CPU adds up in halves
      t.notOk(!(most < (flashAttention ? 5e-3 : 2e-4)), `looks differ by ${most}`)
      await model.close()
    }
  })
}

t.test('with any number of branches, and a trace at home that stays there', async t => {
  for (const branches of [1, 2, 3, 16]) {
    const { model, session, traceOf, heads } = await open('llama', { branches })
    const kept = await traceOf(12, 9)
    const traces = [await traceOf(4, 0), await traceOf(7, 1), await traceOf(5, 2)]
    const alone: StepGraph[] = []
    for (const trace of traces) alone.push(await session.stepGraph(trace, { heads }))
    await session.prefill(kept)
    const together = await session.stepGraphs([kept, ...traces], { heads })
    for (const [i, graph] of alone.entries()) {
      const most = difference(together[i + 1], graph)
      t.notOk(!(most < 1e-3), `${branches} branches: ${most}`)
    }
    const shared = (together[0]?.decodedTokens ?? Number.NaN) < kept.tokens.length
    t.equal(shared, true, 'what home has of it is not decoded again')
    const { decodedTokens } = session.info
    await session.prefill(kept)
    if (branches > 1) t.equal(session.info.decodedTokens, decodedTokens + 1, 'it is still there')
    await model.close()
  }
})

t.test('a fault names its trace before anything is decoded', async t => {
  const { model, session, traceOf, heads } = await open('llama', { contextLength: 512 })
  const short = await traceOf(4, 0)
  const long = await traceOf(80, 1)
  const need = long.prompt.tokens.length + long.tokens.length
  const full = { code: 'ERR_CONTEXT_FULL' }
  const message = new RegExp(`^${need} tokens do not fit into a context of 512`)
  await t.rejects(session.stepGraph(long, { heads }), { ...full, message })
  const named = new RegExp(`^traces\\[1\\]: ${need} tokens do not fit`)
  await t.rejects(session.stepGraphs([short, long], { heads }), { ...full, message: named })
  const other = { ...short, steps: [] }
  await t.rejects(session.stepGraphs([short, short, other], { heads }), {
    code: 'ERR_NO_STEPS',
    message: /^traces\[2\]: /,
  })
  const foreign = { ...short, tokens: short.tokens.map((id, i) => (i === 3 ? 1 << 20 : id)) }
  await t.rejects(session.stepGraphs([foreign], { heads }), { code: 'ERR_TRACE_MODEL' })
  t.equal(session.info.decodes, 0)
  t.equal((await session.stepGraphs([short, short], { heads })).length, 2)
  t.strictSame(await session.stepGraphs([], { heads }), [])
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await t.rejects(session.stepGraphs([short], { heads, signal }), reason)
  await model.close()
})
