/**
 * The reduction 'chain': a step counts as much as the steps that look at it. A check that nobody needs can
 * look at whatever it wants. Pure.
 */

/** Shape (steps + 1, steps): the looks of one head. */
export type Looks = readonly (readonly number[])[]

/**
 * A head's looks, by what they are of all that it pays. Far below what any head pays to a step that it
 * follows, and above what makes one silent head veto all others.
 */
const floor = 1e-4

/**
 * Looks as logarithms, so that heads can be averaged: divided by the steps' sizes, each head scaled so that the
 * most that each step receives sum to 1. Shape (steps + 1, steps), −∞ nowhere.
 *
 * @param sizes shape (steps): what a step's looks are divided by
 */
export function logLooks(looks: Looks, sizes: readonly number[]): number[][] {
  const sized = looks.map(row => row.map((value, i) => (sizes[i] ? value / sizes[i] : 0)))
  const total = sizes.reduce((sum, _, i) => sum + largest(sized, i), 0)
  return sized.map(row => row.map(value => Math.log((total > 0 ? value / total : 0) + floor)))
}

/**
 * score(i) = max over j > i of score(j)^inherit · share(j, i). A look's share is the geometric mean of what it is of
 * the strongest look of step j and of the strongest of all: a step that looks around has no strong look, and one
 * that looks at little is still heard. The answer, and the step before it, which states what it repeats, have 1.
 *
 * @param logs the geometric mean of some heads' looks, as logarithm: what counts is what all of them look at
 * @returns shape (steps), from 0 to 1
 */
export function chain(logs: Looks, inherit: number): number[] {
  const looks = logs.map((row, j) => row.map((log, i) => (i < j ? lookOf(log) : 0)))
  const strongest = looks.map(row => row.reduce((a, b) => Math.max(a, b), 0))
  const most = strongest.reduce((a, b) => Math.max(a, b), 0)
  const last = looks.length - 1
  const scores = looks.map((_, j) => Number(j >= last - 1))
  for (let j = last; j > 0; j--) {
    const whole = Math.sqrt(most * (strongest[j] ?? 0))
    const weight = whole > 0 ? (scores[j] ?? 0) ** inherit / whole : 0
    for (const [i, look] of (looks[j] ?? []).slice(0, j).entries()) {
      scores[i] = Math.max(scores[i] ?? 0, weight * look)
    }
  }
  return scores.slice(0, last)
}

/** Undoes the logarithm; what rounding leaves of nothing is nothing. */
function lookOf(log: number): number {
  const look = Math.exp(log) - floor
  return look > floor * 1e-9 ? look : 0
}

const largest = (looks: Looks, step: number): number =>
  looks.reduce((most, row) => Math.max(most, row[step] ?? 0), 0)
