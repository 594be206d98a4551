/** What a worker must have in common with the run that it works for. Pure. */

import { createHash } from 'node:crypto'
import { firstDifference } from '../experiment/index.js'
import { CotPruneError } from '../index.js'
import type { Fingerprint, WorkSpec } from './types.js'

/** The same work has the same one, whoever describes it: what an earlier coordinator left is found by it. */
export function withId<Kind extends string, Options>(
  spec: Omit<WorkSpec<Kind, Options>, 'version' | 'id'>,
): WorkSpec<Kind, Options> {
  const hash = createHash('sha256').update(JSON.stringify([spec.kind, spec.fingerprint]))
  return { version: 1, id: hash.digest('hex').slice(0, 24), ...spec }
}

/** In words, what is not the same; null where nothing is. */
export function differenceOf(run: Fingerprint, worker: Fingerprint): string | null {
  // as they are after a way through JSON: a missing key and one that is undefined are the same
  const plain = (value: Fingerprint): unknown => JSON.parse(JSON.stringify(value))
  const found = firstDifference(plain(run), plain(worker))
  if (found === null) return null
  return `${found.path.replace(/^key\./, '')} is ${found.left} in the run and ${found.right} here`
}

/** @throws CotPruneError ERR_QUEUE where it is no work, or that of another version */
export function parseSpec(text: string): WorkSpec {
  const spec = parsed(text)
  if (spec?.version === 1 && typeof spec.kind === 'string' && typeof spec.id === 'string') {
    return spec
  }
  throw new CotPruneError('ERR_QUEUE', 'the work in the queue is of another version of cot-prune')
}

/** What `JSON.stringify` made of one: the seam where it becomes data again. */
function parsed(text: string): WorkSpec | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
