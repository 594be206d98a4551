/**
 * The reduction 'chain': a step counts as much as the steps that look at it. A check that nobody needs can
 * look at whatever it wants. Pure.
 */

/** Shape (steps + 1, steps): the looks of one head. */
export type Looks = readonly ArrayLike<number>[]

/**
 * A head's looks, by what they are of all that it pays. Far below what any head pays to a step that it
 * follows, and above what makes one silent head veto all others.
 */
const floor = 1e-4
const logFloor = Math.log(floor)

/**
 * Looks as logarithms, so that heads can be averaged: divided by the steps' sizes, each head scaled so that the
 * most that each step receives sum to 1. Shape (steps + 1, steps), −∞ nowhere.
 *
 * @param sizes shape (steps): what a step's looks are divided by; 0 where nothing can look at it
 */
export function logLooks(looks: Looks, sizes: readonly number[]): Float64Array[] {
  const sized = looks.map((row, j) =>
    Float64Array.from(sizes, (size, i) => (i < j && size > 0 ? (row[i] ?? 0) / size : 0)),
  )
  const most = new Float64Array(sizes.length)
  for (const row of sized) {
    for (const [i, value] of row.entries()) if (value > (most[i] ?? 0)) most[i] = value
  }
  const total = most.reduce((sum, value) => sum + value, 0)
  for (const row of sized) {
    for (const [i, value] of row.entries()) {
      row[i] = value > 0 ? Math.log(value / total + floor) : logFloor
    }
  }
  return sized
}

/** The geometric mean of some heads' looks, as logarithms: what counts is what all of them look at. */
export function meanLooks(heads: readonly Looks[]): Float64Array[] {
  return (heads[0] ?? []).map((first, j) => {
    const sum = new Float64Array(first.length)
    for (const head of heads) {
      const row = head[j] ?? []
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (row[i] ?? logFloor)
    }
    return sum.map(value => value / heads.length)
  })
}

/**
 * score(i) = max over j > i of score(j)^inherit · share(j, i). A look's share is the geometric mean of what it is of
 * the strongest look of step j and of the strongest of all: a step that looks around has no strong look, and one
 * that looks at little is still heard. The answer, and the step before it, which states what it repeats, have 1.
 *
 * @param logs of one head, or of some: `logLooks`, `meanLooks`
 * @returns shape (steps), from 0 to 1
 */
export function chain(logs: Looks, inherit: number): number[] {
  const looks = logs.map((row, j) => Float64Array.from({ length: j }, (_, i) => lookOf(row[i])))
  const strongest = looks.map(row => row.reduce((a, b) => Math.max(a, b), 0))
  const most = strongest.reduce((a, b) => Math.max(a, b), 0)
  const last = looks.length - 1
  const scores = looks.map((_, j) => Number(j >= last - 1))
  for (let j = last; j > 0; j--) {
    const whole = Math.sqrt(most * (strongest[j] ?? 0))
    const weight = whole > 0 ? (scores[j] ?? 0) ** inherit / whole : 0
    for (const [i, look] of (looks[j] ?? []).entries()) {
      scores[i] = Math.max(scores[i] ?? 0, weight * look)
    }
  }
  return scores.slice(0, last)
}

/** Undoes the logarithm; what rounding leaves of nothing is nothing. */
function lookOf(log = logFloor): number {
  const look = Math.exp(log) - floor
  return look > floor * 1e-9 ? look : 0
}
