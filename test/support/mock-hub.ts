/** A hub on this machine: repositories of bytes, answered as huggingface.co does, with faults on demand. */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** What goes wrong with one answer that has a file's bytes. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection breaks after so many bytes of the answer. */
  | { readonly cutAfter: number }
  /** The answer ends in order after so many bytes, without a length. */
  | { readonly endAfter: number }
  /** So many bytes, then nothing, until the promise is kept. */
  | { readonly holdAfter: number; readonly until: Promise<void> }
  | { readonly bytes: Uint8Array }
  | { readonly ignoreRange: true }
  | { readonly otherRange: number }

export interface Seen {
  readonly host: 'hub' | 'cdn'
  readonly method: string
  readonly path: string
  readonly range: string | null
  readonly authorization: string | null
}

interface StoredFile {
  readonly bytes: Uint8Array
  readonly lfs: boolean
  /** What is told; the true one where nobody lies. */
  readonly oid: string
  readonly size: number
}

export interface RepositoryOptions {
  readonly type?: 'model' | 'dataset'
  readonly commit?: string
  readonly licence?: string
  /** Files are for those whose token is `goodToken`. */
  readonly gated?: boolean
  /** Oids that are told in place of the true ones. */
  readonly lies?: Readonly<Record<string, string>>
  /** Sizes that are told in place of the true ones. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Files with a git hash. */
  readonly small?: readonly string[]
}

interface Repository {
  readonly commit: string
  readonly licence: string | null
  readonly gated: boolean
  readonly files: ReadonlyMap<string, StoredFile>
}

export const goodToken = 'hf_good'

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')
export const gitHash = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')

export class MockHub {
  readonly seen: Seen[] = []
  /** Redirect large files to another host, as the hub does. */
  redirect = false
  /** Of the n-th request for the bytes of a file, from 0. */
  fault: (n: number, seen: Seen) => Fault | null = () => null
  /** Of requests to the API. */
  apiFault: (n: number) => Fault | null = () => null
  #files = 0
  #api = 0
  readonly #repositories = new Map<string, Repository>()
  readonly #hub: Server
  readonly #cdn: Server

  private constructor() {
    this.#hub = createServer((request, response) => this.#answerHub(request, response))
    this.#cdn = createServer((request, response) => this.#answerCdn(request, response))
  }

  static async start(): Promise<MockHub> {
    const mock = new MockHub()
    for (const server of [mock.#hub, mock.#cdn]) {
      await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    }
    return mock
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    }
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#hub)}`
  }

  get cdnUrl(): string {
    return `http://localhost:${portOf(this.#cdn)}`
  }

  /** Requests for the bytes of files. */
  get downloads(): readonly Seen[] {
    return this.seen.filter(isDownload)
  }

  add(
    repository: string,
    files: Readonly<Record<string, Uint8Array>>,
    { type = 'model', commit, licence, gated, lies, sizes, small = [] }: RepositoryOptions = {},
  ): string {
    const stored = Object.entries(files).map(([file, bytes]) => {
      const lfs = !small.includes(file)
      const oid = lies?.[file] ?? (lfs ? sha256(bytes) : gitHash(bytes))
      return [file, { bytes, lfs, oid, size: sizes?.[file] ?? bytes.length }] as const
    })
    const id =
      commit ??
      gitHash(
        new TextEncoder().encode(
          `${repository} ${JSON.stringify(stored.map(([, { oid }]) => oid))}`,
        ),
      )
    const folder = type === 'dataset' ? 'datasets/' : ''
    this.#repositories.set(folder + repository, {
      commit: id,
      licence: licence ?? null,
      gated: gated ?? false,
      files: new Map(stored),
    })
    return id
  }

  #note(host: Seen['host'], request: IncomingMessage): Seen {
    const seen = {
      host,
      method: request.method ?? '',
      path: decodeURIComponent((request.url ?? '').replace(/\?.*$/, '')),
      range: request.headers.range ?? null,
      authorization: request.headers.authorization ?? null,
    }
    this.seen.push(seen)
    return seen
  }

  #answerHub(request: IncomingMessage, response: ServerResponse) {
    const seen = this.#note('hub', request)
    const api = /^\/api\/(models|datasets)\/(.+)\/revision\/([^/]+)$/.exec(seen.path)
    if (api !== null)
      return this.#answerApi(
        response,
        api[1] === 'datasets' ? `datasets/${api[2]}` : (api[2] ?? ''),
        api[3] ?? '',
      )
    const [, name = '', revision = '', file = ''] =
      /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(seen.path) ?? []
    const repository = this.#repositories.get(name)
    if (repository === undefined) return refuse(response, 401, 'RepoNotFound')
    if (!isAt(repository, revision)) return refuse(response, 404, 'RevisionNotFound')
    const stored = repository.files.get(file)
    if (stored === undefined) return refuse(response, 404, 'EntryNotFound')
    if (repository.gated && seen.authorization !== `Bearer ${goodToken}`)
      return refuse(response, 403, 'GatedRepo')
    const headers = {
      'x-repo-commit': repository.commit,
      'accept-ranges': 'bytes',
      etag: `"${stored.oid}"`,
      ...(stored.lfs && {
        'x-linked-etag': `"${stored.oid}"`,
        'x-linked-size': String(stored.bytes.length),
      }),
    }
    if (this.redirect && stored.lfs) {
      response
        .writeHead(302, { ...headers, location: `${this.cdnUrl}/${name}/${file}?signed=1` })
        .end()
    } else this.#send(seen, response, stored.bytes, headers)
  }

  #answerApi(response: ServerResponse, name: string, revision: string) {
    const fault = this.apiFault(this.#api++)
    if (fault !== null && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end()
      return
    }
    const repository = this.#repositories.get(name)
    if (repository === undefined) return refuse(response, 401, 'RepoNotFound')
    if (!isAt(repository, revision)) return refuse(response, 404, 'RevisionNotFound')
    const siblings = Array.from(repository.files, ([rfilename, { size, lfs, oid }]) => ({
      rfilename,
      size,
      blobId: lfs ? gitHash(new TextEncoder().encode(oid)) : oid,
      ...(lfs && { lfs: { sha256: oid, size, pointerSize: 135 } }),
    }))
    const { commit: sha, licence } = repository
    const body = {
      id: name,
      sha,
      siblings,
      ...(licence !== null && { cardData: { license: licence } }),
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse) {
    const seen = this.#note('cdn', request)
    for (const [name, { files }] of this.#repositories) {
      const stored =
        seen.path.startsWith(`/${name}/`) && files.get(seen.path.slice(name.length + 2))
      if (stored) return this.#send(seen, response, stored.bytes, { etag: `"${stored.oid}"` })
    }
    refuse(response, 404, 'EntryNotFound')
  }

  #send(
    seen: Seen,
    response: ServerResponse,
    bytes: Uint8Array,
    headers: Readonly<Record<string, string>>,
  ) {
    if (seen.method === 'HEAD') {
      response.writeHead(200, { ...headers, 'content-length': bytes.length }).end()
      return
    }
    const fault = isDownload(seen) ? this.fault(this.#files++, seen) : null
    if (fault !== null && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end()
      return
    }
    const body = fault !== null && 'bytes' in fault ? fault.bytes : bytes
    const range =
      fault !== null && 'ignoreRange' in fault ? null : /^bytes=(\d+)-(\d*)$/.exec(seen.range ?? '')
    if (range === null) return answer(response, 200, body, headers, fault)
    const start = fault !== null && 'otherRange' in fault ? fault.otherRange : Number(range[1])
    if (start >= body.length) {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${body.length}` }).end()
      return
    }
    const end = Math.min(body.length, range[2] ? Number(range[2]) + 1 : body.length)
    const content = `bytes ${start}-${end - 1}/${body.length}`
    answer(
      response,
      206,
      body.subarray(start, end),
      { ...headers, 'content-range': content },
      fault,
    )
  }
}

/** The few first bytes alone are no download. */
const isDownload = ({ method, range, path, host }: Seen): boolean =>
  method === 'GET' &&
  !path.startsWith('/api/') &&
  !/^bytes=0-\d+$/.test(range ?? '') &&
  (host === 'cdn' || path.includes('/resolve/') || /\.gguf$/.test(path))

const isAt = ({ commit }: Repository, revision: string): boolean =>
  revision === 'main' || revision === commit

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': code }).end()
}

function answer(
  response: ServerResponse,
  status: number,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
  fault: Fault | null,
): void {
  if (fault !== null && 'endAfter' in fault) {
    response.writeHead(status, headers)
    response.end(bytes.subarray(0, fault.endAfter))
    return
  }
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  if (fault !== null && 'cutAfter' in fault) {
    response.write(bytes.subarray(0, fault.cutAfter), () =>
      setTimeout(() => response.destroy(), 20),
    )
  } else if (fault !== null && 'holdAfter' in fault) {
    response.write(bytes.subarray(0, fault.holdAfter))
    fault.until.then(() => response.end(bytes.subarray(fault.holdAfter)))
  } else response.end(bytes)
}
