/** Calls of the AI SDK, read: messages, settings, warnings; and options that are refused. */

import type { LanguageModelV3CallOptions } from '@ai-sdk/provider'
import t from 'tap'
import { readCall } from '../../dist/ai/call.js'
import { type CotPruneOptions, cotPrune, pruneReasoningSteps } from '../../dist/ai/index.js'
import { loadModel } from '../../dist/index.js'
import { reasonerPath } from '../support/reasoner.js'

const text = (said: string) => ({ type: 'text', text: said }) as const
const prompt: LanguageModelV3CallOptions['prompt'] = [
  { role: 'system', content: 'S' },
  { role: 'user', content: [text('a'), text('b')] },
  { role: 'assistant', content: [{ type: 'reasoning', text: 'R' }, text('c')] },
  { role: 'user', content: [text('d')] },
]

t.test('messages: texts are joined, reasoning is beside', async t => {
  const { asked } = readCall({ prompt }, {})
  t.strictSame(asked.messages, [
    { role: 'system', content: 'S', reasoning: '' },
    { role: 'user', content: 'ab', reasoning: '' },
    { role: 'assistant', content: 'c', reasoning: 'R' },
    { role: 'user', content: 'd', reasoning: '' },
  ])
})

t.test("a call's settings go before the model's", async t => {
  const defaults = { history: 'prune', historyKeep: 0.25, steps: false } as const
  const usual = readCall({ prompt }, defaults)
  t.match(usual, { history: 'prune', asked: { pruning: { historyKeep: 0.25, steps: false } } })
  const providerOptions = { cotPrune: { history: 'keep', thinkingBudget: 9 } }
  const own = readCall({ prompt, providerOptions }, defaults)
  t.match(own, { history: 'keep', asked: { thinking: { budget: 9 }, pruning: { steps: false } } })
})

t.test('sampling, lengths and seeds are handed on', async t => {
  const call = { temperature: 0.5, topP: 0.9, topK: 7, presencePenalty: 1, seed: 3 }
  const { asked } = readCall({ prompt, ...call, maxOutputTokens: 11, stopSequences: ['x'] }, {})
  t.strictSame(asked.sampling, call)
  t.match(asked, { maxTokens: 11, stop: ['x'] })
  const seeds = Array.from({ length: 8 }, () => readCall({ prompt }, {}).asked.sampling.seed)
  t.ok(new Set(seeds).size > 1, 'nobody’s seed is a random one')
})

t.test('tools, JSON and penalties by frequency are warned of', async t => {
  const tool = { type: 'function', name: 'add', inputSchema: { type: 'object' } } as const
  const more = { tools: [tool], frequencyPenalty: 0.5 }
  const { warnings } = readCall({ prompt, ...more, responseFormat: { type: 'json' } }, {})
  t.match(warnings, [
    { type: 'unsupported', feature: 'frequencyPenalty' },
    { type: 'unsupported', feature: 'tools' },
    { type: 'unsupported', feature: 'responseFormat' },
  ])
  const none = { tools: [], frequencyPenalty: 0, responseFormat: { type: 'text' } } as const
  t.strictSame(readCall({ prompt, ...none, tools: [] }, {}).warnings, [])
})

t.test('parts and options that are refused, by name', async t => {
  const file = { type: 'file', mediaType: 'image/png', data: 'AA==' } as const
  const faults: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => readCall({ prompt: [{ role: 'user', content: [text('a'), file] }] }, {}),
      /^prompt\[0\]\.content\[1\]\.type must be 'text' or 'reasoning'/,
    ],
    [() => readCall({ prompt: [{ role: 'tool', content: [] }] }, {}), /^prompt\[0\]\.role must be/],
    [
      () => readCall({ prompt, providerOptions: { cotPrune: { steps: 1 } } }, {}),
      /^providerOptions\.cotPrune\.steps must be a boolean/,
    ],
    [() => pruneReasoningSteps({ keep: 2 }), /^options\.keep must be a number from 0 to 1/],
  ]
  for (const [call, message] of faults) t.throws(call, { message })
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const options: readonly (readonly [CotPruneOptions, RegExp])[] = [
    [{ parallel: 0 }, /^options\.parallel must be/],
    [{ contextLength: 1.5 }, /^options\.contextLength must be/],
    [{ thinkingBudget: -2 }, /^options\.thinkingBudget must be/],
    [{ id: '' }, /^options\.id must be/],
    [JSON.parse('{ "histroy": "keep" }'), /Did you mean options\.history\?/],
    [JSON.parse('{ "pruning": 3 }'), /^options\.pruning must be an object or a boolean/],
    [JSON.parse('{ "templateArguments": 3 }'), /^options\.templateArguments must be an object/],
  ]
  for (const [given, message] of options) t.throws(() => cotPrune(model, given), { message })
  t.throws(() => cotPrune(JSON.parse('"a.gguf"')), { message: /^model must be a model of/ })
})
