/** What is known of a trace while it is written, and what comes. */

/** One moment of a trace: what is known of its finished steps then, and what will be looked at. */
export interface Moment {
  readonly kind: string
  /** Shape (heads, rows, steps): of each head what the newest rows pay to a token of each finished step, newest first. */
  readonly rows: readonly (readonly (readonly number[])[])[]
  /** Shape (steps), from 0 to 1: how much of a step a later one says again. */
  readonly repeated: readonly number[]
  /** Shape (steps): the most that a step still to come, or the answer, pays to one of its tokens: the mean over heads. */
  readonly target: readonly number[]
}

/** Rows that a mean may be of. */
export const newestRows = [1, 2, 4, 8] as const
