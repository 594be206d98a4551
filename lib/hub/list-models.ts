/** The models that are on the disk, whoever fetched them, and what is wrong with them. */

import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CachedModel } from '../../types/public.js'
import { boolean, checkKnown, signal } from '../base/check.js'
import { type CacheFolder, cachedFiles, cacheFolder, filePath, sizeOf } from './cache.js'
import { modelsAmong, partsOf } from './choose-files.js'
import { hubEnvironment } from './environment.js'
import { isGguf } from './gguf-header.js'
import { hashOf } from './hash.js'
import { oidOf } from './hub-files.js'
import { isCommit, isOid } from './names.js'
import { readUrlRecord } from './url-files.js'

/** What `listModels` takes. */
export interface ListModelsOptions {
  /** Read every file and compare its hash. @default false */
  readonly verify?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

interface Look {
  readonly verify: boolean
  readonly signal: AbortSignal | null
}

/**
 * GGUF models of the Hugging Face cache and of other addresses, by name. Nobody is asked, nothing is changed.
 * @throws TypeError that names an option; `signal.reason`
 */
export async function listModels(options?: ListModelsOptions): Promise<readonly CachedModel[]> {
  checkKnown('options', options, ['verify', 'signal'])
  const look = {
    verify: boolean('options.verify', options?.verify ?? false),
    signal: signal('options.signal', options?.signal),
  }
  const { cache, urlCache, symlinks } = hubEnvironment()
  const models: CachedModel[] = []
  for (const name of await namesIn(cache)) {
    if (!name.startsWith('models--')) continue
    const repository = name.slice('models--'.length).replaceAll('--', '/')
    models.push(
      ...(await ofRepository(
        cacheFolder({ cache, symlinks }, repository, 'model'),
        repository,
        look,
      )),
    )
  }
  for (const name of await namesIn(urlCache))
    models.push(...(await ofUrl(join(urlCache, name), look)))
  return models
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).then(
    names => names.sort(),
    () => [],
  )

async function ofRepository(
  folder: CacheFolder,
  repository: string,
  look: Look,
): Promise<readonly CachedModel[]> {
  const models: CachedModel[] = []
  for (const commit of await namesIn(join(folder.path, 'snapshots'))) {
    if (!isCommit(commit)) continue
    const whole = await cachedFiles(folder, commit)
    const named = await everyName(folder, commit)
    for (const file of modelsAmong(named)) {
      const branch = await branchOf(folder, commit)
      const name = `hf:${repository}/${file}${branch === 'main' ? '' : `#${branch ?? commit}`}`
      const parts = partsOf(file).map(part => ({
        file: part,
        path: filePath(folder, commit, part),
        whole: whole.includes(part),
      }))
      const oid = async (path: string) => (await oidOf(path)) ?? (await oidOfSame(folder, path))
      models.push({ name, revision: commit, ...(await judge(parts, look, oid)) })
    }
  }
  return [...models, ...(await begun(folder, repository))]
}

/** The blob that is the same file by another name, where symbolic links are none; null where the bytes are a copy. */
async function oidOfSame(folder: CacheFolder, path: string): Promise<string | null> {
  const { ino, dev } = await stat(path)
  for (const oid of (await namesIn(join(folder.path, 'blobs'))).filter(isOid)) {
    const blob = await stat(join(folder.path, 'blobs', oid)).catch(() => null)
    if (blob?.ino === ino && blob.dev === dev) return oid
  }
  return null
}

/** Also of links to nowhere. */
async function everyName(folder: CacheFolder, commit: string): Promise<readonly string[]> {
  const root = join(folder.path, 'snapshots', commit)
  const names = await readdir(root, { recursive: true })
  return names.map(name => name.replaceAll('\\', '/')).sort()
}

/** The branch or tag that is at a commit, main first; null where none is. */
async function branchOf(folder: CacheFolder, commit: string): Promise<string | null> {
  const refs = join(folder.path, 'refs')
  const names = (await readdir(refs, { recursive: true }).catch(() => [])).sort()
  for (const name of ['main', ...names]) {
    const at = await readFile(join(refs, name), 'utf8').catch(() => '')
    if (at.trim() === commit) return name.replaceAll('\\', '/')
  }
  return null
}

/** Downloads that were broken off: the hub's names are not known here, only hashes. */
async function begun(folder: CacheFolder, repository: string): Promise<readonly CachedModel[]> {
  const blobs = join(folder.path, 'blobs')
  const parts = (await namesIn(blobs)).filter(name => name.endsWith('.incomplete'))
  return Promise.all(
    parts.map(async name => ({
      name: `hf:${repository}`,
      path: join(blobs, name),
      revision: null,
      bytes: (await sizeOf(join(blobs, name))) ?? 0,
      state: 'incomplete' as const,
      fault: 'a download that was broken off: cot-prune pull goes on with one of its own',
    })),
  )
}

interface Part {
  readonly file: string
  readonly path: string
  readonly whole: boolean
}

async function judge(
  parts: readonly Part[],
  look: Look,
  expected: (path: string) => Promise<string | null>,
): Promise<Omit<CachedModel, 'name' | 'revision'>> {
  const sizes = await Promise.all(parts.map(({ path }) => sizeOf(path)))
  const found = {
    path: parts[0]?.path ?? '',
    bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
  }
  const missing = parts.filter(({ whole }) => !whole)
  if (missing.length > 0) {
    const fault = `${missing.map(({ file }) => file).join(', ')} is missing, or a link to nowhere`
    return { ...found, state: 'incomplete', fault }
  }
  let state: CachedModel['state'] = look.verify ? 'verified' : 'ok'
  for (const { file, path } of parts) {
    look.signal?.throwIfAborted()
    if (!(await beginsAsGguf(path)))
      return { ...found, state: 'damaged', fault: `${file} does not begin as a GGUF file` }
    if (!look.verify) continue
    const oid = await expected(path)
    if (oid === null) state = 'unknown'
    else {
      const hash = await hashOf(path, oid.length === 40 ? 40 : 64, look.signal)
      if (hash !== oid)
        return { ...found, state: 'damaged', fault: `the hash of ${file} is ${hash}, not ${oid}` }
    }
  }
  return {
    ...found,
    state,
    fault: state === 'unknown' ? 'nothing says what its hash should be' : null,
  }
}

async function beginsAsGguf(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return false
  try {
    const head = new Uint8Array(4)
    await file.read(head, 0, 4, 0)
    return isGguf(head)
  } finally {
    await file.close()
  }
}

async function ofUrl(folder: string, look: Look): Promise<readonly CachedModel[]> {
  const names = await namesIn(folder)
  const models: CachedModel[] = []
  for (const name of names.filter(each => each.endsWith('.gguf.json'))) {
    const path = join(folder, name.replace(/\.json$/, ''))
    const known = await readUrlRecord(path)
    if (known === null || partsOf(path)[0] !== path) continue
    const parts = partsOf(path).map(part => ({
      file: basename(part),
      path: part,
      whole: names.includes(basename(part)),
    }))
    const expected = async (part: string) => (await readUrlRecord(part))?.sha256 ?? null
    models.push({ name: known.url, revision: null, ...(await judge(parts, look, expected)) })
  }
  return models
}
