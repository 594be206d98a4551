/** `study.json` as text: written whole, read with a look at what the tables take from it. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { render } from '../../../base/errors.js'
import {
  among,
  type Check,
  either,
  finite,
  integer,
  list,
  optional,
  record,
  share,
  text,
} from '../../../base/plain-data.js'
import { checkedData, fault, parsedData, readIfThere, versionOf } from '../../results/files.js'
import { studyPartNames } from './part-names.js'
import type { StudyFile } from './types.js'

export const studyFileName = 'study.json'

const orNull =
  (check: Check): Check =>
  value =>
    value === null ? null : check(value)

/** NaN where there are too few to tell: JSON has none. */
const number: Check = value => (Number.isNaN(value) ? null : finite(value))
const estimate = record({ mean: number, halfWidth: number, traces: integer })

const separations = list(
  record({ score: text, auc: orNull(estimate), rest: orNull(estimate), answer: orNull(estimate) }),
)
const compressions = list(
  record({ score: text, threshold: share, neededKept: number, othersRemoved: number }),
)
const calibration = record({ measure: text, value: number, halfWidth: number })
const solved = record({ problems: integer, correct: integer, total: integer, looping: integer })
const cut = either(
  "'before-answer', { steps } or { share }",
  among('before-answer'),
  record({ steps: integer }),
  record({ share }),
)
const resume = list(
  record({
    cut,
    summary: record({
      thresholds: list(
        record({ method: text, threshold: share, correct: integer, total: integer }),
      ),
    }),
  }),
)

/** What is made or skipped; of other parts the tables read nothing. */
const part =
  (data: Check): Check =>
  value => {
    const fault = record({ skipped: orNull(text), seconds: share })(value)
    if (fault !== null) return fault
    const skipped = record({ skipped: text })(value) === null
    return skipped ? null : record({ data })(value)
  }

const anything: Check = () => null

const shape = record({
  key: record({
    cotPrune: record({ version: text, llamaCommit: text, patch: text }),
    dataset: record({ name: text, problems: integer, sha256: text }),
    labelled: record({ traces: integer, sha256: text }),
  }),
  model: record({
    ...{ name: text, file: text, sha256: text, architecture: text, parameters: share },
    thinking: orNull(record({ open: text, close: text })),
  }),
  build: record({ version: text }),
  machine: record({ platform: text, processor: text }),
  date: text,
  asked: list(among(...studyPartNames)),
  parts: record({
    ...Object.fromEntries(studyPartNames.map(name => [name, optional(part(anything))])),
    calibration: optional(part(calibration)),
    labels: optional(part(separations)),
    compression: optional(part(compressions)),
    traces: optional(part(solved)),
    deletion: optional(part(calibration)),
    resume: optional(part(resume)),
  }),
})

/** A study on disk. @param path the file, or its folder @throws CotPruneError ERR_RESULTS that names the fault */
export async function readStudy(path: string): Promise<StudyFile> {
  const folder = await stat(path).catch(() => null)
  const file = folder?.isDirectory() ? join(path, studyFileName) : path
  const found = await readIfThere(file)
  if (found === null) throw fault(`there is no ${file}; cot-prune study --out writes one`)
  return parseStudy(found, file)
}

/**
 * `study.json` from its text.
 *
 * @param path what messages call it
 * @throws CotPruneError ERR_RESULTS: damaged, or of another version
 */
export function parseStudy(json: string, path: string): StudyFile {
  const study = parsedData(json, path, revive)
  if (record({ version: anything, key: record({}), parts: record({}) })(study) !== null) {
    throw fault(`${path} is no study of cot-prune`)
  }
  if (versionOf(study) !== 1) {
    throw fault(
      `${path} is a study of version ${render(versionOf(study))}; this cot-prune reads version 1`,
    )
  }
  return checkedData(study, shape, path)
}

/** `study.json` as text, for `parseStudy` to read again. */
export const studyJson = (study: StudyFile): string => `${JSON.stringify(study, null, 2)}\n`

/** Numbers that are NaN where there are too few to tell, and never null. */
const mayBeNaN: ReadonlySet<string> = new Set([
  'mean',
  'halfWidth',
  'value',
  'logprob',
  'neededKept',
  'othersRemoved',
])

const revive = (key: string, value: unknown): unknown =>
  value === null && mayBeNaN.has(key) ? Number.NaN : value
