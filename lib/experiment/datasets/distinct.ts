/** Problems that repeat are asked once, ids that repeat are told apart; both are said. Pure. */

import { sameAnswer } from '../../index.js'
import type { Problem } from './types.js'

export interface Distinct {
  readonly problems: readonly Problem[]
  readonly notes: readonly string[]
}

export function distinctProblems(all: readonly Problem[]): Distinct {
  const byText = new Map<string, Problem[]>()
  for (const problem of all) {
    const key = `${problem.system ?? ''}\n${problem.problem.replace(/\s+/g, ' ').trim()}`
    const same = byText.get(key)
    if (same === undefined) byText.set(key, [problem])
    else same.push(problem)
  }
  const problems = [...byText.values()].flatMap(same => same.slice(0, 1))
  const other = [...byText.values()].filter(([first, ...more]) =>
    more.some(({ answer }) => !sameAnswer(answer, first?.answer ?? null)),
  )
  const told = withOwnIds(problems)
  const notes = [
    ...(problems.length < all.length
      ? [`${all.length} rows are ${problems.length} problems: those that repeat are asked once`]
      : []),
    ...(other.length > 0
      ? [
          `${other.length} of them have other answers in other rows (id ${other
            .slice(0, 3)
            .map(([first]) => first?.id)
            .join(', ')}): the first one counts`,
        ]
      : []),
    ...(told.renamed > 0 ? [`${told.renamed} ids repeat: they got a number at their end`] : []),
  ]
  return { problems: told.problems, notes }
}

function withOwnIds(problems: readonly Problem[]): {
  readonly problems: readonly Problem[]
  readonly renamed: number
} {
  const taken = new Set(problems.map(({ id }) => id))
  const seen = new Set<string>()
  let renamed = 0
  const own = problems.map(problem => {
    if (!seen.has(problem.id)) {
      seen.add(problem.id)
      return problem
    }
    renamed++
    let number = 2
    while (taken.has(`${problem.id}-${number}`)) number++
    const id = `${problem.id}-${number}`
    taken.add(id)
    return { ...problem, id }
  })
  return { problems: own, renamed }
}
