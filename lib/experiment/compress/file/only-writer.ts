/** Two processes that write the same files would each cut off what the other one wrote. */

import { withLock } from '../../../base/lock.js'
import { CotPruneError } from '../../../index.js'
import { fault } from '../../results/files.js'
import { diskError } from './run-file.js'

/**
 * Do a job as the only one that writes `out`. What a killed process left stops nobody.
 * @throws CotPruneError ERR_RESULTS where another one is at it, or nothing can be written there; ERR_DISK_FULL
 */
export async function asOnlyWriter<T>(
  out: string,
  signal: AbortSignal | null,
  job: () => Promise<T>,
): Promise<T> {
  const refuse = () =>
    fault(`another process is writing ${out}; wait for its end, or choose another --out`)
  let begun = false
  try {
    return await withLock(`${out}.lock`, { signal, refuse }, () => {
      begun = true
      return job()
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (begun || CotPruneError.is(error)) throw error
    const found = diskError(error, out, 'its beginning')
    throw found === error ? fault(`cannot write ${out}`, error) : found
  }
}
