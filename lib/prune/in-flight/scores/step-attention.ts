/** The attention on steps, from a row over the cached tokens. Pure. */

import type { LiveStep } from '../../../../types/public.js'

type Cells = Pick<LiveStep, 'start' | 'end'>

export function massOf(row: Float64Array | undefined, { start, end }: Cells): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += row?.[i] ?? 0
  return sum
}

/** Of a token of the step, on average. */
export const meanOf = (row: Float64Array | undefined, step: Cells): number =>
  step.end > step.start ? massOf(row, step) / (step.end - step.start) : 0

/** Entry by entry the largest; shape as each. */
export function largest(rows: readonly Float64Array[]): Float64Array {
  const most = Float64Array.from(rows[0] ?? [])
  for (const row of rows.slice(1)) {
    for (let i = 0; i < most.length; i++) most[i] = Math.max(most[i] ?? 0, row[i] ?? 0)
  }
  return most
}
