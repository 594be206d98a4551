/** What is refused, by whom and with which words; and that nothing hangs. */

import { request } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { serve } from '../../dist/serve/index.js'
import { reasonerPath } from '../support/reasoner.js'
import { asking, openServer, post } from '../support/serving.js'

const token = 'a key'.replace(' ', '-')
const server = await openServer(t, { token, bodyLimit: 10_000, clientMillis: 400 })
const key = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }

const fieldFaults: readonly (readonly [name: string, body: object, param: string, code: string])[] =
  [
    ['no messages', {}, 'messages', 'ERR_INVALID_ARG_TYPE'],
    ['no message', { messages: [] }, 'messages', 'invalid_value'],
    [
      'a role',
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].role',
      'ERR_INVALID_ARG_VALUE',
    ],
    [
      'a part',
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'messages[0].content[0].type',
      'unsupported_parameter',
    ],
    ['an unknown field', { ...asking(), max_token: 5 }, 'max_token', 'ERR_UNKNOWN_OPTION'],
    ['a wrong type', { ...asking(), temperature: 'hot' }, 'temperature', 'ERR_INVALID_ARG_TYPE'],
    ['a wrong number', { ...asking(), top_p: 3 }, 'top_p', 'ERR_OUT_OF_RANGE'],
    [
      'two limits',
      { ...asking(), max_tokens: 5, max_completion_tokens: 6 },
      'max_tokens',
      'invalid_value',
    ],
    [
      'two budgets',
      { ...asking(), thinking_budget_tokens: 5, cot_prune: { budget: 6 } },
      'cot_prune.budget',
      'invalid_value',
    ],
    [
      'a form',
      { ...asking(), response_format: { type: 'json_object' } },
      'response_format',
      'unsupported_parameter',
    ],
    ['tools', { ...asking(), tools: [{ type: 'function' }] }, 'tools', 'unsupported_parameter'],
    ['logit_bias', { ...asking(), logit_bias: { 5: 1 } }, 'logit_bias', 'unsupported_parameter'],
    [
      'an effort',
      { ...asking(), reasoning_effort: 'much' },
      'reasoning_effort',
      'ERR_INVALID_ARG_VALUE',
    ],
    [
      'our field',
      { ...asking(), cot_prune: { stepz: true } },
      'cot_prune.stepz',
      'ERR_UNKNOWN_OPTION',
    ],
    [
      'pruning',
      { ...asking(), cot_prune: { in_flight: { evry: 3 } } },
      'cot_prune.in_flight.evry',
      'ERR_UNKNOWN_OPTION',
    ],
    [
      'pruning, streamed',
      { ...asking(), stream: true, cot_prune: { in_flight: { every: 0 } } },
      'cot_prune.in_flight.every',
      'ERR_OUT_OF_RANGE',
    ],
    [
      'a long prompt',
      { messages: [{ role: 'user', content: 'word '.repeat(1500) }] },
      'messages',
      'context_length_exceeded',
    ],
    ['many answers', { ...asking(), n: 17 }, 'n', 'ERR_OUT_OF_RANGE'],
  ]

t.test('a wrong field gets a 400 with its name', async t => {
  for (const [name, body, param, code] of fieldFaults) {
    const { status, body: answer } = await post(server, 'chat/completions', body, { headers: key })
    t.equal(status, 400, name)
    t.match(answer.error, { param, code, message: /\S/, type: /_error$/ }, name)
  }
})

t.test('a body that is none', async t => {
  const ask = (body: string, headers: Record<string, string> = {}) =>
    post(server, 'chat/completions', body, { headers: { ...key, ...headers } })
  const cases = [
    [await ask('{"messages": ['), 400, 'invalid_json'],
    [await ask('7'), 400, 'ERR_INVALID_ARG_TYPE'],
    [await ask('{}', { 'Content-Type': 'text/plain' }), 415, 'unsupported_media_type'],
    [await ask(`"${'x'.repeat(20_000)}"`), 413, 'body_too_large'],
  ] as const
  for (const [{ status, body }, expected, code] of cases) {
    t.equal(status, expected)
    t.equal(body.error.code, code)
  }
})

/** As a client that is no fetch: with any header, any path, any pace. */
function raw(options: { path?: string; method?: string; headers?: Record<string, string> }) {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const sent = request({ port: server.port, host: server.host, ...options }, answer => {
      let text = ''
      answer.on('data', data => {
        text += data
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

t.test('a wrong key, host or origin, and no way out of the routes', async t => {
  const headers = { Authorization: key.Authorization }
  const cases = [
    [await raw({ path: '/v1/models' }), 401, 'invalid_api_key'],
    [
      await raw({ path: '/v1/models', headers: { Authorization: 'Bearer other' } }),
      401,
      'invalid_api_key',
    ],
    [await raw({ path: '/', headers: { Host: 'evil.example' } }), 403, 'host_not_allowed'],
    [await raw({ path: '/health', headers: { Host: 'evil.example:80' } }), 403, 'host_not_allowed'],
    [
      await raw({ path: '/health', headers: { Origin: 'https://evil.example' } }),
      403,
      'origin_not_allowed',
    ],
    [await raw({ path: '/health', headers: { Origin: 'null' } }), 403, 'origin_not_allowed'],
    [await raw({ path: '/../../../etc/passwd', headers }), 404, 'not_found'],
    [await raw({ path: '/%2e%2e/%2e%2e/etc/passwd', headers }), 404, 'not_found'],
    [await raw({ path: '/v1/models/..%2f..%2fpackage.json', headers }), 404, 'model_not_found'],
    [await raw({ path: '/v1/chat/completions', headers }), 404, 'not_found'],
    [await raw({ path: '/v1/models', method: 'OPTIONS', headers }), 404, 'not_found'],
  ] as const
  for (const [{ status, text }, expected, code] of cases) {
    t.equal(status, expected, code)
    t.equal(JSON.parse(text).error.code, code)
  }
  t.equal((await raw({ path: '/health', headers: { Host: 'a b' } })).status, 400)
  t.equal((await raw({ path: '/health' })).status, 200, 'no key is needed')
  t.equal(
    (await raw({ path: '/health', headers: { Host: `localhost:${server.port}` } })).status,
    200,
  )
  t.equal((await raw({ path: '/v1/models', headers })).status, 200)
})

t.test('a client that is slow is told so, and let go', async t => {
  const send = (text: string) =>
    new Promise<string>(resolve => {
      const socket = connect(server.port, server.host, () => socket.write(text))
      let answer = ''
      socket.on('data', data => {
        answer += data
      })
      socket.on('close', () => resolve(answer))
    })
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n`
  const body = `${head}Authorization: ${key.Authorization}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"mess`
  const [slowBody, slowHead] = await Promise.all([send(body), send(head)])
  t.match(slowBody, /^HTTP\/1.1 408/)
  t.match(slowBody, /request_timeout/)
  t.match(slowHead, /^HTTP\/1.1 408/)
})

t.test('options are checked, and an address that is taken is said', async t => {
  const models = [reasonerPath]
  await t.rejects(serve({ models: [] }), { code: 'ERR_INVALID_ARG_VALUE' })
  await t.rejects(serve({ models, prt: 5 } as never), { code: 'ERR_UNKNOWN_OPTION' })
  await t.rejects(serve({ models, parallel: 0 }), { code: 'ERR_OUT_OF_RANGE' })
  await t.rejects(serve({ models: [reasonerPath, reasonerPath] }), { message: /different names/ })
  await t.rejects(serve({ models, port: server.port }), { code: 'ERR_SERVE' })
  await t.rejects(serve({ models: ['/nowhere.gguf'] }), { code: 'ERR_MODEL_NOT_FOUND' })
})

t.test('of several models an unknown one is refused; of one any name means it', async t => {
  const { model } = (
    await post(
      server,
      'chat/completions',
      { ...asking(), model: 'gpt-9', max_tokens: 1 },
      { headers: key },
    )
  ).body
  t.equal(model, 'embedded')
  const both = await openServer(t, {
    models: [
      { path: reasonerPath, id: 'one' },
      { path: reasonerPath, id: 'two' },
    ],
  })
  const listed = await (await fetch(`${both.apiUrl}/models`)).json()
  t.match(listed, {
    object: 'list',
    data: [
      { id: 'one', max_model_len: 1024 },
      { id: 'two', object: 'model' },
    ],
  })
  const { status, body } = await post(both, 'chat/completions', { ...asking(), model: 'three' })
  t.equal(status, 404)
  t.match(body.error, { code: 'model_not_found', message: /one, two/ })
  const two = await post(both, 'chat/completions', { ...asking(), model: 'two', max_tokens: 1 })
  t.equal(two.body.model, 'two')
})
