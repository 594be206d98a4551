/** Two rows of results for the same problems, and two rankings of the same steps. Pure. */

import type { MethodResult, ProblemResult } from '../run/result-types.js'
import { mcnemar, mean, pairedBootstrap, rankCorrelation } from './statistics.js'
import type { Correlation, Difference } from './types.js'

/** Right, wrong, or null where nobody knows. */
interface Judged {
  readonly correct: boolean | null
  /** Of the problem, where several rows may be of one. @default each is of its own */
  readonly index?: number | undefined
}

/**
 * What the rows got right that the others did not, problem by problem; null where no answer is known. Samples of one
 * problem count as their mean.
 * @param others as many, of the same problems in the same order
 */
export function pairedDifference(
  rows: readonly Judged[],
  others: readonly Judged[],
): Difference | null {
  const samples = rows.flatMap(({ correct, index }, i) => {
    const other = others[i]?.correct
    const judged = correct !== null && other !== null && other !== undefined
    return judged ? [{ index: index ?? i, now: Number(correct), before: Number(other) }] : []
  })
  const pairs = meansByProblem(samples)
  const now = pairs.map(pair => pair.now)
  const before = pairs.map(pair => pair.before)
  const interval = pairedBootstrap(now, before)
  if (interval === null) return null
  const gained = pairs.filter(pair => pair.now > pair.before).length
  const lost = pairs.filter(pair => pair.now < pair.before).length
  const accuracy = mean(pairs.map(pair => pair.now - pair.before)) ?? Number.NaN
  return { accuracy, interval, gained, lost, pValue: mcnemar(gained, lost) }
}

interface Pair {
  readonly now: number
  readonly before: number
}

function meansByProblem(samples: readonly (Pair & { readonly index: number })[]): Pair[] {
  const problems = new Map<number, Pair[]>()
  for (const { index, ...pair } of samples) {
    const some = problems.get(index)
    if (some === undefined) problems.set(index, [pair])
    else some.push(pair)
  }
  return Array.from(problems.values(), some => ({
    now: mean(some.map(({ now }) => now)) ?? Number.NaN,
    before: mean(some.map(({ before }) => before)) ?? Number.NaN,
  }))
}

/** Every pair of methods: how much alike they rank the steps of a trace, on average. */
export function correlations(results: readonly ProblemResult[]): Correlation[] {
  const names =
    results.find(({ methods }) => methods.length > 0)?.methods.map(of => of.method) ?? []
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map(b => [a, b] as const))
  return pairs.map(methods => {
    const [a, b] = methods
    const ranks = results.flatMap(result => {
      const rank = rankCorrelation(scoresOf(result.methods, a), scoresOf(result.methods, b))
      return rank === null ? [] : [rank]
    })
    return { methods, rank: mean(ranks), traces: ranks.length }
  })
}

const scoresOf = (methods: readonly MethodResult[], name: string): readonly number[] =>
  methods.find(({ method }) => method === name)?.scores ?? []
