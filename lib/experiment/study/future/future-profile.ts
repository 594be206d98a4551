/** What `calibrate --labels future` chose, in a file beside the other profile of the model. */

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { among, either, finite, integer, list, record, text } from '../../../base/plain-data.js'
import { ofModel, profilePath, readProfile, sha256Of, writeProfile } from '../profile-file.js'
import type { FutureCalibration } from './calibrate-future.js'

/** A `FutureCalibration`, and the model that it is of. */
export interface FutureProfile extends FutureCalibration {
  readonly version: 1
  readonly model: { readonly name: string; readonly sha256: string }
}

const shape = record({
  version: among(1),
  labels: among('future'),
  model: record({ name: text, sha256: text }),
  heads: list(record({ layer: integer, head: integer })),
  newest: integer,
  mix: either(
    'weights or null',
    among(null),
    record({ looks: finite, recency: finite, repeated: finite }),
  ),
})

/** A profile of a calibration, to be saved. @param model its file @throws CotPruneError ERR_MODEL_NOT_FOUND */
export async function futureProfile(
  calibration: FutureCalibration,
  model: string,
): Promise<FutureProfile> {
  const sha256 = await sha256Of(model)
  return { version: 1, model: { name: basename(model), sha256 }, ...calibration }
}

/** Save a profile where `findFutureProfile` looks; resolves with its path. */
export const saveFutureProfile = (profile: FutureProfile): Promise<string> =>
  writeProfile(profilePath(profile.model.sha256, '.future'), profile)

/**
 * The one that belongs to a model file; null where there is none.
 *
 * @throws CotPruneError ERR_DATASET (damaged), ERR_HEADS_MODEL (of another model), ERR_MODEL_NOT_FOUND
 */
export async function findFutureProfile(model: string): Promise<FutureProfile | null> {
  const path = profilePath(await sha256Of(model), '.future')
  if (!existsSync(path)) return null
  return ofModel(await readProfile<FutureProfile>(path, shape), path, model)
}
