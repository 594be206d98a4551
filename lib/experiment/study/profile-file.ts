/** Files of heads that belong to a model: where they are, how they are read, and whose they are. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { makeFolder, replaceFile } from '../../base/files.js'
import { parseJson } from '../../base/json.js'
import type { Check } from '../../base/plain-data.js'
import { CotPruneError } from '../../index.js'

/** What every profile says. */
export interface Profile {
  readonly model: { readonly name: string; readonly sha256: string }
  readonly heads: readonly unknown[]
}

/** @throws CotPruneError ERR_DATASET with what is wrong with it */
export async function readProfile<T extends Profile>(path: string, shape: Check): Promise<T> {
  const fault = (what: string, cause?: unknown) =>
    new CotPruneError('ERR_DATASET', `${path} ${what}: write it with cot-prune calibrate`, {
      cause,
    })
  let value: unknown
  try {
    value = parseJson(await readFile(path, 'utf8'))
  } catch (cause) {
    throw fault('cannot be read as JSON', cause)
  }
  if (!fits<T>(value, shape)) {
    const wrong = shape(value)
    throw fault(`is no calibration: ${wrong?.path || 'it'} must be ${wrong?.expected}`)
  }
  if (value.heads.length === 0) throw fault('has no heads')
  return value
}

const fits = <T>(value: unknown, shape: Check): value is T => shape(value) === null

/** The same profile. @throws CotPruneError ERR_HEADS_MODEL where it is another model's */
export async function ofModel<T extends Profile>(
  profile: T,
  path: string,
  model: string,
): Promise<T> {
  const found = await sha256Of(model)
  if (profile.model.sha256 === found) return profile
  throw new CotPruneError(
    'ERR_HEADS_MODEL',
    `${path} has the heads of ${profile.model.name} (sha256 ${profile.model.sha256}), ` +
      `not of ${model} (${found}); run cot-prune calibrate on that`,
  )
}

/** Whole or not at all; resolves with the path. @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS */
export async function writeProfile(path: string, profile: Profile): Promise<string> {
  await makeFolder(dirname(path))
  const data = `${JSON.stringify(profile, null, 2)}\n`
  await replaceFile(path, data, `${path}.${process.pid}`)
  return path
}

/** @throws CotPruneError ERR_MODEL_NOT_FOUND */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (cause) {
    throw new CotPruneError('ERR_MODEL_NOT_FOUND', `${path} cannot be read`, { cause })
  }
  return hash.digest('hex')
}

/** @param kind of profile, where a model may have several */
export const profilePath = (sha256: string, kind = ''): string =>
  join(cacheFolder(), 'heads', `${sha256}${kind}.json`)

function cacheFolder(): string {
  const { COT_PRUNE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const ofUser = XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), '.cache')
  return COT_PRUNE_CACHE || join(ofUser, 'cot-prune')
}
