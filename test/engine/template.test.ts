/** Chat templates that are given, and what they are rendered with. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { repromptText } from '../../dist/evaluate/reprompt.js'
import {
  loadModel,
  type Message,
  type ModelOptions,
  prune,
  scoreWith,
  segment,
} from '../../dist/index.js'
import { call } from '../support/call.js'
import { tinyModel } from '../support/tiny-models.mjs'

const messages: readonly Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'One?' },
]

const open = async (t: Tap, options: ModelOptions, template = 'plain') => {
  const model = await loadModel(tinyModel({ template }), options)
  t.teardown(() => model.close())
  return model
}
type Tap = { teardown(handler: () => Promise<void>): unknown }

t.test('variables reach the template as what they are, and win over our defaults', async t => {
  const chatTemplate =
    '{{ enable_thinking }}|{{ effort }}|{{ budget }}|{{ list[1].a is none }}|{{ none is none }}|{{ x is defined }}'
  const model = await open(t, { chatTemplate })
  const plain = await model.renderChat(messages, {
    templateArguments: { effort: 'low', budget: 2, list: [0, { a: 'b' }] },
  })
  t.match(plain.text, /^True\|low\|2\|False\|True\|False$/)
  const templateArguments = {
    enable_thinking: false,
    effort: 'high',
    budget: 5,
    list: [1, { a: null }],
    x: null,
  }
  const given = await model.renderChat(messages, { templateArguments })
  t.match(given.text, /^False\|high\|5\|True\|True\|True$/)
})

t.test(
  'a generation is asked with them, its trace says so, and reprompt asks so again',
  async t => {
    const chatTemplate =
      "{% for m in messages %}{{ m.role + ':' + m.content + '\\n' }}{% endfor %}{{ 'effort ' + effort }}"
    const model = await open(t, { chatTemplate })
    const session = await model.createSession({ contextLength: 1024 })
    const templateArguments = { effort: 'low' }
    const trace = await session.generate(messages, { templateArguments, maxTokens: 60 }).finish()
    t.equal(trace.prompt.text, 'system:Be brief.\nuser:One?\neffort low')
    t.strictSame(trace.templateArguments, templateArguments)
    const [rollout] = await session.rollouts(messages, {
      templateArguments,
      maxTokens: 4,
      count: 1,
    })
    t.strictSame(rollout?.templateArguments, templateArguments)
    t.equal(rollout?.prompt.text, trace.prompt.text)
    const text = await model.traceOf({ messages, thinking: 'a', templateArguments })
    t.equal(text.prompt.text, trace.prompt.text)

    const thinking = 'The first of two steps.\n\nThe second of the two steps, which is longer.'
    const thought = await model.traceOf({ messages, thinking, answer: '1', templateArguments })
    const pruned = prune(scoreWith(segment(thought), 'length'), { keep: 1 })
    const asked: Message = { role: 'user', content: repromptText('One?', pruned.prunedText) }
    const { tokens } = await model.renderChat([...messages.slice(0, 1), asked], {
      templateArguments,
    })
    const evaluation = await session.evaluate(pruned, { mode: 'reprompt', maxTokens: 2 })
    t.equal(evaluation.tokens.prompt, tokens.length, 'the system turn and the variables are kept')
  },
)

t.test('none: the texts, a blank line behind each; a file, and the source itself', async t => {
  const plain = await open(t, { chatTemplate: 'none' }, 'none')
  t.equal((await plain.renderChat(messages)).text, 'Be brief.\n\nOne?\n\n')
  const file = join(t.testdir(), 'chat.jinja')
  writeFileSync(file, '{{ messages[1].content }}!')
  const byFile = await open(t, { chatTemplate: { file } })
  t.equal((await byFile.renderChat(messages)).text, 'One?!')
  t.equal(byFile.info.chatTemplate, '{{ messages[1].content }}!')
})

t.test('a template may ask for the date', async t => {
  const model = await open(t, { chatTemplate: "{{ strftime_now('%Y-%m-%d') }}" })
  const before = new Date().getFullYear()
  const { text } = await model.renderChat(messages)
  t.match(text, /^\d{4}-\d\d-\d\d$/)
  t.ok(Number(text.slice(0, 4)) >= before)
})

t.test('a thinking format is looked for in the template that is used', async t => {
  const chatTemplate = "{{ messages[0].content + '[THINK][/THINK]' }}"
  t.match((await open(t, { chatTemplate })).info.thinking, { name: 'magistral', from: 'template' })
})

t.test('without a template, the error says what to give', async t => {
  const model = await open(t, {}, 'none')
  const wanted = { code: 'ERR_CHAT_TEMPLATE', message: /chatTemplate.*--chat-template.*'none'/ }
  await t.rejects(model.renderChat(messages), wanted)
})

t.test('a broken template is refused when it is given, in one sentence', async t => {
  const path = tinyModel()
  const missing = join(t.testdir(), 'missing.jinja')
  for (const chatTemplate of ['{% if', '{{ x', '{% endif %}', { file: missing }]) {
    const error: unknown = await loadModel(path, { chatTemplate }).catch(thrown => thrown)
    t.match(error, { code: 'ERR_CHAT_TEMPLATE' }, String(chatTemplate))
    t.ok(error instanceof Error && error.message.length < 500)
  }
})

t.test('what no variable can be is named', async t => {
  const model = await open(t, {})
  const circle: Record<string, unknown> = {}
  circle.self = circle
  for (const [templateArguments, code, message] of [
    ['low', 'ERR_INVALID_ARG_TYPE', /templateArguments must be an object/],
    [[1], 'ERR_INVALID_ARG_TYPE', /templateArguments must be an object/],
    [{ f: () => 1 }, 'ERR_INVALID_ARG_TYPE', /templateArguments\.f must/],
    [{ n: Number.NaN }, 'ERR_INVALID_ARG_TYPE', /templateArguments\.n must/],
    [{ n: 1n }, 'ERR_INVALID_ARG_TYPE', /templateArguments\.n must/],
    [{ a: [{ b: undefined }] }, 'ERR_INVALID_ARG_TYPE', /templateArguments\.a\[0\]\.b must/],
    [{ d: new Date(0) }, 'ERR_INVALID_ARG_TYPE', /templateArguments\.d must/],
    [circle, 'ERR_INVALID_ARG_TYPE', /templateArguments\.self/],
    [{ messages: [] }, 'ERR_INVALID_ARG_VALUE', /templateArguments\.messages/],
  ] as const) {
    const run = () => call(model.renderChat.bind(model), messages, { templateArguments })
    await t.rejects(Promise.resolve().then(run), { code, message })
  }
  for (const chatTemplate of [3, '', null, {}, { file: '' }, { file: 'x', path: 'y' }]) {
    await t.rejects(
      Promise.resolve().then(() => call(loadModel, tinyModel(), { chatTemplate })),
      { code: /ERR_INVALID_ARG|ERR_UNKNOWN_OPTION/, message: /options\.chatTemplate/ },
    )
  }
})
