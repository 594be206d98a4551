/** Clients that mean no good, or are broken: each is refused with its status and a code, and the server goes on. */

import { connect, type Socket } from 'node:net'
import t from 'tap'
import { asking, openServer, post } from '../support/serving.js'

t.setTimeout(120_000)

const clientMillis = 400
const server = await openServer(t, { bodyLimit: 50_000, clientMillis })

interface Sent {
  /** Of the first answer; 0 where there is none. */
  readonly status: number
  readonly text: string
  readonly answers: number
}

/** What a connection says until it is closed. @param go on behind the text */
function send(text: string, go: (socket: Socket) => void = () => {}): Promise<Sent> {
  return new Promise(resolve => {
    const socket = connect(server.port, server.host, () => {
      socket.write(text)
      go(socket)
    })
    let answer = ''
    socket.on('error', () => {})
    socket.on('data', data => {
      answer += data
    })
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
      resolve({ status, text: answer, answers: answer.split(/HTTP\/1\.1 \d{3}/).length - 1 })
    })
  })
}

/** Writes until the connection is closed. */
const dripping =
  (text: string, millis = 5) =>
  (socket: Socket): void => {
    const timer = setInterval(() => socket.write(text), millis)
    socket.on('close', () => clearInterval(timer))
  }

const host = 'Host: localhost\r\n'
const json = 'Content-Type: application/json\r\n'
const chunked = `${host}${json}Transfer-Encoding: chunked\r\n\r\n`
const chat = 'POST /v1/chat/completions HTTP/1.1\r\n'
const last = `${host}Connection: close\r\n\r\n`
const withBody = (body: string) =>
  `${chat}${host}${json}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const deep = (open: string, close: string, times: number) =>
  open.repeat(times) + close.repeat(times)
const one = '"messages":[{"role":"user","content":"x"}],"max_tokens":1'

const abuses: readonly (readonly [
  what: string,
  status: number,
  code: string,
  text: string,
  go?: (socket: Socket) => void,
])[] = [
  ['says nothing', 408, 'request_timeout', ''],
  ['drips headers', 408, 'request_timeout', `${chat}${host}`, dripping('X-A: b\r\n')],
  ['drips a body', 408, 'request_timeout', `${chat}${chunked}`, dripping(chunk('x'), 50)],
  [
    'a body without end',
    413,
    'body_too_large',
    `${chat}${chunked}`,
    dripping(chunk('x'.repeat(2000))),
  ],
  ['the same for nobody', 404, 'not_found', `POST /x HTTP/1.1\r\n${chunked}`, dripping(chunk('x'))],
  [
    'a body of 100 GB, as it says',
    413,
    'body_too_large',
    `${chat}${host}${json}Content-Length: 100000000000\r\n\r\n{`,
  ],
  ['large headers', 431, 'headers_too_large', `${chat}X: ${'x'.repeat(40_000)}\r\n${last}`],
  ['a long address', 431, 'headers_too_large', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${last}`],
  ['no HTTP', 400, 'invalid_request', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2', 400, 'invalid_request', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown method', 400, 'invalid_request', `SMUGGLE /health HTTP/1.1\r\n${last}`],
  ['CONNECT', 404, 'not_found', `CONNECT evil.example:443 HTTP/1.1\r\n${last}`],
  ['TRACE', 404, 'not_found', `TRACE /v1/models HTTP/1.1\r\n${last}`],
  ['DELETE', 404, 'not_found', `DELETE /v1/models/embedded HTTP/1.1\r\n${last}`],
  ['GET where POST is', 404, 'not_found', `GET /v1/chat/completions HTTP/1.1\r\n${last}`],
  [
    'GET that says it is POST',
    404,
    'not_found',
    `GET /v1/completions HTTP/1.1\r\nX-HTTP-Method-Override: POST\r\n${last}`,
  ],
  [
    'two lengths, for two readers',
    400,
    'invalid_request',
    `${chat}${host}${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a broken chunk', 400, 'invalid_request', `${chat}${chunked}zz\r\n`],
  ['two hosts', 403, 'host_not_allowed', `GET /health HTTP/1.1\r\nHost: evil.example\r\n${last}`],
  ['no JSON', 400, 'invalid_json', withBody('{"messages":')],
  ['no body', 400, 'invalid_json', withBody('')],
  ['a deep array', 400, 'ERR_INVALID_ARG_TYPE', withBody(deep('[', ']', 20_000))],
  ['a deep field', 400, 'ERR_INVALID_ARG_TYPE', withBody(`{"messages":${deep('[', ']', 20_000)}}`)],
  [
    'a deep variable of the template',
    400,
    'ERR_INVALID_ARG_TYPE',
    withBody(`{${one},"chat_template_kwargs":{"a":${deep('[', ']', 20_000)}}}`),
  ],
  ['a prototype', 400, 'ERR_UNKNOWN_OPTION', withBody(`{${one},"__proto__":{"n":9}}`)],
  ['infinity', 400, 'ERR_OUT_OF_RANGE', withBody(`{${one},"temperature":1e999}`)],
]

const healthy = () => send(`GET /health HTTP/1.1\r\n${last}`)

t.test('each has its status and its code', async t => {
  await Promise.all(
    abuses.map(async ([what, status, code, text, go]) => {
      const sent = await send(text, go)
      t.equal(sent.status, status, what)
      t.ok(sent.text.includes(`"code":"${code}"`), `${what}: ${code}`)
      t.match(sent.text, /Content-Type: application\/json/i, what)
    }),
  )
  t.equal((await healthy()).status, 200)
})

t.test('without a host, as HTTP/1.0 may ask, and with one that is none', async t => {
  t.equal((await send('GET /health HTTP/1.0\r\n\r\n')).status, 400)
  t.equal((await send(`GET /health HTTP/1.0\r\n${host}\r\n`)).status, 200)
  t.equal((await send('GET /health HTTP/1.1\r\n\r\n')).status, 400)
  t.equal((await send('GET /health HTTP/1.1\r\nHost: localhost/x?\r\n\r\n')).status, 400)
})

t.test('many requests on one connection are answered in order', async t => {
  const wanted = Array.from({ length: 200 }, (_, i) => `/nowhere-${i}`)
  const text = wanted.map(path => `GET ${path} HTTP/1.1\r\n${host}\r\n`).join('')
  const { answers, text: said } = await send(`${text}GET /health HTTP/1.1\r\n${last}`)
  t.equal(answers, wanted.length + 1)
  t.strictSame(said.match(/\/nowhere-\d+/g), wanted)
})

t.test('garbage behind a request does not get into its answer', async t => {
  const { answers } = await send(`GET /health HTTP/1.1\r\n${host}\r\nnonsense\r\n\r\n`)
  t.ok(answers >= 1 && answers <= 2)
  const body = JSON.stringify({ ...asking(), stream: true, max_tokens: 40 })
  const request = `${chat}${host}${json}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const sent = await send(request, socket => {
    socket.once('data', () => socket.write('nonsense\r\n\r\n'))
  })
  t.equal(sent.answers, 1)
})

t.test('bodies that arrive together may not hold more than their room', async t => {
  // each stays just below the limit of one, and never ends
  const part = `${chat}${host}${json}Content-Length: 49000\r\n\r\n"${'x'.repeat(48_000)}`
  const sent = await Promise.all(Array.from({ length: 24 }, () => send(part)))
  const of = (status: number) => sent.filter(one => one.status === status)
  t.equal(of(408).length, 16)
  t.equal(of(503).length, 8)
  for (const { text } of of(503)) t.match(text, /Retry-After: 1\r\n(?:.|\r\n)*too_many_bodies/i)
  t.equal((await post(server, 'chat/completions', { ...asking(), max_tokens: 1 })).status, 200)
})

t.test('1,000 connections that say nothing are let go, and nobody has to wait for it', async t => {
  const silent = Array.from({ length: 990 }, () => connect(server.port, server.host))
  const closed = silent.map(socket => {
    socket.on('error', () => {})
    socket.resume()
    return new Promise(resolve => socket.on('close', resolve))
  })
  await Promise.all(silent.map(socket => new Promise(resolve => socket.on('connect', resolve))))
  t.equal((await healthy()).status, 200)
  await Promise.all(closed)
  t.equal((await healthy()).status, 200)
})
