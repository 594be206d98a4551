/** How commands say how problems are put to the model. */

import type { Command } from 'commander'
import type { AskOptions } from '../../experiment/index.js'
import type { TemplateArguments } from '../../index.js'
import { decimal, templateArgument, wholeNumber } from './options.js'

export interface PromptFlags {
  readonly system?: string
  readonly prompt?: string
  readonly templateArg?: TemplateArguments
}

export interface AskFlags extends PromptFlags {
  readonly thinkingBudget?: number
  readonly temperature?: number
  readonly topK?: number
  readonly topP?: number
  readonly minP?: number
  readonly repeatPenalty?: number
  readonly presencePenalty?: number
}

export function withPrompt(command: Command): Command {
  return command
    .option('--system <text>', 'a system turn before each problem')
    .option(
      '--prompt <template>',
      'how a problem is put, with {problem} where it stands; without it as the card of a named data set asks, else the problem alone',
    )
    .option(
      '--template-arg <key=value>',
      'a variable of the chat template, as enable_thinking=false; once for each',
      templateArgument,
    )
}

/** Of commands that let a model think. */
export function withAsking(command: Command): Command {
  return withPrompt(command)
    .option('--thinking-budget <n>', 'tokens after which the thinking is closed', wholeNumber(1))
    .option(
      '--temperature <x>',
      "of the chain of thought; the model's own without",
      decimal(0, 100),
    )
    .option('--top-k <n>', 'draw from so many likeliest tokens; 0 from all', wholeNumber(0))
    .option('--top-p <x>', 'draw from the likeliest that make up this share', decimal(0, 1))
    .option(
      '--min-p <x>',
      'leave out what is less likely than this share of the likeliest',
      decimal(0, 1),
    )
    .option('--repeat-penalty <x>', 'above 1 against repetitions', decimal(0, 10))
    .option('--presence-penalty <x>', 'above 0 against tokens that were there', decimal(-2, 2))
}

export const promptOf = ({ system, prompt, templateArg }: PromptFlags) => ({
  system,
  prompt,
  templateArguments: templateArg,
})

export function askOf(flags: AskFlags): AskOptions {
  const { temperature, topK, topP, minP, repeatPenalty, presencePenalty } = flags
  return {
    ...promptOf(flags),
    thinkingBudget: flags.thinkingBudget,
    sampling: { temperature, topK, topP, minP, repeatPenalty, presencePenalty },
  }
}
