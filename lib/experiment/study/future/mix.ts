/** A small linear mix of what is known of a step, fitted to what will be looked at. Pure. */

import type { Moment } from './types.js'

/** Weights of the standardised ranks among the steps of a moment. */
export interface Mix {
  /** What the chosen heads pay. */
  readonly looks: number
  readonly recency: number
  /** How much of it a later step says again. */
  readonly repeated: number
}

/** Against features that say nearly the same. */
const ridge = 0.01

type Known = Pick<Moment, 'repeated'>

/** Least squares over all moments: ranks to ranks, so that no trace is louder than another. */
export function fitMix(
  moments: readonly Moment[],
  looksOf: (moment: Moment) => readonly number[],
): Mix {
  const normal = [
    [ridge, 0, 0, 0],
    [0, ridge, 0, 0],
    [0, 0, ridge, 0],
  ]
  const count = moments.reduce((sum, { target }) => sum + target.length, 0)
  for (const moment of moments) {
    const features = featuresOf(looksOf(moment), moment)
    const target = standardRanks(moment.target)
    for (const [i, wanted] of target.entries()) {
      const given = features.map(feature => feature[i] ?? 0)
      for (const [r, row] of normal.entries()) {
        for (const [c, value] of [...given, wanted].entries()) {
          row[c] = (row[c] ?? 0) + ((given[r] ?? 0) * value) / count
        }
      }
    }
  }
  const [looks = 0, recency = 0, repeated = 0] = solve(normal)
  return { looks, recency, repeated }
}

/** Shape (steps). @param looks what the chosen heads pay to each */
export function mixed(mix: Mix, looks: readonly number[], known: Known): number[] {
  const [ofLooks = [], recency = [], repeated = []] = featuresOf(looks, known)
  return ofLooks.map(
    (value, i) =>
      mix.looks * value + mix.recency * (recency[i] ?? 0) + mix.repeated * (repeated[i] ?? 0),
  )
}

const featuresOf = (looks: readonly number[], { repeated }: Known): number[][] =>
  [looks, looks.map((_, i) => i), repeated].map(standardRanks)

/** Ranks with mean 0 and variance 1; ties share theirs, and all are 0 where nothing differs. */
export function standardRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const ranks = values.map(value => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2)
  const middle = (values.length - 1) / 2
  const variance = ranks.reduce((sum, rank) => sum + (rank - middle) ** 2, 0) / values.length
  return ranks.map(rank => (variance > 0 ? (rank - middle) / Math.sqrt(variance) : 0))
}

/** Gauss' elimination of a positive definite system; shape (n, n + 1). */
function solve(system: readonly (readonly number[])[]): number[] {
  const rows = system.map(row => [...row])
  for (const [at, pivot] of rows.entries()) {
    for (const [other, row] of rows.entries()) {
      if (other === at) continue
      const factor = (row[at] ?? 0) / (pivot[at] ?? Number.NaN)
      for (let c = at; c < row.length; c++) row[c] = (row[c] ?? 0) - factor * (pivot[c] ?? 0)
    }
  }
  return rows.map((row, at) => (row.at(-1) ?? 0) / (row[at] ?? Number.NaN))
}
