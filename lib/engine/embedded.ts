/** The small reasoning model that is part of the package, and the problems that belong to it. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CotPruneError } from '../base/errors.js'
import { packageFolder } from '../base/package.js'

const embeddedFolder = join(packageFolder, 'models')

/** Paths of the files of the embedded model. */
export interface EmbeddedModel {
  /** GGUF. */
  readonly model: string
  /** Held-out problems, JSON Lines: problem, answer; most have id and kind. */
  readonly problems: string
  /** Labelled traces, JSON Lines: id, kind, trained, problem, answer, steps, needed, reply. */
  readonly study: string
  /** Heads that follow the needed steps, JSON: what `cot-prune calibrate` chose on the study set. */
  readonly heads: string
}

/** Which files of the folder they are, with their sha256. */
type Manifest = Readonly<Record<keyof EmbeddedModel, { file: string; sha256: string }>>

/**
 * Where the embedded model is: a reasoner of a few million parameters on a synthetic language, which
 * proves the pipeline and nothing about large models (what it is, stands beside it). Its files are read
 * and compared with their sha256.
 *
 * @throws CotPruneError ERR_EMBEDDED_MODEL: a file is missing, or is not the one of this version
 */
export function embeddedModel(): Promise<EmbeddedModel> {
  return readEmbeddedModel(embeddedFolder)
}

/** `embeddedModel` in a folder of one's own. */
export async function readEmbeddedModel(folder: string): Promise<EmbeddedModel> {
  const manifest = parseManifest(await readPart(folder, 'manifest.json'), folder)
  const check = async (part: keyof EmbeddedModel): Promise<string> => {
    const { file, sha256 } = manifest[part]
    const found = createHash('sha256')
      .update(await readPart(folder, file))
      .digest('hex')
    if (found === sha256) return join(folder, file)
    throw fault(`${join(folder, file)} is damaged: its sha256 is ${found}, not ${sha256}`)
  }
  const [model, problems, study, heads] = await Promise.all([
    check('model'),
    check('problems'),
    check('study'),
    check('heads'),
  ])
  return { model, problems, study, heads }
}

async function readPart(folder: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, file))
  } catch (error) {
    throw fault(`${join(folder, file)} cannot be read`, error)
  }
}

function parseManifest(bytes: Uint8Array, folder: string): Manifest {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw fault(`${join(folder, 'manifest.json')} is damaged`, error)
  }
}

function fault(message: string, cause?: unknown): CotPruneError {
  return new CotPruneError(
    'ERR_EMBEDDED_MODEL',
    `the embedded model is not there: ${message}; install the package again, or give a model file`,
    cause === undefined ? {} : { cause },
  )
}
