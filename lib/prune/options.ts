/** Options of `prune`. */

import type { CustomRule, ProtectedSteps, PruneOptions, RuleValues } from '../../types/public.js'
import { array, checkKnown, integer, isObject, keysOf, number } from '../base/check.js'
import { builtInOrOwn } from '../base/choice.js'
import { invalidValue } from '../base/errors.js'

const maxInt32 = 2 ** 31 - 1

/** A rule with its value; the value of one's own is the rule itself. */
export type ResolvedRule =
  | {
      readonly name: 'threshold' | 'ratio' | 'keep' | 'uniformity' | 'tokenBudget'
      readonly value: number
    }
  | { readonly name: 'rule'; readonly value: CustomRule }

export interface ResolvedPruneOptions {
  readonly rule: ResolvedRule
  /** As given; negative indices count from the end, which only `prune` knows. */
  readonly protect: ProtectedSteps
}

const ruleKeys = keysOf<RuleValues>({
  threshold: true,
  ratio: true,
  keep: true,
  uniformity: true,
  tokenBudget: true,
  rule: true,
})
const oneRule = `an object with exactly one of ${ruleKeys.join(', ')}`

function ruleOf(options: PruneOptions): ResolvedRule {
  const { threshold, ratio, keep, uniformity, tokenBudget, rule } = options
  const given = [threshold, ratio, keep, uniformity, tokenBudget, rule]
  const count = given.filter(value => value !== undefined).length
  if (count !== 1) throw invalidValue('options', `${oneRule} (it has ${count})`, options)
  const share = { min: 0, max: 1 }
  if (threshold !== undefined) {
    return { name: 'threshold', value: number('options.threshold', threshold, share) }
  }
  if (ratio !== undefined) return { name: 'ratio', value: number('options.ratio', ratio, share) }
  if (uniformity !== undefined) {
    return { name: 'uniformity', value: number('options.uniformity', uniformity, share) }
  }
  const some = { min: 1, max: maxInt32 }
  if (tokenBudget !== undefined) {
    return { name: 'tokenBudget', value: integer('options.tokenBudget', tokenBudget, some) }
  }
  if (keep !== undefined) return { name: 'keep', value: integer('options.keep', keep, some) }
  return { name: 'rule', value: builtInOrOwn<CustomRule>('options.rule', rule, [], 'keep') }
}

function protectOf(protect: unknown): ProtectedSteps {
  if (typeof protect === 'function') return step => protect(step) === true
  if (isObject(protect) && !Array.isArray(protect)) {
    checkKnown('options.protect', protect, ['first', 'last'])
    const count = (key: 'first' | 'last') => {
      const value = key in protect ? Reflect.get(protect, key) : undefined
      return value === undefined
        ? 0
        : integer(`options.protect.${key}`, value, { min: 0, max: maxInt32 })
    }
    return { first: count('first'), last: count('last') }
  }
  const expected = 'an array of integers, { first, last } or a function of a step'
  const range = { min: -maxInt32, max: maxInt32 }
  return Array.from(array('options.protect', protect, expected), (entry, i) =>
    integer(`options.protect[${i}]`, entry, range),
  )
}

/** @throws TypeError or RangeError that names the option */
export function resolvePruneOptions(options: PruneOptions): ResolvedPruneOptions {
  checkKnown('options', options, [...ruleKeys, 'protect'])
  if (options === undefined) throw invalidValue('options', oneRule, options)
  return {
    rule: ruleOf(options),
    protect: protectOf(options.protect === undefined ? [] : options.protect),
  }
}
