/** Hashes of whole files. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** The sha256 of a file, or with an oid of 40 digits the git hash of its blob. */
export async function hashOf(
  path: string,
  digits: 40 | 64,
  signal: AbortSignal | null,
): Promise<string> {
  const { size } = await stat(path)
  const hash = digits === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`)
  await pipeline(createReadStream(path), hash, signal === null ? {} : { signal })
  return hash.digest('hex')
}
