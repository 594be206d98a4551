/** Models in the AI SDK itself, of both versions: text, streams, aborts, errors, and what is told beside. */

import * as ai6 from 'ai'
import * as ai7 from 'ai-7'
import t from 'tap'
import { type CotPruneMetadata, cotPrune } from '../../dist/ai/index.js'
import { findHeadProfile } from '../../dist/experiment/index.js'
import { loadModel, scoreStepGraph, segment } from '../../dist/index.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'

const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const session = await model.createSession({ contextLength: 1024, threads: 1 })
const [messages = []] = await problemMessages(1)
const prompt = messages[0]?.content ?? ''
const trace = segment(await session.generate(messages, { temperature: 0, maxTokens: 800 }).finish())
const thinking = trace.text.slice(trace.thinking.charStart, trace.thinking.charEnd).trim()
const answer = trace.text.slice(trace.answer.charStart, trace.answer.charEnd).trim()
const options = { contextLength: 1024, threads: 1 } as const
const reasoner = cotPrune(model, options)
const greedy = { prompt, temperature: 0 } as const

/** What a call rejects with. */
const failure = (call: PromiseLike<unknown>): PromiseLike<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  )

const told = (metadata: Readonly<Record<string, unknown>> | undefined): CotPruneMetadata =>
  metadata?.cotPrune as CotPruneMetadata

for (const [name, ai] of [
  ['6', ai6],
  ['7', ai7],
] as const) {
  // their types differ in what is not used here
  const { generateText, streamText } = ai as typeof ai6

  t.test(`ai ${name}: what a session generates, in parts, with its cost`, async t => {
    const result = await generateText({ model: reasoner, ...greedy })
    t.equal(result.reasoningText, thinking)
    t.equal(result.text, answer)
    t.equal(result.finishReason, 'stop')
    const { usage } = result
    t.equal(usage.inputTokens, trace.prompt.tokens.length)
    t.equal(usage.outputTokens, trace.tokens.length)
    t.equal(usage.outputTokenDetails.reasoningTokens, trace.answer.tokenStart)
    t.strictSame(result.warnings, [])
    t.equal(result.response.modelId, model.info.name || model.info.architecture)
  })

  t.test(`ai ${name}: steps are ranges of the reasoning, with the scores of the graph`, async t => {
    const { reasoningText = '', providerMetadata } = await generateText({
      model: reasoner,
      ...greedy,
    })
    const { steps = [], end, scoredBy } = told(providerMetadata)
    t.equal(end, 'closed')
    t.equal(scoredBy, 'step-graph')
    t.strictSame(
      steps.map(step => reasoningText.slice(step.start, step.end).trim()),
      trace.steps.map(({ text }) => text.trim()),
    )
    const profile = await findHeadProfile(reasonerPath)
    t.ok(profile)
    const graph = await session.stepGraph(trace, { heads: profile?.heads ?? [] })
    const { scores } = scoreStepGraph(trace, graph, profile?.score)
    for (const [i, { score }] of steps.entries()) {
      t.ok(Math.abs((score ?? Number.NaN) - (scores[i] ?? Number.NaN)) < 1e-3, `step ${i}`)
    }
  })

  t.test(`ai ${name}: a stream tells the same, reasoning first`, async t => {
    const stream = streamText({ model: reasoner, ...greedy })
    const kinds: string[] = []
    for await (const { type } of stream.fullStream) if (kinds.at(-1) !== type) kinds.push(type)
    t.strictSame(kinds, [
      ...['start', 'start-step'],
      ...['reasoning-start', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-end'],
      ...['finish-step', 'finish'],
    ])
    t.equal(await stream.reasoningText, thinking)
    t.equal(await stream.text, answer)
    t.equal((await stream.usage).outputTokens, trace.tokens.length)
    t.equal(told(await stream.providerMetadata).steps?.length, trace.steps.length)
  })

  t.test(`ai ${name}: aborted before, while it waits, while it thinks`, async t => {
    const reason = new DOMException('enough', 'AbortError')
    const before = AbortSignal.abort(reason)
    t.equal(
      await failure(generateText({ model: reasoner, ...greedy, abortSignal: before })),
      reason,
    )
    const leaving = new AbortController()
    const first = generateText({ model: reasoner, ...greedy })
    const waiting = failure(
      generateText({ model: reasoner, ...greedy, abortSignal: leaving.signal }),
    )
    setTimeout(() => leaving.abort(reason), 20)
    t.equal(await waiting, reason)
    t.equal((await first).text, answer, 'nobody else minds')
    const gone = new AbortController()
    const parts: string[] = []
    const stream = streamText({ model: reasoner, ...greedy, abortSignal: gone.signal })
    for await (const { type } of stream.fullStream) {
      parts.push(type)
      if (type === 'reasoning-delta') gone.abort(reason)
    }
    t.equal(parts.at(-1), 'abort')
    t.notOk(parts.includes('finish'))
    t.equal((await generateText({ model: reasoner, ...greedy })).text, answer, 'it is free again')
  })

  t.test(`ai ${name}: a reader that leaves ends the generation`, async t => {
    const stream = streamText({ model: reasoner, ...greedy })
    for await (const { type } of stream.fullStream) if (type === 'reasoning-delta') break
    t.equal((await generateText({ model: reasoner, ...greedy })).text, answer)
  })

  t.test(`ai ${name}: cut by the length, ended by a budget, stopped, without thinking`, async t => {
    const ask = (more: object, cotPruneOptions: object = {}) =>
      generateText({
        model: reasoner,
        ...greedy,
        ...more,
        providerOptions: { cotPrune: { ...cotPruneOptions } },
      })
    const cut = await ask({ maxOutputTokens: 20 })
    t.match([cut.finishReason, cut.text], ['length', ''])
    t.equal(told(cut.providerMetadata).end, 'cut')
    t.equal(cut.usage.outputTokenDetails.reasoningTokens, 20)
    const budget = await ask({}, { thinkingBudget: 60 })
    t.equal(told(budget.providerMetadata).forcedEnd?.by, 'budget')
    t.ok((budget.usage.outputTokenDetails.reasoningTokens ?? 61) <= 60)
    t.not(budget.text, '')
    const stopped = await ask({ stopSequences: ['\\boxed'] })
    t.equal(stopped.text, answer.slice(0, answer.indexOf('\\boxed')))
    t.equal(stopped.finishReason, 'stop')
    const plain = await ask({}, { thinkingBudget: 0 })
    t.equal(plain.reasoningText, undefined)
    t.equal(told(plain.providerMetadata).end, 'plain')
  })

  t.test(`ai ${name}: pruned while it thinks, and told what was evicted`, async t => {
    const pruning = { observer: 'last-token', every: 64, window: 16 }
    const { providerMetadata } = await generateText({
      model: reasoner,
      ...greedy,
      providerOptions: { cotPrune: { pruning } },
    })
    const { inFlight, steps = [] } = told(providerMetadata)
    t.ok((inFlight?.evictedTokens ?? 0) > 0)
    t.equal(
      steps.reduce((sum, step) => sum + step.evictedTokens, 0),
      inFlight?.evictedTokens,
    )
  })

  t.test(`ai ${name}: side by side without steps`, async t => {
    const quick = cotPrune(model, { ...options, steps: false, parallel: 2, id: 'quick' })
    const asked = problemMessages(2).then(all => all.map(([message]) => message?.content ?? ''))
    const answers = await Promise.all(
      (await asked).map(text => generateText({ model: quick, prompt: text, temperature: 0 })),
    )
    for (const { text, providerMetadata, response } of answers) {
      t.match(text, /boxed/)
      t.strictSame(told(providerMetadata), { end: 'closed', forcedEnd: null })
      t.equal(response.modelId, 'quick')
    }
    const again = await generateText({ model: quick, prompt, temperature: 0 })
    t.ok((again.usage.inputTokenDetails.cacheReadTokens ?? 0) > 0, 'the prompt is cached')
  })

  t.test(`ai ${name}: what it cannot do is a warning, and what is wrong is named`, async t => {
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
    const { warnings = [] } = await generateText({
      model: reasoner,
      ...greedy,
      frequencyPenalty: 1,
      maxOutputTokens: 2,
    })
    t.strictSame(
      warnings.map(warning => 'feature' in warning && warning.feature),
      ['frequencyPenalty'],
    )
    const wrong = { providerOptions: { cotPrune: { thinkingBuget: 3 } } }
    const named = await failure(generateText({ model: reasoner, ...greedy, ...wrong }))
    t.match(named, { code: 'ERR_UNKNOWN_OPTION', message: /cotPrune\.thinkingBudget/ })
    const long = { model: reasoner, prompt: 'word '.repeat(1500) }
    t.match(await failure(generateText(long)), { code: 'ERR_CONTEXT_FULL' })
    const errors: unknown[] = []
    const stream = streamText({ ...long, onError: ({ error }) => void errors.push(error) })
    await stream.consumeStream()
    t.match(errors, [{ code: 'ERR_CONTEXT_FULL' }])
  })
}

t.test('ai 7: the effort of a call', async t => {
  const none = await ai7.generateText({ model: reasoner, ...greedy, reasoning: 'none' })
  t.equal(none.reasoningText, undefined)
  const low = await ai7.generateText({
    model: reasoner,
    ...greedy,
    reasoning: 'low',
    maxOutputTokens: 300,
  })
  t.ok((low.usage.outputTokenDetails.reasoningTokens ?? 61) <= 60, 'a fifth of the tokens')
})

t.test('closed with its model, while it thinks too', async t => {
  const other = await loadModel(reasonerPath)
  const stream = ai6.streamText({
    model: cotPrune(other, options),
    ...greedy,
    onError: () => {},
  })
  const errors: unknown[] = []
  for await (const part of stream.fullStream) {
    if (part.type === 'reasoning-delta') await other.close()
    if (part.type === 'error') errors.push(part.error)
  }
  t.match(errors, [{ code: 'ERR_CLOSED' }])
})
