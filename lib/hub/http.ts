/** Requests to the hub: redirects by hand, since the token is for the hub alone; what is worth another try, and when. */

import { setTimeout as sleep } from 'node:timers/promises'
import { CotPruneError } from '../base/errors.js'
import { packageVersion } from '../base/package.js'
import type { HubEnvironment } from './environment.js'

/** How patient a download is; tests are less so. */
export interface Patience {
  /** Attempts in a row that bring nothing. */
  readonly attempts: number
  /** Before the second attempt; twice as long before each one that follows. */
  readonly firstPause: number
  /** The longest pause that a server may ask for. */
  readonly longestPause: number
  /** Without a byte for so long, a connection counts as dead. */
  readonly silence: number
}

export const patience: Patience = {
  attempts: 5,
  firstPause: 500,
  longestPause: 120_000,
  silence: 30_000,
}

export interface Hub {
  readonly environment: HubEnvironment
  readonly patience: Patience
  readonly signal: AbortSignal | null
}

export interface Ask {
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** Aborts this one request; the caller's signal is added. */
  readonly silence?: AbortSignal
}

/** Worth another try; `after` milliseconds where the server says so. */
export class Passing extends Error {
  readonly after: number | null

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly after?: number | null } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.after = options.after ?? null
  }
}

const mostRedirects = 10

/**
 * One answer, redirects followed. Statuses below 400 and 416 come back; the others throw.
 * @throws Passing (the network, 408, 429, 5xx), CotPruneError ERR_HUB_ACCESS, ERR_HUB_NOT_FOUND; `signal.reason`
 */
export async function request(hub: Hub, url: string, ask: Ask = {}): Promise<Response> {
  let at = new URL(url)
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await requestOnce(hub, at, ask)
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) {
      if (response.ok || response.status === 416) return response
      throw await faultOf(hub, response, url)
    }
    await response.body?.cancel()
    if (!URL.canParse(location, at.href)) break
    at = new URL(location, at)
  }
  throw new CotPruneError('ERR_HUB_UNREACHABLE', `${url} redirects to nowhere`)
}

async function requestOnce(
  hub: Hub,
  url: URL,
  { method, headers, silence }: Ask,
): Promise<Response> {
  const { environment, signal } = hub
  const signals = [signal, silence].filter(each => each != null)
  const authorization = authorizationFor(environment, url)
  try {
    return await fetch(url, {
      method: method ?? 'GET',
      redirect: 'manual',
      headers: {
        'user-agent': `cot-prune/${packageVersion()}`,
        // the sizes and hashes are those of the plain bytes
        'accept-encoding': 'identity',
        ...authorization,
        ...headers,
      },
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new Passing(`${url.host} cannot be reached: ${reasonOf(cause)}`, { cause })
  }
}

/** For the hub itself, and nobody else. */
function authorizationFor({ endpoint, token }: HubEnvironment, url: URL) {
  if (token === null || url.origin !== new URL(endpoint).origin) return {}
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` }
  // not shown: it may be a good one with something behind it
  const message =
    'the token in HF_TOKEN, or in its file, has characters that no token has: copy it again'
  throw new CotPruneError('ERR_HUB_ACCESS', message)
}

/** What fetch hides behind "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && cause.message === '' ? String(cause.code) : cause.message
}

/** Until it comes, or until so many attempts in a row brought nothing; `advanced` says that the last one brought something. */
export async function withPatience<T>(
  { patience, signal }: Hub,
  job: () => Promise<T>,
  advanced: () => boolean = () => false,
): Promise<T> {
  for (let failed = 0; ; ) {
    try {
      return await job()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Passing)) throw error
      failed = advanced() ? 1 : failed + 1
      const pause = error.after ?? patience.firstPause * 2 ** (failed - 1)
      if (failed >= patience.attempts || pause > patience.longestPause)
        throw unreachable(error, failed, pause)
      await sleep(pause, undefined, signal === null ? {} : { signal }).catch(() =>
        signal?.throwIfAborted(),
      )
    }
  }
}

function unreachable(error: Passing, attempts: number, pause: number): CotPruneError {
  const wait = error.after === null ? '' : `, which asks to wait ${Math.ceil(pause / 1000)} s`
  const message = `${error.message}${wait} (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}): try again later`
  return new CotPruneError('ERR_HUB_UNREACHABLE', message, { cause: error })
}

const passing = new Set([408, 425, 429, 500, 502, 503, 504])

async function faultOf(hub: Hub, response: Response, url: string): Promise<Error> {
  await response.body?.cancel()
  const { status, headers } = response
  const message = `${url} answers ${status}`
  if (passing.has(status))
    return new Passing(message, { after: retryAfter(headers.get('retry-after')) })
  const code = headers.get('x-error-code')
  const said = headers.get('x-error-message')
  if (status === 401 || status === 403) return refused(hub, { message, code, url })
  const missing: Readonly<Record<string, string>> = {
    RevisionNotFound: 'no such revision',
    EntryNotFound: 'no such file',
    RepoNotFound: 'no such repository',
  }
  const what =
    missing[code ?? ''] ??
    said ??
    (status === 404 ? 'there is nothing of that name' : 'the server refuses it')
  return new CotPruneError('ERR_HUB_NOT_FOUND', `${message}: ${what}; check the name`)
}

/** The hub answers 401 to a name that does not exist, too, so that nobody learns which private ones there are. */
function refused(
  { environment }: Hub,
  {
    message,
    code,
    url,
  }: { readonly message: string; readonly code: string | null; readonly url: string },
): CotPruneError {
  const page = pageOf(environment.endpoint, url)
  const login = `a token of ${environment.endpoint}/settings/tokens in HF_TOKEN, or with \`hf auth login\``
  const sent =
    environment.token === null ? 'no token was sent' : 'the token that was sent does not allow it'
  const what =
    code === 'GatedRepo'
      ? `it is gated: open ${page} and accept its terms, then give ${login} (${sent})`
      : `no such repository, or it is private: check the name; if it is yours, give ${login} (${sent})`
  return new CotPruneError('ERR_HUB_ACCESS', `${message}: ${what}`)
}

/** The page of a repository, of an address of the API or of one of its files. */
function pageOf(endpoint: string, url: string): string {
  const path = url.startsWith(`${endpoint}/`) ? url.slice(endpoint.length + 1) : ''
  const [, repository] =
    /^(?:api\/models\/|api\/(?=datasets\/))?((?:datasets\/)?[^/]+\/[^/]+)/.exec(path) ?? []
  return repository === undefined ? new URL(url).origin : `${endpoint}/${repository}`
}

/** Seconds or a date; null where it is neither. */
function retryAfter(text: string | null): number | null {
  if (text === null) return null
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
