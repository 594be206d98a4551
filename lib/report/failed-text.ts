/** A problem that nobody could solve, in one line. */

import type { FailedProblem } from '../experiment/index.js'

export function failedText(failed: FailedProblem): string {
  const { id, sample, attempts, code, message, worker } = failed
  const name = `problem ${id}${sample > 0 ? `, sample ${sample}` : ''}`
  const last = worker === null ? 'the last' : `the last by ${worker}`
  return `${name} was given up after ${attempts} tries, ${last}: ${code} ${message}`
}
