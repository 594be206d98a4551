/** What the hub says of a repository: its commit, its files, their sizes and hashes. */

import { CotPruneError } from '../base/errors.js'
import { integer, list, optional, record, text, when } from '../base/plain-data.js'
import { type Hub, Passing, request, withPatience } from './http.js'
import { type HubName, isCommit, isInside, isOid } from './names.js'

export interface RepositoryFile {
  readonly file: string
  readonly bytes: number
  /** The name of its blob: a sha256, or the git hash of a small file. */
  readonly oid: string
}

export interface Repository {
  readonly commit: string
  readonly licence: string | null
  readonly files: readonly RepositoryFile[]
}

/** The hub's own words, as far as they are read. */
interface Reply {
  readonly sha: string
  readonly cardData?: { readonly license?: unknown } | null
  readonly siblings: readonly {
    readonly rfilename: string
    readonly size: number
    readonly blobId: string
    readonly lfs?: { readonly sha256: string; readonly size: number } | null
  }[]
}

const orNull = (check: (value: unknown) => unknown) =>
  when('an object or null', value => value === null || check(value) === null)

const shape = record({
  sha: when('a commit', value => typeof value === 'string' && isCommit(value)),
  siblings: list(
    record({
      rfilename: text,
      size: integer,
      blobId: text,
      lfs: optional(orNull(record({ sha256: text, size: integer }))),
    }),
  ),
})

/** @throws CotPruneError ERR_HUB_ACCESS, ERR_HUB_NOT_FOUND, ERR_HUB_UNREACHABLE; `signal.reason` */
export async function readRepository(hub: Hub, name: HubName): Promise<Repository> {
  const { endpoint } = hub.environment
  const revision = encodeURIComponent(name.revision)
  const url = `${endpoint}/api/${name.type}s/${name.repository}/revision/${revision}?blobs=true`
  const reply = await withPatience(hub, async () => parseReply(await bodyOf(hub, url), url))
  const files = reply.siblings.map(({ rfilename, size, blobId, lfs }) => ({
    file: rfilename,
    bytes: lfs?.size ?? size,
    oid: (lfs?.sha256 ?? blobId).toLowerCase(),
  }))
  return {
    commit: reply.sha,
    licence: licenceOf(reply),
    // a name that leaves its folder, or a hash that is a path, becomes no file of ours
    files: files.filter(({ file, oid }) => isInside(file) && isOid(oid)),
  }
}

async function bodyOf(hub: Hub, url: string): Promise<string> {
  const silence = AbortSignal.timeout(hub.patience.silence)
  const response = await request(hub, url, { silence })
  try {
    return await response.text()
  } catch (cause) {
    hub.signal?.throwIfAborted()
    throw new Passing(`the answer of ${url} broke off`, { cause })
  }
}

function parseReply(body: string, url: string): Reply {
  let reply: Reply
  try {
    reply = JSON.parse(body)
  } catch (cause) {
    throw new Passing(`${url} answers with something that is no JSON`, { cause })
  }
  const wrong = shape(reply)
  if (wrong === null) return reply
  throw new CotPruneError(
    'ERR_HUB_UNREACHABLE',
    `${url} answers in another form than the hub's: ${wrong.path || 'it'} must be ${wrong.expected}`,
  )
}

function licenceOf({ cardData }: Reply): string | null {
  const licence = cardData?.license
  if (typeof licence === 'string') return licence
  return Array.isArray(licence) ? licence.join(', ') : null
}

/** Where the bytes of a file are: at a commit, so that they are the same at each attempt. */
export function fileUrl(
  endpoint: string,
  { type, repository }: HubName,
  commit: string,
  file: string,
): string {
  const folder = type === 'dataset' ? 'datasets/' : ''
  const path = file.split('/').map(encodeURIComponent).join('/')
  return `${endpoint}/${folder}${repository}/resolve/${commit}/${path}`
}
