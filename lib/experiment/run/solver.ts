/** The problems of a run, solved as somebody else asks for them: one who shares the run with others. */

import { invalidValue } from '../../base/errors.js'
import type { ProblemResult } from './result-types.js'
import { planOf, solveUnit } from './run.js'
import type { ExperimentOptions, Unit } from './types.js'

/** One problem and sample of a run: it says which, and has no text. */
export interface PlannedUnit {
  /** Of the problem in the data set. */
  readonly index: number
  readonly sample: number
  readonly id: string
}

/** What is left to solve, in the order of the results; nothing is asked of the session. @throws TypeError or RangeError that names the option */
export const plannedUnits = (options: ExperimentOptions): readonly PlannedUnit[] =>
  planOf(options).units.map(({ index, sample, problem: { id } }) => ({ index, sample, id }))

/** Solves problems of a run by their places, up to `parallel` at once. */
export interface Solver {
  /**
   * The result that `runExperiment` has of it.
   *
   * @throws TypeError where the run has no such problem; as `session.generate`; `signal.reason`
   */
  solve(place: Pick<PlannedUnit, 'index' | 'sample'>): Promise<ProblemResult>
  /** Lets go of the session. */
  close(): Promise<void>
}

/** Opens a run of which somebody else says what is next. @throws TypeError or RangeError that names the option */
export async function openSolver(options: ExperimentOptions): Promise<Solver> {
  const plan = planOf(options)
  const units = new Map<string, Unit>(plan.units.map(unit => [placeOf(unit), unit]))
  await plan.shared?.open()
  return {
    async solve(place) {
      const unit = units.get(placeOf(place))
      if (unit === undefined) throw invalidValue('place', 'that of a problem of the run', place)
      plan.signal?.throwIfAborted()
      return solveUnit(plan, unit)
    },
    close: async () => plan.shared?.close(),
  }
}

const placeOf = ({ index, sample }: Pick<PlannedUnit, 'index' | 'sample'>) => `${index} ${sample}`
