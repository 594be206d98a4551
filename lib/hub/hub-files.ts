/** Files of a repository: those of the cache where they are there, else from the hub. */

import { lstat, mkdir, readlink, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { DownloadPlan, FetchedFile, ModelShape } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import {
  blobPath,
  type CacheFolder,
  cachedCommit,
  cachedFiles,
  cacheFolder,
  filePath,
  nameBlob,
  saveCommit,
  sizeOf,
} from './cache.js'
import { download } from './download.js'
import { checkRoom, freeBytes, inTurn, Tracker } from './fetching.js'
import { shapeOf } from './gguf-header.js'
import { hashOf } from './hash.js'
import { type Hub, request } from './http.js'
import { type HubName, isOid } from './names.js'
import type { ResolvedFetchOptions } from './options.js'
import { fileUrl, type Repository, type RepositoryFile, readRepository } from './repository.js'

/** What is asked for. */
export interface Wanted {
  /** As it was written. */
  readonly name: string
  readonly hub: HubName
  /** Of all files; throws ERR_HUB_NOT_FOUND. */
  choose(files: readonly string[]): readonly string[]
  /** Of some files: only what would be chosen of all, too. */
  chooseCached(files: readonly string[]): readonly string[]
}

export interface HubFiles {
  readonly commit: string
  readonly files: readonly FetchedFile[]
  readonly fetched: boolean
}

/**
 * Paths of files. What is in the cache is taken without asking the hub, unless `update` says so.
 * @throws CotPruneError ERR_HUB_OFFLINE, ERR_HUB_ACCESS, ERR_HUB_NOT_FOUND, ERR_HUB_UNREACHABLE, ERR_HUB_DAMAGED, ERR_DISK_FULL
 */
export async function hubFiles(wanted: Wanted, options: ResolvedFetchOptions): Promise<HubFiles> {
  const { hub, update } = options
  const folder = folderOf(hub, wanted.hub)
  hub.signal?.throwIfAborted()
  const { offline } = hub.environment
  const found = update && !offline ? null : await fromCache(wanted, folder, offline)
  if (found !== null) return found
  if (offline) {
    const message = `${wanted.name} is not in ${folder.path}, and HF_HUB_OFFLINE forbids to ask for it: unset it, or copy the file there`
    throw new CotPruneError('ERR_HUB_OFFLINE', message)
  }
  const repository = await ask(wanted, options, folder)
  if ('fetched' in repository) return repository
  const chosen = wanted.choose(repository.files.map(({ file }) => file))
  const files = chosen.flatMap(name => repository.files.filter(({ file }) => file === name))
  return fetchAll(wanted, options, folder, { ...repository, files })
}

const folderOf = ({ environment }: Hub, { repository, type }: HubName): CacheFolder =>
  cacheFolder(environment, repository, type)

/** Where the hub cannot be reached, what is there is better than nothing, unless the newest is asked for. */
async function ask(
  wanted: Wanted,
  { hub, update }: ResolvedFetchOptions,
  folder: CacheFolder,
): Promise<Repository | HubFiles> {
  try {
    return await readRepository(hub, wanted.hub)
  } catch (error) {
    if (update || !CotPruneError.is(error, 'ERR_HUB_UNREACHABLE')) throw error
    const found = await fromCache(wanted, folder, true)
    if (found === null) throw error
    return found
  }
}

async function fromCache(
  wanted: Wanted,
  folder: CacheFolder,
  offline: boolean,
): Promise<HubFiles | null> {
  const commit = await cachedCommit(folder, wanted.hub.revision)
  if (commit === null) return null
  let chosen: readonly string[]
  try {
    const files = await cachedFiles(folder, commit)
    chosen = offline ? wanted.choose(files) : wanted.chooseCached(files)
  } catch (error) {
    if (CotPruneError.is(error, 'ERR_HUB_NOT_FOUND')) return null
    throw error
  }
  const files = await Promise.all(
    chosen.map(file => cachedFile(file, filePath(folder, commit, file))),
  )
  return { commit, files, fetched: false }
}

async function cachedFile(file: string, path: string): Promise<FetchedFile> {
  return { path, file, bytes: (await sizeOf(path)) ?? 0, sha256: sha256Of(await oidOf(path)) }
}

/** The blob that a file of a snapshot is a link to; null where links are none. */
export async function oidOf(path: string): Promise<string | null> {
  const name = await readlink(path).then(basename, () => '')
  return isOid(name) ? name : null
}

const sha256Of = (oid: string | null): string | null => (oid?.length === 64 ? oid : null)

async function fetchAll(
  wanted: Wanted,
  options: ResolvedFetchOptions,
  folder: CacheFolder,
  repository: Repository,
): Promise<HubFiles> {
  const { hub, update } = options
  const { commit, files } = repository
  const place = { folder, commit, verify: update, signal: hub.signal }
  const there: boolean[] = []
  for (const file of files) there.push(await isThere(place, file))
  const missing = files.filter((_, i) => !there[i])
  const tracker = new Tracker(sum(files), options.onProgress)
  if (missing.length > 0) await announce(wanted, options, folder, repository, missing)
  const fetched: FetchedFile[] = []
  for (const [i, file] of files.entries()) {
    const path = filePath(folder, commit, file.file)
    const known = there[i] ? null : await fetchBlob(wanted, hub, place, file, tracker)
    if (known !== null) await removeOld(path)
    await nameBlob(folder, { oid: file.oid, path, fresh: known !== null })
    tracker.next(file.bytes)
    fetched.push({ path, file: file.file, bytes: file.bytes, sha256: known ?? sha256Of(file.oid) })
  }
  await saveCommit(folder, wanted.hub.revision, commit)
  return { commit, files: fetched, fetched: missing.length > 0 }
}

const sum = (files: readonly RepositoryFile[]): number =>
  files.reduce((total, { bytes }) => total + bytes, 0)

interface Place {
  readonly folder: CacheFolder
  readonly commit: string
  /** Sizes alone do not count. */
  readonly verify: boolean
  readonly signal: AbortSignal | null
}

/** As a blob, or where links are none as itself. */
async function isThere(
  { folder, commit, verify, signal }: Place,
  file: RepositoryFile,
): Promise<boolean> {
  for (const path of [blobPath(folder, file.oid), filePath(folder, commit, file.file)]) {
    if ((await sizeOf(path)) !== file.bytes) continue
    if (!verify || (await hashOf(path, file.oid.length === 40 ? 40 : 64, signal)) === file.oid)
      return true
  }
  return false
}

/** Where links are none, what stands in a snapshot is the old bytes themselves. */
async function removeOld(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found?.isFile()) await rm(path, { force: true })
}

/** Say what will come, and see whether there is room, before the first byte. */
async function announce(
  wanted: Wanted,
  { hub, onPlan }: ResolvedFetchOptions,
  folder: CacheFolder,
  { commit, licence, files }: Repository,
  missing: readonly RepositoryFile[],
): Promise<void> {
  const parts = await Promise.all(missing.map(({ oid }) => sizeOf(partPath(folder, oid))))
  const left = missing.reduce(
    (total, { bytes }, i) => total + bytes - Math.min(bytes, parts[i] ?? 0),
    0,
  )
  const free = await freeBytes(folder.root)
  const plan: DownloadPlan = {
    name: wanted.name,
    repository: wanted.hub.repository,
    revision: commit,
    licence,
    files: files.map(({ file, bytes }) => ({ file, bytes })),
    bytes: sum(files),
    missing: left,
    folder: folder.path,
    free,
    shape:
      wanted.hub.type === 'model' ? await remoteShape(hub, wanted.hub, commit, files[0]) : null,
  }
  await onPlan(plan)
  checkRoom(left, free, folder.root)
}

const partPath = (folder: CacheFolder, oid: string): string =>
  `${blobPath(folder, oid)}.cot-prune.incomplete`

/** Enough for all numbers that come before a vocabulary. */
const headBytes = 256 * 1024

/** The shape by the first bytes of a file; null where they cannot be had: the download itself will say why. */
async function remoteShape(
  hub: Hub,
  name: HubName,
  commit: string,
  first: RepositoryFile | undefined,
): Promise<ModelShape | null> {
  if (first === undefined || !/\.gguf$/i.test(first.file)) return null
  const url = fileUrl(hub.environment.endpoint, name, commit, first.file)
  try {
    const range = `bytes=0-${Math.min(first.bytes, headBytes) - 1}`
    const silence = AbortSignal.timeout(hub.patience.silence)
    const response = await request(hub, url, { headers: { range }, silence })
    if (response.status === 206) return shapeOf(new Uint8Array(await response.arrayBuffer()))
    await response.body?.cancel()
    return null
  } catch {
    hub.signal?.throwIfAborted()
    return null
  }
}

async function fetchBlob(
  { hub: name }: Wanted,
  hub: Hub,
  place: Place,
  file: RepositoryFile,
  tracker: Tracker,
): Promise<string | null> {
  const { folder, commit } = place
  const { oid, bytes } = file
  const source = { url: fileUrl(hub.environment.endpoint, name, commit, file.file), bytes, oid }
  const target = { part: partPath(folder, oid), path: blobPath(folder, oid) }
  await mkdir(dirname(target.part), { recursive: true })
  const lock = join(folder.root, '.locks', basename(folder.path), `${oid}.cot-prune.lock`)
  return inTurn(hub, { file: file.file, part: target.part, lock }, tracker, async () => {
    if (await isThere(place, file)) return null
    // a damaged blob is there no more once the whole one has its name
    return download(hub, source, target, done => tracker.at(file.file, done))
  })
}
