/** Answers of pruned traces: together as alone, and from exactly the tokens that were kept. */

import t, { type Test } from 'tap'
import { native } from '../../dist/engine/native.js'
import { repromptText } from '../../dist/evaluate/reprompt.js'
import {
  type EvaluateOptions,
  type Evaluation,
  loadModel,
  type Model,
  type PrunedTrace,
  type PruneOptions,
  prune,
  type ScoredTrace,
  type Session,
  type SessionOptions,
  segment,
} from '../../dist/index.js'
import { TokenText } from '../../dist/trace/token-text.js'
import { openModelHandle, openSessionHandle, sampleHome } from '../support/addon.mjs'
import { problemMessages, reasonerPath } from '../support/reasoner.js'
import { tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(900_000)

const endToken = '<｜end▁of▁sentence｜>'
const content = 'Add one and two, and then three.'
const prompt = [{ role: 'user', content }] as const
// F32 weights: see capture-oracle.test.ts
const path = () =>
  tinyModel({ type: 'F32', bias: { ĊĊ: 3, '</think>': 1, [endToken]: -1 }, context: 2048 })

async function openModel(t: Test, file = path()): Promise<Model> {
  const model = await loadModel(file)
  t.teardown(() => model.close())
  return model
}

// all in F32: which tokens share a batch changes the last bits of an F16 cache, and then a close choice
const exact = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
const openSession = (model: Model, options?: SessionOptions): Promise<Session> =>
  model.createSession({ contextLength: 1024, threads: 2, ...exact, ...options })

const sampling = { temperature: 1, topK: 0, topP: 1, maxTokens: 110 }
let found: { readonly trace: ScoredTrace; readonly seed: number } | undefined

/** The first trace, by seed, of some steps and an answer; in the cache of the session. */
async function write(t: Test, session: Session): Promise<ScoredTrace> {
  for (let seed = found?.seed ?? 0; seed < 60; seed++) {
    const trace = segment(await session.generate(prompt, { ...sampling, seed }).finish())
    const hasAnswer = trace.answer.tokenEnd > trace.answer.tokenStart
    if (!hasAnswer || trace.steps.length < 4 || trace.thinking.tokenEnd < 50) continue
    if (found === undefined) {
      t.comment(`seed ${seed}: ${trace.tokens.length} tokens, ${trace.steps.length} steps`)
      found = { trace: await session.scoreSteps(trace), seed }
    }
    return found.trace
  }
  throw new Error('no seed gives such a trace')
}

const sweep: readonly PruneOptions[] = [
  { threshold: 0 },
  { threshold: 0.4 },
  { ratio: 0.5 },
  { keep: 1 },
  { keep: 1, protect: [0, -1] },
]
const pruneAll = (trace: ScoredTrace): PrunedTrace[] => sweep.map(rule => prune(trace, rule))

/** What must not depend on how jobs were put together. */
const result = ({ mode, text, answer, finish, tokens }: Evaluation) => ({
  mode,
  text,
  answer,
  finish,
  tokens: { ...tokens, decoded: null },
})

function sameAs(t: Test, name: string, actual: Evaluation[], expected: readonly Evaluation[]) {
  t.strictSame(actual.map(result), expected.map(result), name)
  let max = actual.length === expected.length ? 0 : Number.NaN
  for (const [i, { meanLogprob }] of expected.entries()) {
    max = Math.max(max, Math.abs((actual[i]?.meanLogprob ?? Number.NaN) - meanLogprob))
  }
  t.comment(`${name}: max difference of mean log-probabilities ${max.toExponential(2)}`)
  t.notOk(!(max <= 1e-3), `${name}: log-probabilities`)
}

const decodedOf = (evaluations: readonly Evaluation[]): number =>
  evaluations.reduce((sum, { tokens }) => sum + tokens.decoded, 0)
const promptsOf = (evaluations: readonly Evaluation[]): number =>
  evaluations.reduce((sum, { tokens }) => sum + tokens.prompt, 0)

/** Each in a session of its own. */
async function alone(
  model: Model,
  traces: readonly PrunedTrace[],
  options: EvaluateOptions,
): Promise<Evaluation[]> {
  const found: Evaluation[] = []
  for (const trace of traces) {
    const session = await openSession(model)
    found.push(await session.evaluate(trace, options))
    await session.close()
  }
  return found
}

/* ---- together and alone ------------------------------------------------------------------- */

t.test('evaluated together as alone', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const trace = await write(t, session)
  const pruned = pruneAll(trace)
  for (const mode of ['continue', 'reprompt', 'evict'] as const) {
    const options = { mode, maxTokens: 30 }
    const expected = await alone(model, pruned, options)
    // what is evicted was decoded, too
    const gone = mode === 'evict' ? pruned.reduce((sum, one) => sum + removedOf(one), 0) : 0
    t.equal(decodedOf(expected), promptsOf(expected) + gone, `${mode}: all of it is decoded`)

    const live = await session.evaluateAll(pruned, options)
    sameAs(t, `${mode}, live`, live, expected)
    t.ok(decodedOf(live) < promptsOf(live), `${decodedOf(live)} tokens are decoded`)
    const { decodedTokens } = (await session.scoreSteps(trace)).scoring
    t.equal(decodedTokens, 1, 'the trace is still in the cache')
    sameAs(t, `${mode}, again`, await session.evaluateAll(pruned, options), expected)

    const shapes: readonly SessionOptions[] = [
      // not all of them fit at once, and not beside the trace
      { contextLength: 256 },
      { contextLength: 512 },
      { branches: 1 },
      { branches: 2 },
      { branches: 3, contextLength: 256, batchSize: 32 },
    ]
    for (const shape of shapes) {
      const other = await openSession(model, shape)
      const name = `${mode}, ${JSON.stringify(shape)}`
      sameAs(t, `${name}, from JSON`, await other.evaluateAll(fromJson(pruned), options), expected)
      await write(t, other)
      sameAs(t, `${name}, with the trace`, await other.evaluateAll(pruned, options), expected)
      await other.close()
    }
  }
})

const removedOf = ({ removedTokens }: PrunedTrace): number =>
  removedTokens.reduce((sum, { start, end }) => sum + end - start, 0)

const fromJson = (traces: readonly PrunedTrace[]): PrunedTrace[] =>
  JSON.parse(JSON.stringify(traces))

t.test('equal kept sets give equal answers, in a context that just holds them', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const trace = await write(t, session)
  const [all, again] = [prune(trace, { threshold: 0 }), prune(trace, { keep: trace.steps.length })]
  t.strictSame(again.kept, all.kept)
  const { prompt: length } = (await session.evaluate(all, { maxTokens: 1 })).tokens
  // the second shares all but its last token, which both decode
  for (const spare of [0, 1, 2]) {
    const maxTokens = (256 - length - 1 - spare) >> 1
    const small = await openSession(model, { contextLength: 256 })
    const [first, second] = await small.evaluateAll([all, again], { maxTokens, temperature: 0 })
    if (first === undefined || second === undefined) return t.fail('an evaluation is missing')
    t.strictSame(result(second), result(first), `${maxTokens} tokens, ${spare} cells to spare`)
    const [expected] = await alone(model, [all], { maxTokens })
    t.strictSame(result(first), expected && result(expected))
    await small.close()
  }
  for (const maxTokens of [1, 17, 64]) {
    const found = await session.evaluateAll([all, again, all], { maxTokens })
    const [first] = found
    if (first === undefined) return t.fail('an evaluation is missing')
    for (const one of found) t.strictSame(result(one), result(first))
    t.strictSame(
      found.map(({ tokens }) => tokens.decoded).slice(1),
      [0, 0],
      'equal prompts are decoded once, and answered once',
    )
  }
})

t.test('equal prompts in a context that they fill to the last cell', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const trace = await write(t, session)
  const { prompt: whole } = (await session.evaluate(prune(trace, keepAll), { maxTokens: 1 })).tokens
  // an odd number of tokens would leave a cell over
  const tokens = trace.prompt.tokens.slice(whole % 2)
  const all = prune({ ...trace, prompt: { ...trace.prompt, tokens } }, keepAll)
  const maxTokens = (256 - (whole - (whole % 2))) / 2
  const small = await openSession(model, { contextLength: 256 })
  const [expected] = await alone(model, [all], { maxTokens })
  for (const one of await small.evaluateAll([all, all], { maxTokens })) {
    t.strictSame(result(one), expected && result(expected))
  }
})

const keepAll = { threshold: 0 } as const

t.test('sampled answers depend on the seed alone', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const pruned = pruneAll(await write(t, session))
  const options = { temperature: 0.8, topK: 0, topP: 1, maxTokens: 30 }
  const expected = await alone(model, pruned, { ...options, seed: 5 })
  sameAs(t, 'sampled', await session.evaluateAll(pruned, { ...options, seed: 5 }), expected)
  const other = await session.evaluateAll(pruned, { ...options, seed: 6 })
  t.notSame(
    other.map(({ text }) => text),
    expected.map(({ text }) => text),
  )
})

/* ---- prompts ------------------------------------------------------------------------------ */

/**
 * Greedy text behind exactly these tokens, through the addon; where ranges are evicted behind them,
 * then behind `closing`, and the row of its last token.
 */
async function behind(
  file: string,
  tokens: readonly number[],
  count: number,
  evicted: PrunedTrace['removedTokens'] = [],
  closing: readonly number[] = [],
) {
  const addon = native()
  const none = new Int32Array(0)
  const model = await openModelHandle(addon, file)
  const session = await openSessionHandle(addon, model, {
    contextLength: 1024,
    batchSize: 512,
    threads: 2,
  })
  const extend = (more: readonly number[], queries: 0 | 1) =>
    addon.sessionExtend(session, 0, Int32Array.from(more), true, queries, none, none, none)
  let rows = await extend(tokens, 1)
  for (const { start, end } of evicted) await addon.sessionCut(session, 0, start, end)
  if (closing.length > 0) rows = await extend(closing, 1)
  addon.sessionSampler(session, 0, 0, 0, 1, 0, 1, 0, 64, 0, [])
  const sample = await sampleHome(addon, session, count)
  await addon.sessionClose(session)
  await addon.modelClose(model)
  const text = new TokenText()
  if (sample !== undefined) text.push(sample)
  text.flush()
  return { text: text.text, row: rows?.data ?? new Float32Array(0) }
}

const textBehind = async (file: string, tokens: readonly number[], count: number) =>
  (await behind(file, tokens, count)).text

t.test("'continue' goes on behind the prompt, what was kept and the tag", async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const trace = await write(t, session)
  const tag = await model.tokenize('</think>', { parseSpecial: true })
  t.equal(tag.length, 1)
  for (const one of pruneAll(trace)) {
    const kept = one.kept.flatMap(index => {
      const step = one.steps[index]
      return one.tokens.slice(step?.tokenStart, step?.tokenEnd)
    })
    t.strictSame(one.prunedTokens, kept)
    const before = one.tokens.slice(0, one.steps[0]?.tokenStart)
    const expected = [...one.prompt.tokens, ...before, ...kept, ...tag]
    const found = await session.evaluate(one, { maxTokens: 40 })
    t.equal(found.tokens.prompt, expected.length, `${one.kept.length} steps: length of the prompt`)
    t.equal(found.text, await textBehind(path(), expected, 40), 'its text')
  }
})

t.test("'continue' closes a thinking that was cut off", async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const whole = await write(t, session)
  const { seed } = whole.sampling
  const options = { ...sampling, maxTokens: whole.thinking.tokenEnd, seed }
  const cut = segment(await session.generate(prompt, options).finish())
  t.equal(cut.answer.tokenStart, cut.tokens.length)
  const pruned = prune(await session.scoreSteps(cut), { keep: 2 })
  const tag = await model.tokenize('\n</think>\n\n', { parseSpecial: true })
  const before = cut.tokens.slice(0, cut.steps[0]?.tokenStart)
  const expected = [...cut.prompt.tokens, ...before, ...pruned.prunedTokens, ...tag]
  const found = await session.evaluate(pruned, { maxTokens: 30 })
  t.equal(found.tokens.prompt, expected.length)
  t.equal(found.text, await textBehind(path(), expected, 30))
})

t.test("'evict' answers as a context that holds the kept cells alone", async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const trace = await write(t, session)
  const { tokenEnd } = trace.thinking
  const shown = [...trace.prompt.tokens, ...trace.tokens.slice(0, tokenEnd)]
  const closing = trace.tokens.slice(tokenEnd, trace.answer.tokenStart)
  const first = trace.prompt.tokens.length
  const perToken = await session.scoreSteps(trace, { perToken: true })
  for (const one of [...pruneAll(trace), prune(perToken, { tokenBudget: tokenEnd >> 1 })]) {
    const evicted = one.removedTokens.map(range => ({
      start: first + range.start,
      end: first + range.end,
    }))
    const { text, row } = await behind(path(), shown, 40, evicted, closing)
    const name = `${one.removed.length} steps, ${removedOf(one)} tokens removed`
    // where the end is gone, the tag moves up to its place
    const last = evicted.at(-1)
    const tagStart = last?.end === shown.length ? last.start : shown.length
    const gone = evicted.flatMap(({ start, end }) => [
      ...row.slice(Math.min(start, tagStart), Math.min(end, tagStart)),
    ])
    t.equal(row.length, tagStart + closing.length)
    t.ok(
      gone.every(weight => weight === 0),
      `${name}: nobody looks at what is gone`,
    )
    const found = await session.evaluate(one, { mode: 'evict', maxTokens: 40 })
    t.equal(found.text, text, `${name}: the text`)
    const held = shown.length + closing.length - removedOf(one)
    t.equal(found.tokens.prompt, held, 'tokens that are left')
    const decoded = removedOf(one) > 0 ? 1 + closing.length : 1
    t.equal(found.tokens.decoded, decoded, 'no prefill')
    if (one.removed.length > 0) continue
    const { text: plain } = await session.evaluate(one, { mode: 'continue', maxTokens: 40 })
    t.equal(found.text, plain, "nothing removed: as 'continue'")
  }
})

t.test("'reprompt' shows the problem and what was kept", async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  for (const one of pruneAll(await write(t, session))) {
    const shown = repromptText(content, one.prunedText)
    const { tokens } = await model.renderChat([{ role: 'user', content: shown }])
    const found = await session.evaluate(one, { mode: 'reprompt', maxTokens: 30 })
    t.equal(found.tokens.prompt, tokens.length)
    t.equal(found.text, await textBehind(path(), tokens, 30))
  }
})

t.test('traces that cannot be evaluated', async t => {
  const model = await openModel(t)
  const session = await openSession(model)
  const raw = segment(
    await session.generate('One.\n\nTwo and two are four.', { maxTokens: 60 }).finish(),
  )
  const pruned = prune(await session.scoreSteps(raw), { threshold: 0 })
  t.equal(pruned.messages, null)
  await t.rejects(session.evaluate(pruned, { mode: 'reprompt' }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^options\.mode /,
  })
  t.match(await session.evaluate(pruned, { maxTokens: 5 }), { mode: 'continue' })

  const trace = prune(await write(t, session), { threshold: 0 })
  const long = { ...trace, prompt: { ...trace.prompt, tokens: Array(300).fill(65) } }
  const small = await openSession(model, { contextLength: 256 })
  await t.rejects(small.evaluate(long), { name: 'CotPruneError', code: 'ERR_CONTEXT_FULL' })
  const broken = { ...trace, kept: [99] }
  await t.rejects(small.evaluate(broken), { name: 'CotPruneError', code: 'ERR_TRACE_INVALID' })
  t.strictSame(await small.evaluateAll([]), [])

  // what does not fit ends as 'length'
  const { tokens, finish } = await small.evaluate(trace, { maxTokens: 4000, topK: 1 })
  t.equal(finish === 'end' ? 256 : tokens.prompt + tokens.generated, 256)
})

/* ---- a model that reasons ----------------------------------------------------------------- */

t.test('with all steps kept, the answer is the one of the trace', async t => {
  const model = await openModel(t, reasonerPath)
  const session = await openSession(model)
  for (const messages of await problemMessages(4)) {
    const generation = session.generate(messages, { maxTokens: 700 })
    const trace = segment(await generation.finish())
    const pruned = prune(await session.scoreSteps(trace), { threshold: 0 })
    const found = await session.evaluate(pruned, { maxTokens: 100 })
    t.equal(found.text, trace.text.slice(trace.answer.charStart))
    t.equal(found.finish, 'end')
    t.match(found.answer, { extraction: 'boxed' })
    const sampled = trace.logprobs.slice(trace.answer.tokenStart)
    const mean = sampled.reduce((a, b) => a + b, 0) / sampled.length
    t.notOk(!(Math.abs(found.meanLogprob - mean) <= 1e-3), 'as likely as in the trace')
  }
})
