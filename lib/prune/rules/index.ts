/** The rules by name. A new one is a file beside this and a line here. */

import { keep } from './keep.js'
import type { Rule } from './rank.js'
import { ratio } from './ratio.js'
import { threshold } from './threshold.js'
import { uniformity } from './uniformity.js'

export type { Rule } from './rank.js'
export { type BudgetChoice, tokenBudget } from './token-budget.js'

/** Rules that look at scores alone. `tokenBudget` also needs to know how long steps are. */
export const rules = { threshold, ratio, keep, uniformity } as const satisfies Record<string, Rule>
