/**
 * Who may ask. A page of another site cannot read answers (there is no CORS) and must not cause any either: its name is
 * refused as a host (DNS rebinding), as an origin, and it does not know the token.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { ApiError } from './api-error.js'

export interface Guarded {
  readonly host: string
  readonly allowedHosts: readonly string[]
  readonly token: string | null
}

/** What of a request is looked at. */
export interface Asking {
  header(name: string): string | undefined
  /** Of the URL. */
  readonly urlToken: string | undefined
}

/** @throws ApiError 403 */
export function checkHost({ header }: Asking, { host, allowedHosts }: Guarded): void {
  const given = header('host') ?? ''
  const name = nameOf(given)
  const bare = name?.replace(/^\[|\]$/g, '') ?? ''
  const known = isIP(bare) > 0 || [...allowedHosts, host, 'localhost'].includes(bare)
  if (name === null || !known) {
    const what = `the host ${JSON.stringify(given.slice(0, 80))} is not served here`
    throw new ApiError(
      403,
      'permission_error',
      'host_not_allowed',
      `${what}: use the address, or --allow-host`,
    )
  }
  const origin = header('origin')
  if (origin !== undefined && !sameOrigin(origin, given)) {
    const what = `pages of ${JSON.stringify(origin.slice(0, 80))} may not ask this server`
    throw new ApiError(403, 'permission_error', 'origin_not_allowed', what)
  }
}

/** Without the port, in lower case; null where it is none. */
function nameOf(host: string): string | null {
  if (!/^[\w.:[\]-]+$/.test(host)) return null
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null
}

function sameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host
}

/** @throws ApiError 401 */
export function checkToken({ header, urlToken }: Asking, { token }: Guarded): void {
  if (token === null) return
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(header('authorization') ?? '') ?? []
  if (equal(bearer ?? urlToken ?? '', token)) return
  const what =
    bearer === undefined && urlToken === undefined ? 'there is no key' : 'the key is another one'
  const how = 'send the one that the server printed: Authorization: Bearer KEY'
  throw new ApiError(401, 'authentication_error', 'invalid_api_key', `${what}: ${how}`, {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}

/** In a time that tells nothing of where they differ. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
