/** Models of other addresses than the hub's: in a folder of ours, each beside what its server said of it. */

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DownloadPlan, FetchedFile } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { optional, record, text } from '../base/plain-data.js'
import { sizeOf } from './cache.js'
import { partsOf } from './choose-files.js'
import { download } from './download.js'
import { checkRoom, freeBytes, inTurn, Tracker } from './fetching.js'
import { type Hub, request, withPatience } from './http.js'
import { decoded, isInside } from './names.js'
import type { ResolvedFetchOptions } from './options.js'

/** What is written beside a file. */
export interface UrlRecord {
  readonly url: string
  /** A strong ETag; a weak one does not say that bytes are the same. */
  readonly version?: string
  /** Once it is whole. */
  readonly sha256?: string
}

const shape = record({ url: text, version: optional(text), sha256: optional(text) })

export interface UrlName {
  readonly name: string
  readonly url: string
  /** What it must be; null: unknown. Of a split model, it is that of no part. */
  readonly sha256: string | null
}

export interface UrlFiles {
  readonly files: readonly FetchedFile[]
  readonly fetched: boolean
}

interface UrlFile {
  readonly url: string
  readonly file: string
  readonly path: string
  readonly sha256: string | null
}

/** @throws as `hubFiles`, but for ERR_HUB_ACCESS's advice */
export async function urlFiles(wanted: UrlName, options: ResolvedFetchOptions): Promise<UrlFiles> {
  const { hub, update } = options
  const { environment } = hub
  hub.signal?.throwIfAborted()
  const files = filesOf(wanted, environment.urlCache)
  const there = await Promise.all(files.map(file => wholeFile(file)))
  const whole = there.filter(file => file !== null)
  if (whole.length === files.length && (!update || environment.offline))
    return { files: whole, fetched: false }
  if (environment.offline) {
    const message = `${wanted.name} was not fetched before, and HF_HUB_OFFLINE forbids to ask for it: unset it`
    throw new CotPruneError('ERR_HUB_OFFLINE', message)
  }
  return fetchAll(wanted, options, files)
}

/** In a folder by its address, so that files of one name do not meet; split models lie together. */
function filesOf({ url, sha256 }: UrlName, cache: string): readonly UrlFile[] {
  const { pathname } = new URL(url)
  const last = decoded(pathname.slice(pathname.lastIndexOf('/') + 1))
  const own = last !== null && isInside(last) && /\.gguf$/i.test(last) ? last : 'model.gguf'
  const parts = partsOf(own)
  const start = url.slice(0, url.lastIndexOf('/') + 1)
  const key = createHash('sha256')
    .update(parts.length > 1 ? start + parts[0] : url)
    .digest('hex')
    .slice(0, 16)
  return parts.map(file => ({
    file,
    url: parts.length > 1 ? start + encodeURIComponent(file) : url,
    path: join(cache, key, file),
    sha256: parts.length > 1 ? null : sha256,
  }))
}

const recordPath = (path: string): string => `${path}.json`

/** What was written beside a file; null where there is nothing, or it is of another form. */
export async function readUrlRecord(path: string): Promise<UrlRecord | null> {
  try {
    const value: UrlRecord = JSON.parse(await readFile(recordPath(path), 'utf8'))
    return shape(value) === null ? value : null
  } catch {
    return null
  }
}

async function writeUrlRecord(path: string, value: UrlRecord): Promise<void> {
  const temporary = `${recordPath(path)}.${process.pid}.tmp`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(temporary, `${JSON.stringify(value)}\n`)
  await rename(temporary, recordPath(path))
}

/** null where it is not there, or is another one than the name says. */
async function wholeFile({ path, file, sha256 }: UrlFile): Promise<FetchedFile | null> {
  const [bytes, known] = [await sizeOf(path), await readUrlRecord(path)]
  if (bytes === null || known?.sha256 === undefined) return null
  return sha256 === null || sha256 === known.sha256
    ? { path, file, bytes, sha256: known.sha256 }
    : null
}

interface Head {
  readonly bytes: number | null
  readonly version: string | null
}

/** What a server says of a file; some answer this question with a fault, and the file all the same. */
async function headOf(hub: Hub, url: string): Promise<Head> {
  try {
    const silence = () => AbortSignal.timeout(hub.patience.silence)
    const { headers } = await withPatience(hub, () =>
      request(hub, url, { method: 'HEAD', silence: silence() }),
    )
    const [length, etag] = [headers.get('content-length'), headers.get('etag')]
    return {
      bytes: length === null ? null : Number(length),
      version: etag?.startsWith('"') ? etag : null,
    }
  } catch (error) {
    hub.signal?.throwIfAborted()
    if (CotPruneError.is(error, 'ERR_HUB_UNREACHABLE')) throw error
    return { bytes: null, version: null }
  }
}

async function fetchAll(
  wanted: UrlName,
  options: ResolvedFetchOptions,
  files: readonly UrlFile[],
): Promise<UrlFiles> {
  const { hub } = options
  const heads = new Map<UrlFile, Head>()
  const needed: UrlFile[] = []
  for (const file of files) {
    const head = await headOf(hub, file.url)
    heads.set(file, head)
    if (!(await isCurrent(file, head))) needed.push(file)
  }
  const sizes = files.map(file => heads.get(file)?.bytes ?? null)
  const total = sizes.includes(null)
    ? null
    : sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
  if (needed.length > 0) await announce(wanted, options, files, { sizes, total, needed, heads })
  const tracker = new Tracker(total, options.onProgress)
  const done: FetchedFile[] = []
  for (const file of files) {
    const head = heads.get(file) ?? { bytes: null, version: null }
    if (needed.includes(file)) await fetchFile(hub, file, head, tracker)
    const whole = await wholeFile(file)
    if (whole === null)
      throw new CotPruneError(
        'ERR_HUB_DAMAGED',
        `${file.path} is not what ${file.url} has: try again`,
      )
    tracker.next(whole.bytes)
    done.push(whole)
  }
  return { files: done, fetched: needed.length > 0 }
}

/** Whether what is there is still what the server has, as far as it says. */
async function isCurrent(file: UrlFile, { bytes, version }: Head): Promise<boolean> {
  const [whole, known] = [await wholeFile(file), await readUrlRecord(file.path)]
  if (whole === null) return false
  return (
    (bytes === null || bytes === whole.bytes) && (version === null || version === known?.version)
  )
}

async function announce(
  { name }: UrlName,
  { onPlan }: ResolvedFetchOptions,
  files: readonly UrlFile[],
  found: {
    readonly sizes: readonly (number | null)[]
    readonly total: number | null
    readonly needed: readonly UrlFile[]
    readonly heads: ReadonlyMap<UrlFile, Head>
  },
): Promise<void> {
  const folder = dirname(files[0]?.path ?? '')
  const free = await freeBytes(folder)
  let missing: number | null = 0
  for (const file of found.needed) {
    const bytes: number | null = found.heads.get(file)?.bytes ?? null
    const there: number = (await sizeOf(partPath(file.path))) ?? 0
    missing = missing === null || bytes === null ? null : missing + bytes - Math.min(bytes, there)
  }
  const plan: DownloadPlan = {
    name,
    repository: null,
    revision: null,
    licence: null,
    files: files.map(({ file }, i) => ({ file, bytes: found.sizes[i] ?? null })),
    bytes: found.total,
    missing,
    folder,
    free,
    shape: null,
  }
  await onPlan(plan)
  checkRoom(missing ?? 0, free, folder)
}

const partPath = (path: string): string => `${path}.incomplete`

async function fetchFile(
  hub: Hub,
  file: UrlFile,
  { bytes, version }: Head,
  tracker: Tracker,
): Promise<void> {
  const part = partPath(file.path)
  await inTurn(hub, { file: file.file, part, lock: `${file.path}.lock` }, tracker, async () => {
    if (await isCurrent(file, { bytes, version })) return
    const known = await readUrlRecord(file.path)
    // a part without a version, or of another one, could be of other bytes
    if (version === null || known?.version !== version) await rm(part, { force: true })
    const facts = { url: file.url, ...(version !== null && { version }) }
    await writeUrlRecord(file.path, facts)
    const source = { url: file.url, bytes, oid: file.sha256, version }
    const sha256 = await download(hub, source, { part, path: file.path }, done =>
      tracker.at(file.file, done),
    )
    await writeUrlRecord(file.path, { ...facts, sha256 })
  })
}
