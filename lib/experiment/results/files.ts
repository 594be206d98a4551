/** What folders of results have in common: files that are whole or not there, and faults that name them. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { render } from '../../base/errors.js'
import { parseJson, type Reviver } from '../../base/json.js'
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

/** The lines that are complete: an end without a line break is what a killed process left of one. */
export async function completeLines(path: string): Promise<readonly string[]> {
  return ((await readIfThere(path)) ?? '').split('\n').slice(0, -1)
}

export async function completeBytes(path: string): Promise<number> {
  const bytes = await readFile(path)
  return bytes.lastIndexOf(0x0a) + 1
}

/** Whole or not at all: a process that dies here leaves the file as it was. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { flush: true })
  await rename(`${path}.new`, path)
}

/** What an earlier run left gets its time as a name, and is never overwritten. */
export async function moveAside(path: string): Promise<void> {
  const earlier = await stat(path).catch(() => null)
  if (earlier === null || earlier.size === 0) return
  const time = earlier.mtime.toISOString().replaceAll(/[:.]/g, '-')
  const end = extname(path)
  await rename(path, join(dirname(path), `${basename(path, end)}-${time}${end}`))
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
