/** Two processes that write the same files would each cut off what the other one wrote. */

import { CotPruneError } from './errors.js'
import { writeFault } from './files.js'
import { type Holder, holderText } from './holder.js'
import { type Lock, takeLock } from './lock.js'

/** What is written, and where its lock is. */
export interface Written {
  /** As messages name it. */
  readonly path: string
  readonly lock: string
  readonly signal?: AbortSignal | null | undefined
}

/**
 * Become the only one that writes `path`. What a killed process left stops nobody.
 * @throws CotPruneError ERR_RESULTS where another one is at it, which is named, or nothing can be written there; ERR_DISK_FULL;
 * `signal.reason`
 */
export async function onlyWriter({ path, lock, signal = null }: Written): Promise<Lock> {
  try {
    return await takeLock(lock, { signal, refuse: holder => taken(path, holder) })
  } catch (error) {
    signal?.throwIfAborted()
    throw writeFault(error, path, 'at its beginning')
  }
}

function taken(path: string, holder: Holder | null): CotPruneError {
  const who = holder === null ? 'another process' : holderText(holder)
  return new CotPruneError(
    'ERR_RESULTS',
    `${path} is being written by ${who}; wait for its end, or choose another --out`,
  )
}
