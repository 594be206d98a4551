/** What a budget of pruning in flight is called in a table. */

import type { InFlightBudget } from '../experiment/index.js'

export function budgetText(budget: InFlightBudget | null | undefined): string {
  if (budget === null || budget === undefined) return '-'
  return 'ratio' in budget ? `${Number((budget.ratio * 100).toFixed(2))}%` : `${budget.tokens}`
}
