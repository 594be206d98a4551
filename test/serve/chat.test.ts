/** POST /v1/chat/completions: the shapes that clients read, the order of a stream, and how thinking ends. */

import t from 'tap'
import { asking, chunks, events, openServer, post } from '../support/serving.js'
import { tinyModel } from '../support/tiny-models.mjs'

const server = await openServer(t)

t.test('an answer, and both names of the reasoning', async t => {
  const { status, body } = await post(server, 'chat/completions', { model: 'x', ...asking() })
  t.equal(status, 200)
  t.match(body, { object: 'chat.completion', model: 'embedded', id: /^chatcmpl-/ })
  const { message, finish_reason, index, logprobs } = body.choices[0]
  t.strictSame([finish_reason, index, logprobs], ['stop', 0, null])
  t.equal(message.role, 'assistant')
  t.match(message.content, /boxed/)
  t.notMatch(message.content, /think>|^\s/)
  t.match(message.reasoning_content, /I note/)
  t.notMatch(message.reasoning_content, /think>|\s$/)
  t.equal(message.reasoning, message.reasoning_content)
  const { usage } = body
  t.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
  const { reasoning_tokens } = usage.completion_tokens_details
  t.ok(reasoning_tokens > 20 && reasoning_tokens < usage.completion_tokens)
  t.strictSame(body.cot_prune, { end: 'closed', forced_end: null })
})

t.test('a stream: role, reasoning, content, the reason, usage, the end', async t => {
  const whole = await post(server, 'chat/completions', asking())
  const all = await events(server, 'chat/completions', {
    ...asking(),
    stream_options: { include_usage: true },
  })
  t.equal(all.at(-1), '[DONE]')
  const said = all.flatMap(data => (data === '[DONE]' ? [] : [data]))
  const usage = said.at(-1)
  t.strictSame(usage?.choices, [])
  t.match(usage?.usage, { completion_tokens: Number, prompt_tokens: Number })
  const parts = said.slice(0, -1)
  t.ok(parts.every(chunk => chunk.object === 'chat.completion.chunk' && chunk.usage === null))
  t.equal(new Set(said.map(chunk => chunk.id)).size, 1)
  const choices = parts.map(chunk => chunk.choices[0])
  t.strictSame(choices[0]?.delta, { role: 'assistant', content: '' })
  const kinds = choices.slice(1).map(choice => Object.keys(choice.delta)[0] ?? 'end')
  t.match(kinds.join(), /^(reasoning_content,)+(content,)+end$/)
  t.strictSame(choices.at(-1)?.delta, {})
  t.equal(choices.at(-1)?.finish_reason, 'stop')
  t.ok(choices.slice(0, -1).every(choice => choice.finish_reason === null))
  const joined = (key: 'content' | 'reasoning' | 'reasoning_content') =>
    choices.map(choice => choice.delta[key] ?? '').join('')
  const { message } = whole.body.choices[0]
  t.equal(joined('content'), message.content)
  t.equal(joined('reasoning_content'), message.reasoning_content)
  t.equal(joined('reasoning'), message.reasoning)
})

t.test('cut by its length in the thinking, it has no content', async t => {
  const asked = { ...asking(), max_tokens: 30 }
  const { body } = await post(server, 'chat/completions', asked)
  const [choice] = body.choices
  t.equal(choice?.finish_reason, 'length')
  t.equal(choice?.message.content, '')
  t.ok(choice?.message.reasoning_content.length > 20)
  t.equal(body.cot_prune.end, 'cut')
  t.equal(body.usage.completion_tokens_details.reasoning_tokens, 30)
  const streamed = await chunks(server, 'chat/completions', asked)
  t.equal(streamed.at(-1)?.choices[0].finish_reason, 'length')
  t.notOk(streamed.slice(1).some(chunk => chunk.choices[0].delta.content))
})

t.test('ended for it, at the end of a step; all names of a budget', async t => {
  const names = ['reasoning_budget_tokens', 'thinking_budget_tokens', 'thinking_token_budget']
  const bodies = await Promise.all(
    [...names.map(name => ({ [name]: 60 })), { cot_prune: { budget: 60 } }].map(budget =>
      post(server, 'chat/completions', { ...asking(), ...budget }),
    ),
  )
  for (const { body } of bodies) {
    const [{ message, finish_reason }] = body.choices
    t.equal(finish_reason, 'stop')
    t.match(message.reasoning_content, /\.$/)
    t.match(message.content, /\S/)
    t.equal(body.cot_prune.forced_end?.by, 'budget')
    t.ok((body.cot_prune.forced_end?.tokens ?? 61) <= 60)
  }
})

t.test('no thinking where none is wanted', async t => {
  for (const how of [{ reasoning_effort: 'none' }, { thinking_budget_tokens: 0 }]) {
    const { body } = await post(server, 'chat/completions', { ...asking(), ...how, max_tokens: 20 })
    t.equal(body.choices[0].message.reasoning_content, undefined)
    t.equal(body.usage.completion_tokens_details.reasoning_tokens, 0)
    t.equal(body.cot_prune.end, 'plain')
  }
  const low = { ...asking(), reasoning_effort: 'low', max_tokens: 400 }
  const { body } = await post(server, 'chat/completions', low)
  t.ok(body.usage.completion_tokens_details.reasoning_tokens <= 0.2 * 400 + 3)
})

t.test('stop strings act on the answer alone, and are not in it', async t => {
  const asked = { ...asking(), stop: ['boxed', 'I note'] }
  const { body } = await post(server, 'chat/completions', asked)
  const [{ message, finish_reason }] = body.choices
  t.match(message.reasoning_content, /I note.*I note/s)
  t.match(message.content, /\S/)
  t.notMatch(message.content, /boxed/)
  t.equal(finish_reason, 'stop')
  t.equal(body.cot_prune.end, 'closed')
})

t.test('several answers of one prompt, each with a seed of its own', async t => {
  const asked = { ...asking(), temperature: 1, seed: 5, n: 3, max_tokens: 40 }
  const { body } = await post(server, 'chat/completions', asked)
  const texts = body.choices.map(choice => choice.message.reasoning_content)
  t.strictSame(
    body.choices.map(choice => choice.index),
    [0, 1, 2],
  )
  t.equal(new Set(texts).size, 3)
  t.equal(body.usage.completion_tokens, 120)
  t.match(body.cot_prune, [{ end: 'cut' }, { end: 'cut' }, { end: 'cut' }])
  const streamed = await chunks(server, 'chat/completions', asked)
  for (const index of [0, 1, 2]) {
    const own = streamed.filter(chunk => chunk.choices?.[0]?.index === index)
    t.equal(own[0]?.choices[0].delta.role, 'assistant')
    t.equal(own.at(-1)?.choices[0].finish_reason, 'length')
  }
})

t.test('likelihoods of the answer: greedy tokens are the likeliest', async t => {
  const asked = { ...asking(), logprobs: true, top_logprobs: 3, thinking_budget_tokens: 40 }
  const { body } = await post(server, 'chat/completions', asked)
  const [{ logprobs, message }] = body.choices
  t.equal(
    logprobs.content
      .map(entry => entry.token)
      .join('')
      .trim(),
    message.content,
  )
  for (const { token, logprob, bytes, top_logprobs } of logprobs.content) {
    t.equal(Buffer.from(bytes).toString(), token)
    // put in behind the closing tag, and drawn by nobody
    if (logprob === 0 && token.trim() === '') continue
    t.equal(top_logprobs.length, 3)
    t.equal(top_logprobs[0].token, token)
    t.notOk(!(Math.abs(top_logprobs[0].logprob - logprob) < 1e-5))
    t.ok(top_logprobs[0].logprob >= (top_logprobs[1]?.logprob ?? Number.NaN))
  }
  const plain = await post(server, 'chat/completions', { ...asked, top_logprobs: 0 })
  t.strictSame(plain.body.choices[0].logprobs.content[0]?.top_logprobs, [])
})

t.test('our field: steps with scores, what was evicted, what that saved', async t => {
  const in_flight = { every: 60, window: 32, observer: 'last-token', undo_below: 0 }
  const asked = { ...asking(), cot_prune: { steps: true, in_flight } }
  const { body } = await post(server, 'chat/completions', asked)
  const { steps = [], in_flight: told, scored_by } = body.cot_prune
  const { reasoning_content } = body.choices[0].message
  t.ok(steps.length > 3)
  const characters = [...reasoning_content]
  const texts = steps.map(({ start, end }) => characters.slice(start, end).join(''))
  t.equal(texts.join('\n\n'), reasoning_content)
  t.ok(steps.every(({ score }) => Number.isFinite(score)))
  t.equal(scored_by, 'step-graph', 'its heads are known')
  const evicted = steps.reduce((sum, step) => sum + step.evicted_tokens, 0)
  t.equal(evicted, told?.evicted_tokens)
  t.ok(evicted > 0 && (told?.looks ?? 0) > 0)
  t.equal((told?.peak_cells ?? 0) + (told?.cells_saved ?? 0), body.usage.total_tokens)
  const streamed = await chunks(server, 'chat/completions', asked)
  t.strictSame(streamed.at(-1)?.cot_prune.steps, steps)
})

t.test('an early exit ends the thinking, by the step graph too', async t => {
  const early_exit = { confidence: 0.01, times: 1, every: 40 }
  const asked = { ...asking(), cot_prune: { early_exit, in_flight: { score: 'step-graph' } } }
  const { body } = await post(server, 'chat/completions', asked)
  t.equal(body.cot_prune.forced_end?.by, 'early_exit')
  t.equal(body.cot_prune.end, 'closed')
})

t.test('ended by itself without a closing tag, all of it is the answer', async t => {
  const bias = { '</think>': -100, '<｜end▁of▁sentence｜>': 4 }
  const models = [{ path: tinyModel({ bias }), id: 'open' }]
  const open = await openServer(t, { models })
  const asked = { ...asking(), temperature: 1, seed: 3, max_tokens: 500 }
  const { body } = await post(open, 'chat/completions', asked)
  const [{ message, finish_reason }] = body.choices
  t.strictSame([body.cot_prune.end, finish_reason], ['unclosed', 'stop'])
  t.equal(message.reasoning_content, undefined)
  t.ok(body.usage.completion_tokens > 2, `${body.usage.completion_tokens}`)
  t.ok(message.content.length > 0)
  t.equal(body.usage.completion_tokens_details.reasoning_tokens, 0)
  const streamed = await chunks(open, 'chat/completions', asked)
  const told = streamed.map(chunk => chunk.choices[0].delta.content ?? '').join('')
  t.equal(told, message.content, 'a stream has the content, too')
})

t.test('a model that closes its thinking over and over: no tag is in the content', async t => {
  const bias = { '</think>': 12, '<｜end▁of▁sentence｜>': -100 }
  const models = [{ path: tinyModel({ bias }), id: 'closing' }]
  const closing = await openServer(t, { models })
  const asked = { ...asking(), temperature: 1, seed: 1, max_tokens: 60, thinking_budget_tokens: 0 }
  const { body } = await post(closing, 'chat/completions', asked)
  t.notMatch(body.choices[0].message.content, /think>/)
  const streamed = await chunks(closing, 'chat/completions', asked)
  const told = streamed.map(chunk => chunk.choices[0].delta.content ?? '').join('')
  t.equal(told, body.choices[0].message.content)
  const plain = await post(closing, 'chat/completions', { ...asked, thinking_budget_tokens: null })
  t.match(plain.body.choices[0].message.content, /think>/, 'it does write them')
})

t.test('what is evicted makes room: a trace may be longer than the context', async t => {
  const small = await openServer(t, { contextLength: 448 })
  const budget = { tokens: 150 }
  const in_flight = { every: 40, window: 32, observer: 'last-token', budget }
  const asked = { ...asking(2), max_tokens: 900, cot_prune: { in_flight } }
  const { status, body } = await post(small, 'chat/completions', asked)
  t.equal(status, 200, body.error?.message)
  t.ok(body.usage.total_tokens > 448, `${body.usage.total_tokens}`)
  t.ok((body.cot_prune.in_flight?.peak_cells ?? 449) <= 448)
})

t.test('many at once share a batch', async t => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => post(server, 'chat/completions', asking(i))),
  )
  for (const { status, body } of answers) {
    t.equal(status, 200)
    t.match(body.choices[0].message.reasoning_content, /\S/)
  }
})
