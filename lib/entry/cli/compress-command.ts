/** The options of `compress`. */

import { type Command, Option } from 'commander'
import { onErrorNames } from '../../experiment/compress/types.js'
import { methodNames } from '../../experiment/run/names.js'
import { withPrompt } from './ask-flags.js'
import type { CompressFlags } from './commands/compress.js'
import { shardOf, wholeNumber } from './options.js'
import { withRule } from './rule-flags.js'
import { headsHelp, withModel, withSteps } from './shared-options.js'
import { withWorkers } from './workers/flags.js'

export function addCompress(program: Command, done: (code: number) => void): Command {
  return withWorkers(withRule(withPrompt(withSteps(withModel(program.command('compress'))))))
    .description('prune the thinking of traces that are in a file, and leave all else as it is')
    .argument('<file>', 'JSON Lines: chats whose assistant thinks, or problem, thinking, answer')
    .addOption(
      new Option(
        '--method <name>',
        'what scores the steps; without it step-graph where heads are known, else last-token',
      ).choices(methodNames),
    )
    .option('--heads <file>', headsHelp)
    .option('--protect-last <n>', 'so many last steps stay, whatever their score', wholeNumber(0))
    .requiredOption(
      '--out <file>',
      'the same rows, pruned; FILE.report.jsonl names those that were not, FILE.run.json is to resume by',
    )
    .option('--resume', 'go on with what is in --out')
    .option('--limit <n>', 'only the first n lines', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--shard <i/n>', 'only the i-th of n parts of the lines; see merge', shardOf)
    .option(
      '--parallel <n>',
      'rows that are read at once: in one batch where they are short, on a CPU in a context each',
      wholeNumber(1, 64),
      1,
    )
    .addOption(
      new Option('--on-error <what>', 'what becomes of a row that cannot be pruned')
        .choices(onErrorNames)
        .default('copy'),
    )
    .option(
      '--check <n>',
      'ask the model again in so many rows, behind what is left of the thinking',
      wholeNumber(0),
      0,
    )
    .option('--seed <n>', 'of the method random', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--context <n>', 'tokens of a row at most, prompt included', wholeNumber(1, 2 ** 24))
    .option('--json', 'print the totals as JSON and nothing else')
    .action(async (file: string, flags: CompressFlags) => {
      const { compressCommand } = await import('./commands/compress.js')
      done(await compressCommand(file, flags))
    })
}
