/** `cot-prune worker`: does what is in a queue, until it is stopped. */

import { serveParent, serveQueue } from '../../../cluster/index.js'
import { note } from '../progress.js'
import { addressFrom, type QueueFlags } from '../workers/flags.js'
import type { LocalFlags } from '../workers/local.js'
import { opener } from '../workers/open-place.js'

export interface WorkerFlags extends LocalFlags, QueueFlags {
  readonly once?: boolean
  readonly grace: number
  /** It is a process of another one's, and has no queue. */
  readonly parent?: boolean
}

/** The exit code: 0 where it was told to stop. */
export async function workerCommand(flags: WorkerFlags): Promise<number> {
  if (flags.parent) {
    // Ctrl-C is for the one that started it, which says what becomes of the work
    process.on('SIGINT', () => {})
    await serveParent(opener(flags))
    return 0
  }
  const stopping = new AbortController()
  // once each: a second one ends the process at once, and the job's time runs out
  const stop = () => stopping.abort()
  for (const name of signals) process.once(name, stop)
  try {
    await serveQueue({
      address: addressFrom(flags),
      queueName: flags.queueName,
      open: opener(flags),
      once: flags.once ?? false,
      grace: flags.grace,
      signal: stopping.signal,
      note: text => note(text, flags),
    })
    return 0
  } finally {
    for (const name of signals) process.off(name, stop)
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const
