/** The heads that a calibration chose, in a file that names the model that they belong to. */

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { among, finite, integer, list, record, share, text } from '../../base/plain-data.js'
import type { EmbeddedModel } from '../../index.js'
import { CotPruneError, embeddedModel, graphAggregates, graphReductions } from '../../index.js'
import type { Calibration } from './calibration.js'
import { ofModel, profilePath, readProfile, sha256Of, writeProfile } from './profile-file.js'

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

/** A profile of a calibration, to be saved: it names the model by the sha256 of its file. @throws CotPruneError ERR_MODEL_NOT_FOUND */
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
  return ofModel(await parseProfile(path), path, model)
}

/**
 * The profile that belongs to a model, from the package or the cache folder; null where there is none.
 *
 * @param model path of its file
 * @throws CotPruneError ERR_DATASET (damaged), ERR_HEADS_MODEL, ERR_MODEL_NOT_FOUND
 */
export async function findHeadProfile(model: string): Promise<HeadProfile | null> {
  const sha256 = await sha256Of(model)
  const shipped = await shippedProfile(embeddedModel)
  if (shipped?.model.sha256 === sha256) return shipped
  const path = profilePath(sha256)
  return existsSync(path) ? readHeadProfile(path, model) : null
}

/** Save a profile where `findHeadProfile` looks; resolves with its path. */
export async function saveHeadProfile(profile: HeadProfile): Promise<string> {
  return writeProfile(profilePath(profile.model.sha256), profile)
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

const parseProfile = (path: string): Promise<HeadProfile> => readProfile(path, shape)
