/** The options of `export`. */

import { type Command, Option } from 'commander'
import { methodNames } from '../../experiment/run/names.js'
import { trainingFormats } from '../../experiment/training/training-rows.js'
import { withPrompt } from './ask-flags.js'
import type { ExportFlags } from './commands/export.js'
import { withDataset } from './dataset-flags.js'
import { decimal, wholeNumber } from './options.js'
import { withRule } from './rule-flags.js'
import { headsHelp, withModel } from './shared-options.js'

export function addExport(program: Command): Command {
  return withRule(withDataset(withPrompt(withModel(program.command('export')))))
    .description('training data for TRL: rollouts with their thinking compressed, as TRAAC does')
    .option('--limit <n>', 'only the first n problems', wholeNumber(1))
    .addOption(
      new Option('--format <name>', 'for which trainer').choices(trainingFormats).default('sft'),
    )
    .addOption(
      new Option(
        '--method <name>',
        "what scores the steps, in place of TRAAC's own score and rule; without a rule the share that goes is TRAAC's",
      ).choices(methodNames),
    )
    .option('--heads <file>', headsHelp)
    .option('--rollouts <n>', 'of each problem', wholeNumber(1, 4096), 8)
    .option('--temperature <x>', 'of the rollouts', decimal(0, 100), 1)
    .option('--max-tokens <n>', 'tokens of a rollout', wholeNumber(1, 2 ** 24), 4096)
    .option('--seed <n>', 'of the first rollout', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .requiredOption('--out <file>', 'a new file, JSON Lines')
    .action(async (flags: ExportFlags) => {
      const { exportCommand } = await import('./commands/export.js')
      await exportCommand(flags)
    })
}
