// @ts-check
/** Whether processes are there. */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** @type {typeof import('./processes.d.mts').isRunning} */
export function isRunning(pid) {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    // one that has ended, and whose end nobody has asked for: a worker that was terminated could not
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** @type {typeof import('./processes.d.mts').isGone} */
export async function isGone(pid, millis = 5000) {
  const until = performance.now() + millis
  while (isRunning(pid) && performance.now() < until) await sleep(10)
  return !isRunning(pid)
}
