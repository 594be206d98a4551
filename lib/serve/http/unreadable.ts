/** Clients that do not get as far as a route: what they send is no request, or they do not take their answer. */

import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { ApiError } from './api-error.js'

/** More than any use of one machine; files and models of this process need descriptors, too. */
export const mostConnections = 1000

const refusals: Readonly<Partial<Record<string, readonly [number, string, string]>>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'the headers are larger than 16 kB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'the request did not arrive in time'],
}
const noRequest = [400, 'invalid_request', 'this is no request of HTTP/1.1'] as const

const reasons: Readonly<Partial<Record<number, string>>> = {
  400: 'Bad Request',
  404: 'Not Found',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Refuse what cannot be read as all else is refused, and let go of who takes nothing of what is ready for so long. */
export function guardConnections(server: Server, clientMillis: number): void {
  server.maxConnections = mostConnections
  const answering = new WeakMap<Duplex, ServerResponse>()
  server.on('request', ({ socket }, response) => answering.set(socket, response))
  server.setTimeout(clientMillis, socket => {
    const answer = answering.get(socket)
    // a first request that does not come is told so, and what is being thought about may take its time
    const waits = answer === undefined || !answer.writableFinished
    if (!waits || socket.writableLength > 0) socket.destroy()
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const begun = answering.get(socket)
    // a second answer in the middle of one
    const within = begun?.headersSent === true && !begun.writableFinished
    if (error.code === 'ECONNRESET' || !socket.writable || within) return socket.destroy()
    const [status, code, what] = refusals[error.code ?? ''] ?? noRequest
    refuse(socket, new ApiError(status, 'invalid_request_error', code, what))
  })
  server.on('connect', (_request, socket) => {
    const what = 'there is no CONNECT here'
    refuse(socket, new ApiError(404, 'not_found_error', 'not_found', what))
  })
}

function refuse(socket: Duplex, { status, body }: ApiError): void {
  const text = JSON.stringify(body)
  socket.on('error', () => {})
  socket.end(
    [
      `HTTP/1.1 ${status} ${reasons[status]}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
    () => socket.destroy(),
  )
}
