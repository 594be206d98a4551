/** How much goes, as plain data that a run can be known by. */

import type { CustomRule, PruneOptions } from '../../../types/public.js'
import { checkKnown, integer, isObject, number } from '../../base/check.js'
import { invalidValue } from '../../base/errors.js'
import type { CompressRule } from './types.js'

const some = { min: 1, max: 2 ** 31 - 1 }
const names = ['threshold', 'ratio', 'keep', 'uniformity', 'tokens']

/** @throws TypeError or RangeError that names the rule */
export function checkRule(option: string, rule: CompressRule): CompressRule {
  checkKnown(option, rule, names)
  if (!isObject(rule) || Object.keys(rule).length !== 1) {
    throw invalidValue(option, `an object with exactly one of ${names.join(', ')}`, rule)
  }
  for (const [name, value] of Object.entries(rule)) {
    if (name === 'keep' || name === 'tokens') integer(`${option}.${name}`, value, some)
    else number(`${option}.${name}`, value, { min: 0, max: 1 })
  }
  return rule
}

/** As `prune` takes it. */
export const pruneRule = (rule: CompressRule): PruneOptions =>
  'tokens' in rule ? { rule: wholeSteps(rule.tokens) } : rule

/**
 * Whole steps, the highest first, as long as they fit, and the highest always: half of a step would be no text to learn from.
 * Of equal scores the earlier stay.
 */
function wholeSteps(most: number): CustomRule {
  return {
    name: 'tokens',
    keep: (scores, steps) => {
      const kept = steps.map(() => false)
      let left = most
      const order = [...steps].sort(
        (a, b) => (scores[b.index] ?? 0) - (scores[a.index] ?? 0) || a.index - b.index,
      )
      for (const [place, { index, tokenStart, tokenEnd }] of order.entries()) {
        const size = tokenEnd - tokenStart
        if (place > 0 && size > left) continue
        kept[index] = true
        left -= size
      }
      return kept
    },
  }
}
