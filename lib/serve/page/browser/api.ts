/** What the page asks its server for. The token is the one of the page's own address. */

import type { PageAnswered, PageEvent } from '../page-events.js'

const token = new URLSearchParams(location.search).get('token')

const headers: Readonly<Record<string, string>> = {
  'Content-Type': 'application/json',
  ...(token !== null && { Authorization: `Bearer ${token}` }),
}

async function post(path: string, body: object, signal: AbortSignal | null): Promise<Response> {
  const response = await fetch(path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal,
  })
  if (response.ok) return response
  throw new Error(await messageOf(response))
}

/** What the server says is wrong. */
async function messageOf(response: Response): Promise<string> {
  const said: unknown = await response.json().catch(() => null)
  return faultIn(said) ?? `the server answered ${response.status}`
}

function faultIn(said: unknown): string | null {
  if (typeof said !== 'object' || said === null || !('error' in said)) return null
  const { error } = said
  if (typeof error !== 'object' || error === null || !('message' in error)) return null
  return String(error.message)
}

/** Calls `heard` with each event. @throws what the server says is wrong, also in the middle */
export async function solve(
  question: object,
  signal: AbortSignal,
  heard: (event: PageEvent) => void,
): Promise<void> {
  const { body } = await post('/page/solve', question, signal)
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    const parts = (rest + value).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      if (!part.startsWith('data: ')) continue
      const data: unknown = JSON.parse(part.slice('data: '.length))
      const fault = faultIn(data)
      if (fault !== null) throw new Error(fault)
      // the seam: what `solve.ts` wrote becomes data again
      heard(data as PageEvent)
    }
  }
}

export async function answers(asked: object): Promise<readonly PageAnswered[]> {
  const response = await post('/page/answers', asked, null)
  return (await response.json()) as readonly PageAnswered[]
}

/** The trace as a file. */
export async function savedTrace(id: string): Promise<Blob> {
  const response = await fetch(`/page/trace/${id}`, { headers })
  if (!response.ok) throw new Error(await messageOf(response))
  return response.blob()
}
