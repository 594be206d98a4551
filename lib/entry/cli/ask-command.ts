/** The options of `ask`. */

import { type Command, Option } from 'commander'
import { evaluationModes } from '../../experiment/run/names.js'
import { withAsking } from './ask-flags.js'
import type { AskFlagsOfOne } from './commands/ask.js'
import { decimal, wholeNumber } from './options.js'
import { headsHelp, withModel, withSteps } from './shared-options.js'

export function addAsk(program: Command, done: (code: number) => void): Command {
  return withAsking(withSteps(withModel(program.command('ask'))))
    .description('a problem of your own: watch it think, see which steps matter, answer from them')
    .argument('[problem]', 'the problem; without it what a pipe brings')
    .option('--heads <file>', headsHelp)
    .option(
      '--threshold <x>',
      'steps that score below this percentile are removed',
      decimal(0, 1),
      0.5,
    )
    .addOption(
      new Option('--evaluate <mode>', 'how it answers from what is left')
        .choices(evaluationModes.filter(mode => mode !== 'resume'))
        .default('continue'),
    )
    .option('--max-tokens <n>', 'tokens of the chain of thought', wholeNumber(1, 2 ** 24), 4096)
    .option('--seed <n>', 'of the sampling', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .option('--json', 'print the pruned trace and both answers as JSON, and nothing else')
    .action(async (problem: string | undefined, flags: AskFlagsOfOne) => {
      const { askCommand } = await import('./commands/ask.js')
      done(await askCommand(problem, flags))
    })
}
