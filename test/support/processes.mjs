// @ts-check
/** Whether processes are there. */

import { setTimeout as sleep } from 'node:timers/promises'

/** @type {typeof import('./processes.d.mts').isRunning} */
export function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** @type {typeof import('./processes.d.mts').isGone} */
export async function isGone(pid, millis = 5000) {
  const until = performance.now() + millis
  while (isRunning(pid) && performance.now() < until) await sleep(10)
  return !isRunning(pid)
}
