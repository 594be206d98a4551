/** The attention on a step, from the attention on its tokens. */

import type { AggregateName } from '../../types/public.js'

/** Pure; `weights` has shape (positions), the step is at [start, end) of it. 0 of no tokens. */
export type Aggregate = (weights: Float64Array, start: number, end: number) => number

/** Favours long steps; what the seed notebook does. */
function sum(weights: Float64Array, start: number, end: number): number {
  let total = 0
  for (let i = start; i < end; i++) total += weights[i] ?? Number.NaN
  return total
}

/** What both papers do (Think Clearly, TRAAC). */
const mean: Aggregate = (weights, start, end) =>
  end > start ? sum(weights, start, end) / (end - start) : 0

export const aggregates: Readonly<Record<AggregateName, Aggregate>> = { sum, mean }
