/** The heads that a calibration chose, in a file that names the model that they belong to. */

import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { among, finite, integer, list, record, share, text } from '../../base/plain-data.js'
import type { EmbeddedModel } from '../../index.js'
import { CotPruneError, embeddedModel, graphAggregates, graphReductions } from '../../index.js'
import type { Calibration } from './calibration.js'

/** What `cot-prune calibrate` writes. */
export interface HeadProfile extends Calibration {
  readonly version: 2
  /** The file that was calibrated. */
  readonly model: { readonly name: string; readonly sha256: string }
}

const shape = record({
  version: among(2),
  model: record({ name: text, sha256: text }),
  labels: among('needed', 'deletion'),
  heads: list(record({ layer: integer, head: integer })),
  score: record({
    reduction: among(...graphReductions),
    aggregate: among(...graphAggregates),
    inherit: share,
  }),
  ranking: list(record({ layer: integer, head: integer, value: finite })),
})

/** Names the model of a calibration by the sha256 of its file. */
export async function headProfile(calibration: Calibration, model: string): Promise<HeadProfile> {
  return {
    version: 2,
    model: { name: basename(model), sha256: await sha256Of(model) },
    ...calibration,
  }
}

/**
 * Read the profile of a model's heads.
 *
 * @param model path of the model that they are for
 * @throws CotPruneError ERR_DATASET (no profile), ERR_HEADS_MODEL (of another model), ERR_MODEL_NOT_FOUND
 */
export async function readHeadProfile(path: string, model: string): Promise<HeadProfile> {
  const profile = await parseProfile(path)
  const found = await sha256Of(model)
  if (profile.model.sha256 === found) return profile
  throw new CotPruneError(
    'ERR_HEADS_MODEL',
    `${path} has the heads of ${profile.model.name} (sha256 ${profile.model.sha256}), ` +
      `not of ${model} (${found}); run cot-prune calibrate on that`,
  )
}

/** The profile that belongs to a model, from the package or the cache folder; null where there is none. */
export async function findHeadProfile(model: string): Promise<HeadProfile | null> {
  const sha256 = await sha256Of(model)
  const shipped = await shippedProfile(embeddedModel)
  if (shipped?.model.sha256 === sha256) return shipped
  const path = profilePath(sha256)
  return existsSync(path) ? readHeadProfile(path, model) : null
}

/** Save a profile where `findHeadProfile` looks; resolves with its path. */
export async function saveHeadProfile(profile: HeadProfile): Promise<string> {
  const path = profilePath(profile.model.sha256)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(profile, null, 2)}\n`)
  await rename(`${path}.${process.pid}`, path)
  return path
}

/** That of the embedded model; null in a package without it, where other models still work. */
export async function shippedProfile(
  embedded: () => Promise<Pick<EmbeddedModel, 'heads'>>,
): Promise<HeadProfile | null> {
  try {
    return await parseProfile((await embedded()).heads)
  } catch (error) {
    if (error instanceof CotPruneError && error.code === 'ERR_EMBEDDED_MODEL') return null
    throw error
  }
}

async function parseProfile(path: string): Promise<HeadProfile> {
  const fault = (what: string, cause?: unknown) =>
    new CotPruneError('ERR_DATASET', `${path} ${what}: write it with cot-prune calibrate`, {
      cause,
    })
  let value: HeadProfile
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw fault('cannot be read as JSON', cause)
  }
  const wrong = shape(value)
  if (wrong !== null)
    throw fault(`is no calibration: ${wrong.path || 'it'} must be ${wrong.expected}`)
  if (value.heads.length === 0) throw fault('has no heads')
  return value
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (cause) {
    throw new CotPruneError('ERR_MODEL_NOT_FOUND', `${path} cannot be read`, { cause })
  }
  return hash.digest('hex')
}

const profilePath = (sha256: string) => join(cacheFolder(), 'heads', `${sha256}.json`)

function cacheFolder(): string {
  const { COT_PRUNE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const ofUser = XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), '.cache')
  return COT_PRUNE_CACHE || join(ofUser, 'cot-prune')
}
