/** A server on the embedded model, and what asks it. */

import type { Test } from 'tap'
import { openDataset } from '../../dist/experiment/index.js'
import type { LegacyLogprobs } from '../../dist/serve/answer/logprobs.js'
import {
  type RunningServer,
  type ServeOptions,
  serve,
  type ToldPruning,
} from '../../dist/serve/index.js'
import { reasonerPath } from './reasoner.js'

export async function openServer(
  t: Pick<Test, 'teardown'>,
  options: Partial<ServeOptions> = {},
): Promise<RunningServer> {
  const models = [{ path: reasonerPath, id: 'embedded' }]
  const server = await serve({ models, token: null, contextLength: 1024, threads: 1, ...options })
  t.teardown(() => server.close())
  return server
}

const { problems } = await openDataset('embedded')

/** The i-th held-out problem. */
export const problem = (i: number): string => problems[i]?.problem ?? ''

export const asking = (i = 0) => ({
  messages: [{ role: 'user', content: problem(i) }],
  temperature: 0,
})

/** What tests look at in bodies and chunks; some of it is in one kind alone. */
export interface Body {
  readonly id: string
  readonly object: string
  readonly model: string
  readonly choices: readonly [Choice, ...Choice[]]
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly total_tokens: number
    readonly prompt_tokens_details: { readonly cached_tokens: number }
    readonly completion_tokens_details: { readonly reasoning_tokens: number }
  }
  readonly cot_prune: ToldPruning
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string
  }
}

interface Message {
  readonly role: string
  readonly content: string
  readonly reasoning_content: string
  readonly reasoning: string
}

interface ChatToken {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
}

interface Choice {
  readonly index: number
  readonly message: Message
  readonly delta: Partial<Message>
  readonly text: string
  readonly finish_reason: string | null
  readonly logprobs: LegacyLogprobs & {
    readonly content: readonly (ChatToken & {
      readonly top_logprobs: readonly [ChatToken, ...ChatToken[]]
    })[]
  }
}

export interface Answer {
  readonly status: number
  readonly body: Body
  readonly headers: Headers
}

export async function post(
  { apiUrl }: Pick<RunningServer, 'apiUrl'>,
  path: string,
  body: unknown,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(`${apiUrl}/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  })
  const { status, headers } = response
  return { status, headers, body: (await response.json()) as Body }
}

/** The data of each event of a stream; `[DONE]` is the text itself. */
export async function events(
  { apiUrl }: Pick<RunningServer, 'apiUrl'>,
  path: string,
  body: object,
): Promise<readonly (Body | '[DONE]')[]> {
  const response = await fetch(`${apiUrl}/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ stream: true, ...body }),
  })
  const text = await response.text()
  return text
    .split('\n\n')
    .filter(part => part.startsWith('data: '))
    .map(part => part.slice('data: '.length))
    .map(data => (data === '[DONE]' ? data : (JSON.parse(data) as Body)))
}

/** The chunks of a stream, without its end. */
export async function chunks(
  server: Pick<RunningServer, 'apiUrl'>,
  path: string,
  body: object,
): Promise<readonly Body[]> {
  const all = await events(server, path, body)
  return all.flatMap(data => (data === '[DONE]' ? [] : [data]))
}
