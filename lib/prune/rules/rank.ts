import { assertFinite } from '../../base/numeric.js'

/** Which steps a rule keeps: shape (steps). Higher scores are kept first. Pure. */
export type Rule = (scores: readonly number[], value: number) => boolean[]

/** Keeps the `count` highest scores, the earlier of equal ones; at least one where there is one. */
export function keepHighest(scores: readonly number[], count: number): boolean[] {
  assertFinite(scores, 'scores')
  const wanted = Math.min(scores.length, Math.max(1, count))
  // Sorting values and not indices: without a comparator it is several times faster.
  const lowest = Float64Array.from(scores).sort()[scores.length - wanted] ?? 0
  let ties = wanted - scores.filter(score => score > lowest).length
  return scores.map(score => score > lowest || (score === lowest && ties-- > 0))
}
