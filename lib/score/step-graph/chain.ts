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
  const count = sizes.length
  const most = new Float64Array(count)
  for (const [j, row] of looks.entries()) {
    for (let i = 0; i < Math.min(j, count); i++) {
      most[i] = Math.max(most[i] ?? 0, sized(row[i], sizes[i]))
    }
  }
  const total = most.reduce((sum, value) => sum + value, 0)
  return looks.map((row, j) => {
    const logs = new Float64Array(count).fill(logFloor)
    for (let i = 0; i < Math.min(j, count); i++) {
      const look = sized(row[i], sizes[i])
      if (look > 0) logs[i] = Math.log(look / total + floor)
    }
    return logs
  })
}

const sized = (look = 0, size = 0): number => (size > 0 ? look / size : 0)

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
  const looks = logs.map((row, j) => {
    const before = new Float64Array(j)
    for (let i = 0; i < j; i++) before[i] = lookOf(row[i])
    return before
  })
  const strongest = looks.map(row => row.reduce((a, b) => Math.max(a, b), 0))
  const most = strongest.reduce((a, b) => Math.max(a, b), 0)
  const last = looks.length - 1
  const scores = looks.map((_, j) => Number(j >= last - 1))
  for (let j = last; j > 0; j--) {
    const row = looks[j] ?? []
    const whole = Math.sqrt(most * (strongest[j] ?? 0))
    const weight = whole > 0 ? (scores[j] ?? 0) ** inherit / whole : 0
    for (let i = 0; i < row.length; i++) {
      scores[i] = Math.max(scores[i] ?? 0, weight * (row[i] ?? 0))
    }
  }
  return scores.slice(0, last)
}

/** Undoes the logarithm; what rounding leaves of nothing is nothing. */
function lookOf(log = logFloor): number {
  const look = Math.exp(log) - floor
  return look > floor * 1e-9 ? look : 0
}
