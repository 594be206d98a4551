/** The body of a request: JSON, of limited size, in limited time. */

import { ApiError } from './api-error.js'

export interface BodyLimits {
  readonly bodyLimit: number
  readonly clientMillis: number
}

/** @throws ApiError 400, 408, 413, 415 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  // a form of another site may send any other type without asking
  if (!/^application\/json\b/i.test(type)) {
    const what = `the body must be application/json. Received ${JSON.stringify(type.slice(0, 80))}`
    throw new ApiError(415, 'invalid_request_error', 'unsupported_media_type', what)
  }
  const length = Number(request.headers.get('content-length') ?? 0)
  if (length > limits.bodyLimit) throw tooLarge(limits)
  const text = await readText(request, limits)
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : ''
    throw new ApiError(400, 'invalid_request_error', 'invalid_json', `the body is no JSON: ${why}`)
  }
}

async function readText(request: Request, limits: BodyLimits): Promise<string> {
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
      bytes += value.length
      if (bytes > limits.bodyLimit) throw tooLarge(limits)
      text += decoder.decode(value, { stream: true })
    }
  } catch (error) {
    reader.cancel().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
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
