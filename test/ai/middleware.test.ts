/** The reasoning of chats that come back: what is dropped, what is pruned, what is left alone; in both versions of `ai`. */

import type { LanguageModelV3CallOptions } from '@ai-sdk/provider'
import * as ai6 from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import * as ai7 from 'ai-7'
import t from 'tap'
import { cotPrune, pruneReasoningSteps } from '../../dist/ai/index.js'
import { loadModel } from '../../dist/index.js'
import { problemMessages, reasonerPath } from '../support/reasoner.js'

const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const options = { contextLength: 2048, threads: 1 } as const
const [first = [], second = []] = await problemMessages(2)
const reasoner = cotPrune(model, options)
const answered = await ai6.generateText({ model: reasoner, messages: [...first], temperature: 0 })
const { reasoningText = '', text } = answered

type Prompt = LanguageModelV3CallOptions['prompt']
const said = (content: string) => ({ type: 'text', text: content }) as const
const thought = (content: string, more: object = {}) =>
  ({ type: 'reasoning', text: content, ...more }) as const
const user = (content = ''): Prompt[number] => ({ role: 'user', content: [said(content)] })
const chat: Prompt = [
  user(first[0]?.content),
  { role: 'assistant', content: [thought(reasoningText), said(text)] },
  user(second[0]?.content),
]

const transformed = async (
  prompt: Prompt,
  given?: Parameters<typeof pruneReasoningSteps>[0],
): Promise<Prompt> =>
  (await pruneReasoningSteps(given).transformParams({ params: { prompt } })).prompt

t.test('without a model all old reasoning goes, and nothing else', async t => {
  const [asked, , next] = chat
  const bare = { role: 'assistant', content: [said(text)] }
  t.strictSame(await transformed(chat), [asked, bare, next])
})

t.test('with a model the steps that score highest stay, in their order', async t => {
  const [, answer] = await transformed(chat, { model, keep: 0.5 })
  const [left, ...others] = Array.isArray(answer?.content) ? answer.content : []
  t.strictSame(others, [said(text)])
  const kept = left?.type === 'reasoning' ? left.text : ''
  const paragraphs = reasoningText.split('\n\n')
  const places = kept.split('\n\n').map(paragraph => paragraphs.indexOf(paragraph))
  t.equal(places.length, Math.round(paragraphs.length / 2))
  t.notOk(places.includes(-1), 'word for word')
  t.strictSame(
    places,
    places.toSorted((a, b) => a - b),
  )
  t.strictSame(await transformed(chat, { model, keep: 1 }), chat)
  t.strictSame((await transformed(chat, { model }))[1], answer, 'the same way again')
})

t.test('what stays: a turn in progress, a turn without an answer, what is signed', async t => {
  const call = { type: 'tool-call', toolCallId: '1', toolName: 'x', input: {} } as const
  const working: Prompt = [user('a'), { role: 'assistant', content: [thought('A\n\nB'), call] }]
  for (const given of [undefined, { model }]) {
    t.strictSame(await transformed(working, given), working)
    const cut: Prompt = [user('a'), { role: 'assistant', content: [thought('A')] }, user('b')]
    t.strictSame(await transformed(cut, given), cut)
  }
  const signature = { providerOptions: { other: { signature: 'x' } } }
  const signed: Prompt = [
    user('a'),
    { role: 'assistant', content: [thought('A\n\nB\n\nC', signature), said('d')] },
    user('b'),
  ]
  t.strictSame(await transformed(signed, { model, keep: 0 }), signed)
  t.equal((await transformed(signed))[1]?.content.length, 1, 'it may be dropped whole')
})

t.test('around any model, in both versions', async t => {
  const usage = { inputTokens: {}, outputTokens: {} }
  for (const [name, wrapped] of [
    ['6', ai6.wrapLanguageModel],
    ['7', ai7.wrapLanguageModel],
  ] as const) {
    const other = new MockLanguageModelV3({
      doGenerate: {
        content: [said('ok')],
        finishReason: { unified: 'stop', raw: undefined },
        usage: usage as never,
        warnings: [],
      },
    })
    const asked = { model: other, middleware: pruneReasoningSteps({ model, keep: 0.25 }) }
    await wrapped(asked).doGenerate({ prompt: chat } as never)
    const [seen] = other.doGenerateCalls
    const [part] = seen?.prompt[1]?.content ?? []
    const left = typeof part === 'object' && part.type === 'reasoning' ? part.text : ''
    t.ok(left.length > 0 && left.length < reasoningText.length / 2, name)
  }
})

t.test('around one of ours: what was left is read, and no more', async t => {
  const middleware = pruneReasoningSteps({ model, keep: 0.5 })
  const lengths: (number | undefined)[] = []
  for (const asked of [reasoner, ai6.wrapLanguageModel({ model: reasoner, middleware })]) {
    const { usage, providerMetadata } = await ai6.generateText({
      model: asked,
      messages: [
        ...first,
        { role: 'assistant', content: [thought(reasoningText), said(text)] },
        ...second,
      ],
      temperature: 0,
      maxOutputTokens: 2,
    })
    lengths.push(usage.inputTokens)
    const { history } = providerMetadata?.cotPrune ?? {}
    if (asked === reasoner) t.equal(history, undefined)
    else t.match(history, { history: 'keep', turns: 1 })
  }
  const whole = await ai6.generateText({
    model: reasoner,
    messages: [
      ...first,
      { role: 'assistant', content: [thought(reasoningText), said(text)] },
      ...second,
    ],
    maxOutputTokens: 2,
    providerOptions: { cotPrune: { history: 'keep' } },
  })
  const [dropped = 0, pruned = 0] = lengths
  t.ok(dropped < pruned && pruned < (whole.usage.inputTokens ?? 0))
})
