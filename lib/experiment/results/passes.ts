/** What several samples of each problem say together: pass@k and majorities. Pure. */

import { randomNumbers } from '../../base/random.js'
import { answerGroups, percentile, sameAnswer } from '../../index.js'
import type { ProblemResult } from '../run/result-types.js'
import { mean } from './statistics.js'
import type { PassShare, PassSummary } from './types.js'

/**
 * The unbiased estimate of the chance that one of k samples is right: 1 − C(n−c, k) / C(n, k).
 *
 * @param n samples, of which
 * @param c are right
 * @returns from 0 to 1
 * @see Chen et al., *Evaluating Large Language Models Trained on Code* (arXiv 2107.03374)
 */
export function passAtK(n: number, c: number, k: number): number {
  if (k > n || c > n) return Number.NaN
  let allWrong = 1
  for (let i = 0; i < k; i++) allWrong *= Math.max(0, n - c - i) / (n - i)
  return 1 - allWrong
}

/** The 95 % interval of the mean of one value a problem: percentiles of seeded resamples of the problems. null where there are none. */
export function clusteredInterval(
  values: readonly number[],
  { seed = 0, resamples = 10_000 } = {},
): readonly [number, number] | null {
  const { length } = values
  if (length === 0) return null
  const means = randomNumbers(resamples, seed).map(start => {
    const draws = randomNumbers(length, Math.floor(start * 2 ** 32))
    return mean(draws.map(draw => values[Math.floor(draw * length)] ?? Number.NaN)) ?? Number.NaN
  })
  return [percentile(means, 2.5), percentile(means, 97.5)]
}

/** One problem's samples in one row of the table. */
interface Sampled {
  readonly right: number
  readonly samples: number
  /** Whether most agree on the right answer; a share where several answers are as frequent. */
  readonly majority: number
}

/** Of the answers that most samples give, the share that is right; without any answer, none is. */
function majorityShare(
  rows: readonly { readonly predicted: string | null; readonly correct: boolean | null }[],
): number {
  const groups = answerGroups(rows.map(({ predicted }) => predicted))
  const most = Math.max(0, ...groups.map(({ count }) => count))
  const first = groups.filter(({ count }) => count === most)
  const right = first.filter(group =>
    rows.some(({ predicted, correct }) => correct && sameAnswer(predicted, group.answer)),
  )
  return first.length === 0 ? 0 : right.length / first.length
}

/** 1, 2, 4, … and all. */
function sizes(most: number): number[] {
  const powers = Array.from({ length: 31 }, (_, i) => 2 ** i).filter(k => k < most)
  return most === 0 ? [] : [...powers, most]
}

/** pass@1, pass@k and cons@k of each method and threshold, over problems; no rows where every problem was solved once. Pure. */
export function summarizePasses(results: readonly ProblemResult[]): PassSummary[] {
  if (!results.some(({ sample }) => sample > 0)) return []
  return (results[0]?.thresholds ?? []).map(({ method, threshold }, place) => {
    const problems = Array.from(byProblem(results).values(), some => sampledAt(some, place))
    const judged = problems.filter(({ samples }) => samples > 0)
    // every k has to be there for every problem
    const most = judged.length === 0 ? 0 : Math.min(...judged.map(({ samples }) => samples))
    return {
      method,
      threshold,
      problems: judged.length,
      samples: most,
      passes: sizes(most).map(k => ({
        k,
        ...shareOf(judged.map(({ samples, right }) => passAtK(samples, right, k))),
      })),
      majority: shareOf(judged.map(({ majority }) => majority)),
    }
  })
}

function byProblem(results: readonly ProblemResult[]): Map<number, ProblemResult[]> {
  const problems = new Map<number, ProblemResult[]>()
  for (const result of results) {
    const some = problems.get(result.index)
    if (some === undefined) problems.set(result.index, [result])
    else some.push(result)
  }
  return problems
}

function sampledAt(results: readonly ProblemResult[], place: number): Sampled {
  const rows = results.flatMap(({ thresholds }) => thresholds[place] ?? [])
  const judged = rows.filter(({ correct }) => correct !== null)
  return {
    right: judged.filter(({ correct }) => correct).length,
    samples: judged.length,
    majority: majorityShare(judged),
  }
}

const shareOf = (values: readonly number[]): PassShare => ({
  share: mean(values),
  interval: clusteredInterval(values),
})
