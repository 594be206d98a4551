/** POST /v1/completions: raw prompts, and the likelihoods that harnesses read. */

import t from 'tap'
import { loadModel } from '../../dist/index.js'
import { reasonerPath } from '../support/reasoner.js'
import { chunks, openServer, post } from '../support/serving.js'

const server = await openServer(t)
const model = await loadModel(reasonerPath)
t.teardown(() => model.close())
const session = await model.createSession({ contextLength: 1024 })
const text = 'At first Carla owns 94 beads. Carla gets 31 beads as a gift.'
const tokens = await model.tokenize(text, { addSpecial: true, parseSpecial: true })

/** What a context that is read one token at a time says of the next one: no batch, no fork. */
async function oneByOne(): Promise<readonly number[]> {
  const found: number[] = []
  for (let i = 1; i < tokens.length; i++) {
    const [logprob = Number.NaN] = await session.logprobs(tokens.slice(0, i + 1), { from: i })
    found.push(logprob)
  }
  return found
}

t.test('echo with likelihoods: as of single tokens, in the old form', async t => {
  const asked = { prompt: text, echo: true, logprobs: 1, max_tokens: 1, temperature: 0 }
  const { status, body } = await post(server, 'completions', asked)
  t.equal(status, 200)
  t.match(body, { object: 'text_completion', id: /^cmpl-/ })
  const [{ text: all, logprobs, finish_reason }] = body.choices
  t.equal(finish_reason, 'length')
  t.ok(all.startsWith(text))
  t.equal(logprobs.tokens.length, tokens.length + 1, 'and one that was generated')
  t.equal(logprobs.token_logprobs[0], null)
  const expected = await oneByOne()
  for (const [i, logprob] of expected.entries()) {
    t.notOk(!(Math.abs((logprobs.token_logprobs[i + 1] ?? Number.NaN) - logprob) < 0.05))
  }
  for (const [i, token] of logprobs.tokens.entries()) {
    const offset = logprobs.text_offset[i] ?? -1
    if (i > 0) t.equal([...all].slice(offset, offset + [...token].length).join(''), token)
    const top = logprobs.top_logprobs?.[i] ?? null
    if (i === 0) t.equal(top, null)
    else t.equal(top?.[token], logprobs.token_logprobs[i], 'the token itself is among them')
  }
  const ids = await post(server, 'completions', { ...asked, prompt: tokens })
  t.strictSame(ids.body.choices[0].logprobs.token_logprobs, logprobs.token_logprobs)
  const none = await post(server, 'completions', { ...asked, max_tokens: 0 })
  t.equal(none.body.choices[0].text, text)
})

t.test('echo goes on with what a session would write', async t => {
  const asked = { prompt: text, echo: true, logprobs: 2, max_tokens: 8, temperature: 0 }
  const { body } = await post(server, 'completions', asked)
  const trace = await session.generate({ tokens }, { maxTokens: 8, temperature: 0 }).finish()
  t.equal(body.choices[0].text, text + trace.text)
  t.equal(body.choices[0].logprobs.tokens.length, tokens.length + 8)
  t.equal(body.usage.completion_tokens, 8)
  const plain = await post(server, 'completions', { ...asked, logprobs: null })
  t.ok(plain.body.choices[0].text.startsWith(text))
  t.equal(plain.body.choices[0].logprobs, null)
})

t.test('prompts in every form, several at once, stopped, streamed', async t => {
  const prompts = ['Carla', ['Carla', 'Liam'], [5, 6, 7], [[5, 6], [7]]]
  for (const prompt of prompts) {
    const { body } = await post(server, 'completions', { prompt, max_tokens: 3, temperature: 0 })
    const several = Array.isArray(prompt) && typeof prompt[0] !== 'number'
    t.equal(body.choices.length, several ? 2 : 1)
    t.strictSame(
      body.choices.map(({ index }) => index),
      several ? [0, 1] : [0],
    )
  }
  const stopped = { prompt: text, max_tokens: 60, temperature: 0, stop: '.' }
  const { body } = await post(server, 'completions', stopped)
  t.notMatch(body.choices[0].text, /\./)
  t.equal(body.choices[0].finish_reason, 'stop')
  const streamed = await chunks(server, 'completions', stopped)
  t.ok(streamed.map(chunk => chunk.choices[0].text).join('').length > 0)
  t.equal(streamed.at(-1)?.choices[0].finish_reason, 'stop')
})

t.test('what is refused', async t => {
  const cases = [
    [{}, 'prompt'],
    [{ prompt: '' }, 'prompt'],
    [{ prompt: [] }, 'prompt'],
    [{ prompt: ['a', ''] }, 'prompt[1]'],
    [{ prompt: [1.5] }, 'prompt[0]'],
    [{ prompt: 'a', suffix: 'b' }, 'suffix'],
    [{ prompt: 'a', max_tokens: 0 }, 'max_tokens'],
    [{ prompt: 'a', echo: true, stream: true }, 'echo'],
    [{ prompt: 'a', logprobs: 50 }, 'logprobs'],
    [{ prompt: 'a', messages: [] }, 'messages'],
  ] as const
  for (const [asked, param] of cases) {
    const { status, body } = await post(server, 'completions', asked)
    t.equal(status, 400)
    t.equal(body.error.param, param, body.error.message)
  }
  const { status, body } = await post(server, 'completions', { prompt: [5, 1e6], max_tokens: 1 })
  t.equal(status, 400, body.error.message)
})
