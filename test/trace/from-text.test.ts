/** A trace given as text is the trace that the model would have written. */

import t from 'tap'
import { embeddedModel, loadModel, segment } from '../../dist/index.js'
import { call } from '../support/call.js'
import { tinyModel } from '../support/tiny-models.mjs'

t.test(
  'what the model wrote, given as text, is the same trace and has the same scores',
  async t => {
    const model = await loadModel((await embeddedModel()).model)
    t.teardown(() => model.close())
    const session = await model.createSession({ contextLength: 2048 })
    const content =
      'Mia starts with 12 pens. Mia buys 5 more pens. How many pens does Mia have now?'
    const messages = [{ role: 'user', content }] as const
    const written = await session.generate(messages, { maxTokens: 600 }).finish()
    t.equal(written.finish, 'end')
    const { text, thinking, answer } = written
    const given = await model.traceOf({
      messages,
      thinking: text.slice(thinking.charStart, thinking.charEnd).replaceAll(/^\n|\n$/g, ''),
      answer: text.slice(answer.charStart).trimStart(),
    })
    const { logprobs, sampling, millis, ...same } = written
    t.match(given, same)
    const scores = (await session.scoreSteps(segment(written))).scores
    t.strictSame((await session.scoreSteps(segment(given))).scores, scores)
  },
)

t.test(
  'a template that does not open the thinking gets its tag, an answer may be missing',
  async t => {
    const model = await loadModel(tinyModel())
    t.teardown(() => model.close())
    const messages = [{ role: 'user', content: 'Hm?' }] as const
    const trace = await model.traceOf({ messages, thinking: 'one\n\ntwo' })
    const { text, thinking, answer } = trace
    t.equal(text.slice(thinking.charStart, thinking.charEnd).trim(), 'one\n\ntwo')
    t.equal(text.slice(answer.charStart, answer.charEnd).trim(), '')
    t.equal(segment(trace, { minCharacters: 0 }).steps.length, 2)
    t.equal(trace.tokenEnds.at(-1), text.length)
  },
)

t.test('bad input is named', async t => {
  const model = await loadModel(tinyModel())
  t.teardown(() => model.close())
  const messages = [{ role: 'user', content: 'Hm?' }] as const
  const traceOf = async (input: object) => call(model.traceOf.bind(model), input)
  await t.rejects(traceOf({ messages }), { code: 'ERR_INVALID_ARG_TYPE', message: /thinking/ })
  await t.rejects(traceOf({ thinking: 'x' }), {
    code: 'ERR_INVALID_ARG_TYPE',
    message: /input\.messages/,
  })
  await t.rejects(traceOf({ messages: [], thinking: 'x' }), { code: 'ERR_EMPTY_PROMPT' })
  await t.rejects(traceOf({ messages, thinking: 'x', answr: '' }), { code: 'ERR_UNKNOWN_OPTION' })
  await t.rejects(traceOf({ messages, thinking: 'x', answer: 3 }), { message: /input\.answer/ })
})
