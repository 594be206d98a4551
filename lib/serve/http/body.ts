/** The body of a request: JSON, of limited size, in limited time, and all that are being read together in limited memory. */

import { ApiError } from './api-error.js'

export interface BodyLimits {
  readonly bodyLimit: number
  readonly clientMillis: number
}

/** So many of the largest bodies are read at once. */
const largest = 16

/** What the bodies that are being read may hold together. */
export class BodyRoom {
  readonly #most: number
  #held = 0

  constructor({ bodyLimit }: Pick<BodyLimits, 'bodyLimit'>) {
    this.#most = largest * bodyLimit
  }

  /** @throws ApiError 503 */
  take(bytes: number): void {
    if (this.#held + bytes > this.#most) throw noRoom()
    this.#held += bytes
  }

  give(bytes: number): void {
    this.#held -= bytes
  }
}

/** @throws ApiError 400, 408, 413, 415, 503 */
export async function readJson(
  request: Request,
  { options: limits, room }: { readonly options: BodyLimits; readonly room: BodyRoom },
): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  // a form of another site may send any other type without asking
  if (!/^application\/json\b/i.test(type)) {
    const what = `the body must be application/json. Received ${JSON.stringify(type.slice(0, 80))}`
    throw new ApiError(415, 'invalid_request_error', 'unsupported_media_type', what)
  }
  const length = Number(request.headers.get('content-length') ?? 0)
  if (length > limits.bodyLimit) throw tooLarge(limits)
  const text = await readText(request, limits, room)
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : ''
    throw new ApiError(400, 'invalid_request_error', 'invalid_json', `the body is no JSON: ${why}`)
  }
}

async function readText(request: Request, limits: BodyLimits, room: BodyRoom): Promise<string> {
  const reader = request.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(limits)), limits.clientMillis)
  })
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) return text + decoder.decode()
      if (bytes + value.length > limits.bodyLimit) throw tooLarge(limits)
      room.take(value.length)
      bytes += value.length
      text += decoder.decode(value, { stream: true })
    }
  } catch (error) {
    reader.cancel().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
    room.give(bytes)
  }
}

/** The connection goes with it: what else the client sends is nobody's. */
const closing = { headers: { Connection: 'close' } }

function tooLarge({ bodyLimit }: BodyLimits): ApiError {
  const what = `the body is larger than ${bodyLimit} bytes`
  return new ApiError(413, 'invalid_request_error', 'body_too_large', what, closing)
}

function tooSlow({ clientMillis }: BodyLimits): ApiError {
  const what = `the body did not arrive within ${clientMillis / 1000} s`
  return new ApiError(408, 'invalid_request_error', 'request_timeout', what, closing)
}

function noRoom(): ApiError {
  const what = 'too many bodies are arriving at once: come again in 1 s'
  const headers = { ...closing.headers, 'Retry-After': '1' }
  return new ApiError(503, 'unavailable_error', 'too_many_bodies', what, { headers })
}
