/** When the thinking of a running generation is closed for the model. */

import type { ThinkingBudget } from './options.js'
import { StepEnds } from './step-end.js'

/** What is asked of what was written so far. */
interface Written {
  readonly thinking: boolean
  /** In tokens. */
  readonly length: number
  /** The text that a token completed. */
  piece(token: number): string
}

/**
 * At the budget; or, at the ends of steps, where one more step as long as the longest so far would not end within it.
 */
export class BudgetWatch {
  readonly #budget: ThinkingBudget | null
  readonly #steps = new StepEnds()
  #seen = 0

  constructor(budget: ThinkingBudget | null) {
    this.#budget = budget
  }

  /** Most tokens of the next chunk, so that no place to close is missed. */
  until({ thinking, length }: Written): number {
    if (this.#budget === null || !thinking) return Number.POSITIVE_INFINITY
    const { tokens, atStep } = this.#budget
    // where the closing tag had no room any more, the thinking goes on behind its budget
    if (length >= tokens) return Number.POSITIVE_INFINITY
    if (!atStep) return tokens - length
    // at the end of a step no longer than the longest, or of one that is and begins behind the last end
    const { longest, lastEnd } = this.#steps
    const first = Math.min(tokens - longest, Math.floor((tokens + lastEnd) / 2))
    return Math.max(1, first - length)
  }

  isUsedUp(written: Written): boolean {
    if (this.#budget === null || !written.thinking) return false
    const { tokens, atStep } = this.#budget
    if (written.length >= tokens) return true
    if (!atStep) return false
    for (; this.#seen < written.length; this.#seen++) this.#steps.push(written.piece(this.#seen))
    return this.#steps.atEnd && written.length + this.#steps.longest > tokens
  }
}
