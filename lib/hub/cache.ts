/**
 * The folder that Python's huggingface_hub and llama.cpp keep files of the hub in, in their layout:
 * `models--user--name/{blobs/HASH, snapshots/COMMIT/file → blob, refs/main}`.
 */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { isCommit, type RepositoryType } from './names.js'

export interface CacheFolder {
  /** Of all repositories. */
  readonly root: string
  /** Of this one. */
  readonly path: string
  readonly symlinks: boolean
}

export function cacheFolder(
  { cache, symlinks }: { readonly cache: string; readonly symlinks: boolean },
  repository: string,
  type: RepositoryType,
): CacheFolder {
  const name = [`${type}s`, ...repository.split('/')].join('--')
  return { root: cache, path: join(cache, name), symlinks }
}

export const blobPath = ({ path }: CacheFolder, oid: string): string => join(path, 'blobs', oid)

export const snapshotPath = ({ path }: CacheFolder, commit: string): string =>
  join(path, 'snapshots', commit)

export const filePath = (folder: CacheFolder, commit: string, file: string): string =>
  join(snapshotPath(folder, commit), ...file.split('/'))

/** The commit that a branch or a tag was at when it was last asked for; null where it never was. */
export async function cachedCommit(folder: CacheFolder, revision: string): Promise<string | null> {
  if (isCommit(revision)) return revision
  try {
    const commit = (await readFile(join(folder.path, 'refs', revision), 'utf8')).trim()
    return isCommit(commit) ? commit : null
  } catch {
    return null
  }
}

export async function saveCommit(
  folder: CacheFolder,
  revision: string,
  commit: string,
): Promise<void> {
  if (revision === commit || (await cachedCommit(folder, revision)) === commit) return
  const path = join(folder.path, 'refs', revision)
  await mkdir(dirname(path), { recursive: true })
  // whoever reads it meanwhile sees the old one or the new one
  const temporary = `${path}.${randomUUID()}.tmp`
  await writeFile(temporary, commit)
  await rename(temporary, path)
}

/** Files of a commit that are whole, as the hub calls them: a link to a blob that is gone is none. */
export async function cachedFiles(folder: CacheFolder, commit: string): Promise<readonly string[]> {
  const root = snapshotPath(folder, commit)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => existsSync(path))
    .map(path => relative(root, path).split(sep).join('/'))
    .sort()
}

/** Bytes of a file; null where there is none. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : null
  } catch {
    return null
  }
}

/**
 * Give a blob its name in a snapshot: a relative link, where the file system has none a hard link, and else the bytes
 * themselves, moved where the blob is new and nobody else's.
 */
export async function nameBlob(
  folder: CacheFolder,
  { oid, path, fresh }: { readonly oid: string; readonly path: string; readonly fresh: boolean },
): Promise<void> {
  if (existsSync(path)) return
  const blob = blobPath(folder, oid)
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true }) // a link to nowhere
  if (folder.symlinks && (await linked(symlink(relative(dirname(path), blob), path), path))) return
  if (await linked(link(blob, path), path)) return
  if (fresh) await rename(blob, path)
  else await copyFile(blob, path)
}

/** Whether the name is there: also where another process was faster. */
async function linked(made: Promise<void>, path: string): Promise<boolean> {
  try {
    await made
    return true
  } catch {
    return existsSync(path)
  }
}
