/** Clients that people have, by a base URL alone: openai and the AI SDK's OpenAI-compatible provider. */

import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, streamText } from 'ai'
import OpenAI from 'openai'
import t from 'tap'
import { openServer, problem } from '../support/serving.js'

const apiKey = 'secret'
const server = await openServer(t, { token: apiKey })
const { apiUrl: baseURL } = server
const messages = [{ role: 'user' as const, content: problem(0) }]
const asked = { model: 'embedded', messages, temperature: 0 }

/** What a call rejects with. */
const failure = (call: PromiseLike<unknown>): PromiseLike<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  )

t.test('openai: an answer, a stream, models, a completion, errors by class', async t => {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
  const answer = await client.chat.completions.create(asked)
  const [choice] = answer.choices
  t.match(choice?.message.content, /boxed/)
  t.match(choice?.message, { reasoning_content: /I note/ })
  t.ok((answer.usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 10)
  const stream = client.chat.completions.stream({
    ...asked,
    stream_options: { include_usage: true },
  })
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  const last = await stream.finalChatCompletion()
  t.equal(last.choices[0]?.message.content, text)
  t.ok((last.usage?.total_tokens ?? 0) > 0)
  const { data } = await client.models.list()
  t.strictSame(
    data.map(({ id }) => id),
    ['embedded'],
  )
  const completion = await client.completions.create({
    model: 'embedded',
    prompt: 'Carla owns 94',
    echo: true,
    logprobs: 1,
    max_tokens: 1,
  })
  t.equal(completion.choices[0]?.logprobs?.token_logprobs?.[0], null)
  const wrong = await failure(client.chat.completions.create({ ...asked, top_p: 7 }))
  t.ok(wrong instanceof OpenAI.BadRequestError)
  t.match(wrong, { status: 400, param: 'top_p' })
  const stranger = new OpenAI({ baseURL, apiKey: 'other', maxRetries: 0 })
  t.ok((await failure(stranger.models.list())) instanceof OpenAI.AuthenticationError)
  const gone = new AbortController()
  const left = client.chat.completions.create(asked, { signal: gone.signal })
  gone.abort()
  t.ok((await failure(left)) instanceof OpenAI.APIUserAbortError)
})

t.test('AI SDK: the reasoning is a part of its own, and our field is passed on', async t => {
  const provider = createOpenAICompatible({
    name: 'cot-prune',
    baseURL,
    apiKey,
    includeUsage: true,
    metadataExtractor: {
      extractMetadata: async ({ parsedBody }) =>
        ({ 'cot-prune': (parsedBody as { cot_prune: object }).cot_prune }) as never,
      createStreamExtractor: () => ({ processChunk: () => {}, buildMetadata: () => undefined }),
    },
  })
  const model = provider('embedded')
  const answer = await generateText({
    model,
    prompt: problem(0),
    temperature: 0,
    providerOptions: { 'cot-prune': { cot_prune: { steps: true } } },
  })
  t.match(answer.reasoningText, /I note/)
  t.match(answer.text, /boxed/)
  t.match(answer.providerMetadata?.['cot-prune'], { end: 'closed', steps: [{ index: 0 }] })
  const { fullStream, usage } = streamText({ model, prompt: problem(0), temperature: 0 })
  const kinds: string[] = []
  for await (const { type } of fullStream) if (kinds.at(-1) !== type) kinds.push(type)
  const parts = kinds.filter(kind => /^(reasoning|text)-/.test(kind))
  t.strictSame(parts, [
    ...['reasoning-start', 'reasoning-delta', 'reasoning-end'],
    ...['text-start', 'text-delta', 'text-end'],
  ])
  t.ok(((await usage).outputTokens ?? 0) > 10)
})
