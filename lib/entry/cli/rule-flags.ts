/** How commands say how much of a finished thinking goes. */

import { type Command, Option } from 'commander'
import type { CompressRule } from '../../experiment/index.js'
import { decimal, wholeNumber } from './options.js'

export interface RuleFlags {
  readonly threshold?: number
  readonly ratio?: number
  readonly keep?: number
  readonly uniformity?: number
  readonly tokens?: number
}

const names = ['threshold', 'ratio', 'keep', 'uniformity', 'tokens'] as const

/** One of them; two are a usage error. */
export function withRule(command: Command): Command {
  const options = {
    threshold: ['--threshold <x>', 'steps below this percentile of the scores go', decimal(0, 1)],
    ratio: ['--ratio <x>', 'this share of the steps goes', decimal(0, 1)],
    keep: ['--keep <n>', 'so many steps stay', wholeNumber(1)],
    uniformity: ['--uniformity <x>', "TRAAC's rule: more goes where scores differ", decimal(0, 1)],
    tokens: ['--tokens <n>', 'whole steps stay, at most so many tokens of them', wholeNumber(1)],
  } as const
  for (const name of names) {
    const [flags, help, parse] = options[name]
    const others = names.filter(other => other !== name)
    command.addOption(new Option(flags, help).argParser(parse).conflicts(others))
  }
  return command
}

/** undefined: none was given. */
export function ruleOf(flags: RuleFlags): CompressRule | undefined {
  const { threshold, ratio, keep, uniformity, tokens } = flags
  if (threshold !== undefined) return { threshold }
  if (ratio !== undefined) return { ratio }
  if (keep !== undefined) return { keep }
  if (uniformity !== undefined) return { uniformity }
  return tokens === undefined ? undefined : { tokens }
}
