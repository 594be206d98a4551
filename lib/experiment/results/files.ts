/** What folders of results have in common: lines that are complete, what is moved aside, and faults that name a file. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, link, readFile, rename, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { render } from '../../base/errors.js'
import { makeFolder, writing } from '../../base/files.js'
import { parseJson, type Reviver } from '../../base/json.js'
import type { Lock } from '../../base/lock.js'
import { onlyWriter } from '../../base/only-writer.js'
import type { Check } from '../../base/plain-data.js'
import { CotPruneError } from '../../index.js'

/** null where there is no such file. @throws CotPruneError ERR_RESULTS */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw fault(`cannot read ${path}`, error)
  }
}

/** What is complete of a file of lines: an end without a line break is what a killed process left of one. */
export interface CompleteLines {
  readonly lines: readonly string[]
  /** Of the file, that these lines are. */
  readonly bytes: number
}

/** None where there is no file. @throws CotPruneError ERR_RESULTS */
export async function completeLines(path: string): Promise<CompleteLines> {
  const text = (await readIfThere(path)) ?? ''
  const complete = text.slice(0, text.lastIndexOf('\n') + 1)
  return { lines: complete.split('\n').slice(0, -1), bytes: Buffer.byteLength(complete) }
}

/** What an earlier run left gets its time as a name, and is never overwritten. @throws CotPruneError ERR_RESULTS */
export async function moveAside(path: string): Promise<void> {
  const aside = await asideOf(path)
  if (aside !== null) await writing(path, () => rename(path, aside))
}

/** As `moveAside`, and it stays in its place too, until something takes that. @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS */
export async function keepAside(path: string): Promise<void> {
  const aside = await asideOf(path)
  if (aside === null) return
  // some file systems have no links
  await writing(path, () => link(path, aside).catch(() => copyFile(path, aside)))
}

/** null where there is nothing to keep. */
async function asideOf(path: string): Promise<string | null> {
  const earlier = await stat(path).catch(() => null)
  if (earlier === null || earlier.size === 0) return null
  const time = earlier.mtime.toISOString().replaceAll(/[:.]/g, '-')
  const end = extname(path)
  return join(dirname(path), `${basename(path, end)}-${time}${end}`)
}

/** @param where what messages call it @throws CotPruneError ERR_RESULTS */
export function parsedData(text: string, where: string, reviver?: Reviver): unknown {
  try {
    return parseJson(text, reviver)
  } catch (error) {
    throw fault(`${where} is damaged: it is not valid JSON`, error)
  }
}

/** The seam where what we wrote becomes data again. @throws CotPruneError ERR_RESULTS that names the field */
export function checkedData<T>(value: unknown, shape: Check, where: string): T {
  demandShape<T>(value, shape, where)
  return value
}

function demandShape<T>(value: unknown, shape: Check, where: string): asserts value is T {
  const wrong = shape(value)
  if (wrong === null) return
  const { path, expected, received } = wrong
  const what = `${path.slice(1) || 'it'} must be ${expected}. Received ${render(received)}`
  throw fault(`${where} is damaged: ${what}`)
}

export const versionOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'version' in value ? value.version : null

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export function fault(message: string, cause?: unknown): CotPruneError {
  return new CotPruneError('ERR_RESULTS', message, cause === undefined ? {} : { cause })
}

/** How folders of results and of studies open. */
export interface FolderOptions {
  /** Go on with what is there. @default false */
  readonly resume?: boolean | undefined
  /** Ends the waiting for what may be left of a process of another machine. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Make a folder and open what is in it as the only one that writes there, until the lock is released.
 *
 * @throws CotPruneError ERR_RESULTS that names who is at it, ERR_DISK_FULL; `signal.reason`
 */
export async function openLocked<T>(
  folder: string,
  signal: AbortSignal | undefined,
  open: (lock: Lock) => Promise<T>,
): Promise<T> {
  await makeFolder(folder)
  const lock = await onlyWriter({ path: folder, lock: join(folder, '.lock'), signal })
  try {
    return await open(lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}
