/** What the reader has chosen, and what follows from it. */

import type { PageAnswer, PageIndex, PageProblem } from '../page-data.js'

export interface Choice {
  readonly method: number
  readonly threshold: number
}

/** What pruning did to an answer, in the order of interest. */
export const changes = ['lost', 'gained', 'wrong', 'right', 'unknown'] as const
export type Change = (typeof changes)[number]

export const changeText: Readonly<Record<Change, string>> = {
  lost: 'right → wrong',
  gained: 'wrong → right',
  wrong: 'wrong before and after',
  right: 'right before and after',
  unknown: 'not known',
}

/** The place of the run's threshold that is nearest: answers are there for those alone. */
export function nearest({ thresholds }: PageIndex, threshold: number): number {
  const distances = thresholds.map(recorded => Math.abs(recorded - threshold))
  return Math.max(0, distances.indexOf(Math.min(...distances)))
}

const nothing: PageAnswer = [null, null]

export function answersAt(problem: PageProblem, index: PageIndex, choice: Choice) {
  const rows = problem.answers[choice.method] ?? []
  const before = rows[0] ?? nothing
  const after = rows[nearest(index, choice.threshold)] ?? nothing
  return { before, after, change: changeOf(before, after) }
}

function changeOf([, before]: PageAnswer, [, after]: PageAnswer): Change {
  if (before === null || after === null) return 'unknown'
  if (before !== after) return before ? 'lost' : 'gained'
  return before ? 'right' : 'wrong'
}

/** 0 to 1 in hundredths, and those of the run. */
export function stopsOf({ thresholds }: PageIndex): readonly number[] {
  const hundredths = Array.from({ length: 101 }, (_, i) => i / 100)
  return [...new Set([...hundredths, ...thresholds])].sort((a, b) => a - b)
}
