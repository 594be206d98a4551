/** A stage of life, and the milliseconds between its job's beginning and its end. */
export interface Case {
  readonly stage: string
  readonly millis: number
}

export interface Ending {
  /** Empty where all is well. */
  readonly fault: string
  readonly output: string
  /** Milliseconds. */
  readonly took: number
}

/** A process of its own, killed when it takes so many seconds. @param seconds 60 */
export function live(one: Case, seconds?: number): Promise<Ending>
/** Every moment, and each job with `some` of the endings: all of them by turns. */
export function someCases(some: number, seed: number): Generator<Case>
/** Every moment, and each job with each ending, `rounds` times. */
export function allCases(rounds: number, seed: number): Generator<Case>
