/** The heads that a calibration chose, from its file. */

import { readFile } from 'node:fs/promises'
import type { GraphAggregate, HeadRef } from '../index.js'
import { CotPruneError } from '../index.js'
import { among, integer, list, record } from '../shape.js'

/** What the step graph is read from, and how its scores treat length. */
export interface ChosenHeads {
  readonly heads: readonly HeadRef[]
  readonly aggregate: GraphAggregate
}

const shape = record({
  heads: list(record({ layer: integer, head: integer })),
  aggregate: among('sum', 'root', 'mean'),
})

/** Read what `cot-prune calibrate --out` wrote. @throws CotPruneError ERR_DATASET */
export async function readChosenHeads(path: string): Promise<ChosenHeads> {
  const fault = (what: string, cause?: unknown) =>
    new CotPruneError('ERR_DATASET', `${path} ${what}: write it with cot-prune calibrate`, {
      cause,
    })
  let value: ChosenHeads
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw fault('cannot be read as JSON', cause)
  }
  const wrong = shape(value)
  if (wrong !== null)
    throw fault(`is no calibration: ${wrong.path || 'it'} must be ${wrong.expected}`)
  const { heads, aggregate } = value
  if (heads.length === 0) throw fault('has no heads')
  return { heads, aggregate }
}
