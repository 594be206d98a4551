/** Scores of steps on real decodes: live, from JSON, and by the rows that they are made of. */

import t, { type Test } from 'tap'
import {
  type CacheType,
  loadModel,
  type Model,
  type ScoredTrace,
  type ScoreOptions,
  type SegmentedTrace,
  type Session,
  segment,
  type Trace,
} from '../../dist/index.js'
import { scoreRow } from '../../dist/score/row-scores.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'
import {
  agree,
  difference,
  endToken,
  fromJson,
  openModel,
  openSession,
  write,
  writer,
} from '../support/write-trace.js'

t.setTimeout(900_000)

/* ---- live and again ----------------------------------------------------------------------- */

/**
 * Live, the trace was decoded token by token; from JSON it is in batches. Without flash attention
 * that is the same to about 1e-7, before rounding to the cache's type. With it, upstream's CPU
 * kernels add up F16 values in F16 for single tokens and in F32 for batches of 64 and more, and
 * scores differ by up to 1e-2; values of another type are always added up in F32.
 */
interface Setup {
  readonly flashAttention: boolean
  readonly valueType: CacheType
  readonly tolerance: number
}

const exact: readonly Setup[] = [
  { flashAttention: true, valueType: 'bf16', tolerance: 1e-4 },
  { flashAttention: true, valueType: 'q8_0', tolerance: 1e-4 },
]
const half: Setup = { flashAttention: false, valueType: 'f16', tolerance: 1e-4 }
const flashHalf: Setup = { flashAttention: true, valueType: 'f16', tolerance: 1e-2 }
const single: Setup = { flashAttention: false, valueType: 'f32', tolerance: 1e-4 }

async function liveAndAgain(
  t: Test,
  model: Model,
  { tolerance, ...setup }: Setup,
  write: (session: Session) => Promise<SegmentedTrace>,
): Promise<void> {
  const session = await openSession(model, { ...setup, keyType: setup.valueType })
  const trace = await write(session)
  const before = session.info.decodedTokens
  const live = await session.scoreSteps(trace)
  t.equal(live.scoring.decodedTokens, 1, 'one token is decoded')
  t.equal(session.info.decodedTokens - before, 1)
  t.strictSame((await session.scoreSteps(trace)).scores, live.scores, 'twice the same')
  await session.close()

  for (const batchSize of [64, 512]) {
    const other = await openSession(model, { ...setup, keyType: setup.valueType, batchSize })
    const again = await other.scoreSteps(fromJson(trace))
    const { architecture } = model.info
    const name = `${architecture}, ${JSON.stringify(setup)}, batches of ${batchSize}`
    t.equal(again.scoring.decodedTokens, again.scoring.position + 1, 'all of it is decoded')
    t.strictSame({ ...again.scoring, ...varies }, { ...live.scoring, ...varies })
    agree(t, again.scores, live.scores, tolerance, name)
    await other.close()
  }
}

t.test('(7) a trace scored live and from JSON', async t => {
  const setups = {
    qwen2: [half, ...exact, flashHalf],
    llama: [half, ...exact, flashHalf],
    // its norms sharpen attention: what an F16 cache rounds differently shows at 1e-4
    gemma3: [single, { ...half, tolerance: 1e-3 }, flashHalf],
  } as const
  for (const arch of ['qwen2', 'llama', 'gemma3'] as const) {
    const model = await openModel(t, { ...writer, arch })
    for (const setup of setups[arch]) {
      await liveAndAgain(t, model, setup, session => write(t, session))
    }
  }
})

t.test('(7) a trace of a model that reasons, scored live and from JSON', async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const [, messages = []] = await problemMessages(2)
  for (const setup of [half, ...exact, flashHalf]) {
    await liveAndAgain(t, model, setup, async session => {
      const trace = segment(await session.generate(messages, { maxTokens: 700 }).finish())
      t.comment(`${trace.tokens.length} tokens, ${trace.steps.length} steps`)
      t.ok(trace.steps.length > 3)
      return trace
    })
  }
})

const varies = { millis: 0, decodedTokens: 0, share: null }

t.test('(7) scoring leaves the trace in the cache as it was', async t => {
  const session = await openSession(await openModel(t))
  const trace = await write(t, session)
  const { usedCells } = session.info
  const scored: ScoredTrace[] = []
  for (const observer of ['think-end', 'last-token', 'think-end', 'last-token'] as const) {
    const found = await session.scoreSteps(trace, { observer })
    t.equal(found.scoring.decodedTokens, 1)
    t.equal(session.info.usedCells, usedCells)
    scored.push(found)
  }
  t.strictSame(scored[2]?.scores, scored[0]?.scores)
  t.strictSame(scored[3]?.scores, scored[1]?.scores)
  t.notSame(scored[1]?.scores, scored[0]?.scores)
})

t.test('(7) a context that the generation has filled', async t => {
  for (const branches of [1, 8]) {
    const model = await openModel(t, { ...writer, bias: { '</think>': 0, [endToken]: -30 } })
    const session = await openSession(model, { contextLength: 256, branches })
    const trace = await write(t, session, { maxTokens: 10_000 })
    t.equal(trace.finish, 'length')
    const { contextLength, usedCells } = session.info
    t.comment(`${usedCells} of ${contextLength} cells are used`)
    const live = await session.scoreSteps(trace, { observer: 'last-token' })
    t.equal(live.scoring.decodedTokens, 1)
    const other = await openSession(model, { contextLength: 256, branches })
    const again = await other.scoreSteps(fromJson(trace), { observer: 'last-token' })
    agree(t, again.scores, live.scores, 1e-4, `${branches} branches`)
  }
})

/* ---- rows to scores ----------------------------------------------------------------------- */

const defaults = {
  aggregate: 'mean',
  includePrompt: false,
  includeSink: false,
  sinkTokens: 4,
} as const

/** Scores by hand: the mean of single heads' rows, and then `scoreRow`. */
async function byHand(
  session: Session,
  trace: SegmentedTrace,
  layers: readonly number[],
  position: number,
  options: Partial<Parameters<typeof scoreRow>[3]> = {},
) {
  const { info } = session.model
  const heads = layers.flatMap(layer =>
    Array.from({ length: info.heads }, (_, head) => ({ layer, head })),
  )
  const tokens = [...trace.prompt.tokens, ...trace.tokens].slice(0, position + 1)
  const { data, length, rows } = await session.attention(tokens, { heads })
  const row = new Float64Array(length)
  for (const [i, value] of data.entries()) row[i % length] = (row[i % length] ?? 0) + value / rows
  return scoreRow(row, trace.steps, trace.prompt.tokens.length, { ...defaults, ...options })
}

t.test('(7) positions of the observers', async t => {
  const session = await openSession(await openModel(t))
  const trace = await write(t, session)
  const { length } = trace.prompt.tokens
  const end = length + trace.answer.tokenStart - 1
  const last = length + trace.tokens.length - 1
  t.ok(end < last)
  t.equal(trace.tokens[end - length], (await session.model.tokenize('</think>', special))[0])
  t.match((await session.scoreSteps(trace)).scoring, { observer: 'think-end', position: end })
  for (const [observer, position] of [
    ['think-end', end],
    ['last-token', last],
  ] as const) {
    const scored = await session.scoreSteps(trace, { observer })
    t.match(scored.scoring, { observer, position, heads: 12, capturedLayers: [0, 1, 2] })
    const expected = await byHand(session, trace, [0, 1, 2], position)
    agree(t, scored.scores, expected.scores, 1e-5, observer)
  }

  const silent = await openModel(t, { ...writer, bias: { ĊĊ: 3, [endToken]: -30 } })
  const other = await openSession(silent)
  const open = await write(t, other, {}, ({ thinking }) => thinking.tokenEnd === 120)
  const scored = await other.scoreSteps(open)
  t.match(scored.scoring, { observer: 'last-token', position: length + 119, decodedTokens: 1 })
  await t.rejects(other.scoreSteps(open, { observer: 'think-end' }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^options\.observer /,
  })
})

const special = { parseSpecial: true }

t.test('(7) choices of layers, and single heads', async t => {
  const session = await openSession(await openModel(t))
  const trace = await write(t, session)
  const { position } = (await session.scoreSteps(trace)).scoring
  const choices: readonly (readonly [ScoreOptions['layers'], readonly number[]])[] = [
    ['all', [0, 1, 2]],
    ['first-half', [0]],
    [{ from: 1, to: 3 }, [1, 2]],
    [
      [2, 0],
      [0, 2],
    ],
    [[1], [1]],
  ]
  for (const [layers, list] of choices) {
    for (const perHead of [false, true]) {
      const name = `${JSON.stringify(layers)}, ${perHead ? 'per head' : 'mean'}`
      const scored = await session.scoreSteps(trace, { layers, perHead })
      t.strictSame(scored.scoring.capturedLayers, list, name)
      t.equal(scored.scoring.heads, 4 * list.length)
      t.equal(scored.scoring.decodedTokens, 1)
      agree(t, scored.scores, (await byHand(session, trace, list, position)).scores, 1e-5, name)
      t.equal(scored.headScores?.length, perHead ? 4 * list.length : undefined)
      for (const { layer, head, scores } of scored.headScores ?? []) {
        const tokens = [...trace.prompt.tokens, ...trace.tokens].slice(0, position + 1)
        const { data } = await session.attention(tokens, { heads: [{ layer, head }] })
        const own = scoreRow(data, trace.steps, trace.prompt.tokens.length, defaults)
        const found = difference(scores, own.scores)
        t.notOk(!(found <= 1e-5), `${name}: layer ${layer}, head ${head}: ${found}`)
      }
    }
  }
})

t.test('(7) the mean of the rows of single heads is the row of all heads', async t => {
  for (const arch of ['qwen2', 'llama', 'gemma3', 'qwen35'] as const) {
    const model = await openModel(t, { ...writer, arch })
    for (const flashAttention of [false, true]) {
      const session = await openSession(model, { flashAttention })
      const tokens = await model.tokenize(
        'The rows of heads, one by one and all at once. '.repeat(4),
      )
      const all = await session.attention(tokens)
      const heads = model.info.attentionLayers.flatMap(layer =>
        [0, 1, 2, 3].map(head => ({ layer, head })),
      )
      const single = await session.attention(tokens, { heads })
      t.strictSame(single.capturedLayers, all.capturedLayers)
      t.equal(single.rows, 4 * all.capturedLayers.length)
      let max = 0
      for (let i = 0; i < all.length; i++) {
        let sum = 0
        for (let row = 0; row < single.rows; row++) sum += single.data[row * all.length + i] ?? 0
        max = Math.max(max, Math.abs((all.data[i] ?? Number.NaN) - sum / single.rows))
      }
      t.comment(`${arch}, flash ${flashAttention}: max difference ${max.toExponential(2)}`)
      t.notOk(!(max <= 1e-6), 'the mean is the row')
    }
  }
})

t.test('(7) prompt and sink, in and out', async t => {
  const session = await openSession(await openModel(t))
  const trace = await write(t, session)
  const plain = await session.scoreSteps(trace, { aggregate: 'sum' })
  const { share, position } = plain.scoring
  t.notOk(!(Math.abs(share.prompt + share.sink + share.steps - 1) <= 0.2), 'little is elsewhere')
  const sums: Record<string, number> = {}
  for (const includePrompt of [false, true]) {
    for (const includeSink of [false, true]) {
      for (const sinkTokens of [0, 4, 40]) {
        for (const aggregate of ['sum', 'mean'] as const) {
          const options = { includePrompt, includeSink, sinkTokens, aggregate }
          const scored = await session.scoreSteps(trace, options)
          const expected = await byHand(session, trace, [0, 1, 2], position, options)
          agree(t, scored.scores, expected.scores, 1e-5, JSON.stringify(options))
          t.ok(scored.scores.every(score => score >= 0 && score < 1))
          const sum = scored.scores.reduce((a, b) => a + b, 0)
          if (aggregate === 'sum') sums[`${includePrompt} ${includeSink} ${sinkTokens}`] = sum
        }
      }
    }
  }
  t.comment(JSON.stringify(sums))
  const of = (key: string) => sums[key] ?? Number.NaN
  // behind the prompt there is only the thinking and its end tag
  t.notOk(!(of('false false 4') > 0.8 && of('false false 4') <= 1), 'steps share what is theirs')
  t.notOk(!(Math.abs(of('true true 4') - share.steps) <= 1e-5), 'with all in: shares of the row')
  t.notOk(!(of('true false 4') > of('true true 4')), 'without the sink there is more for steps')
  t.notOk(!(of('false false 4') > of('true false 4')), 'and still more without the prompt')
})

/* ---- bad and odd traces ------------------------------------------------------------------- */

t.test('(7) traces that cannot be scored', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const trace = await write(t, session)
  const rejects = (bad: SegmentedTrace, code: string, on = session) =>
    t.rejects(on.scoreSteps(bad, { observer: 'last-token' }), { name: 'CotPruneError', code })

  const other = await openModel(t, { ...writer, vocabularySize: 300 })
  await rejects(trace, 'ERR_TRACE_MODEL', await openSession(other))
  const tokens = trace.tokens.map((token, i) => (i === 5 ? model.info.vocabularySize : token))
  await rejects({ ...trace, tokens }, 'ERR_TRACE_MODEL')

  const long = await write(t, session, { maxTokens: 300 }, ({ tokens }) => tokens.length === 300)
  await rejects(long, 'ERR_CONTEXT_FULL', await openSession(model, { contextLength: 256 }))
  await rejects({ ...trace, steps: [] }, 'ERR_NO_STEPS')
  const empty: Trace = await session.generate('x', { maxTokens: 1, stop: ['\n'] }).finish()
  await rejects(segment(empty, { short: 'drop' }), 'ERR_NO_STEPS')
  await rejects({ ...trace, tokenEnds: trace.tokenEnds.slice(1) }, 'ERR_TRACE_INVALID')

  const after = await session.scoreSteps(trace)
  t.equal(after.scores.length, trace.steps.length, 'the session can still be used')
})

t.test('(7) a trace that fits is scored, whatever is in the cache', async t => {
  const session = await openSession(await openModel(t), { contextLength: 256 })
  const trace = await write(t, session)
  await session.generate('Something else.', { maxTokens: 150 }).finish()
  const { scoring } = await session.scoreSteps(trace)
  t.equal(scoring.decodedTokens, scoring.position + 1)
})

t.test('(7) one step', async t => {
  const session = await openSession(await openModel(t))
  const written = await write(t, session)
  const whole = { name: 'whole', split: (text: string) => [{ start: 0, end: text.length }] }
  const trace = segment(written, { splitter: whole })
  t.equal(trace.steps.length, 1)
  const { scores, scoring } = await session.scoreSteps(trace, { aggregate: 'sum' })
  t.equal(scores.length, 1)
  t.notOk(!(Math.abs((scores[0] ?? 0) - 1) <= 0.2), `${scores[0]}: almost all`)
  t.equal(scoring.decodedTokens, 1)
})

t.test('(7) a trace of a raw prompt', async t => {
  const session = await openSession(await openModel(t))
  const raw = 'One and one is two.\n\nTwo and two is four.'
  const trace = segment(await session.generate(raw, { maxTokens: 60 }).finish())
  const live = await session.scoreSteps(trace)
  t.equal(live.scoring.decodedTokens, 1)
  const other = await openSession(session.model)
  const again = await other.scoreSteps(fromJson(trace))
  agree(t, again.scores, live.scores, 1e-4, 'raw prompt')
})
