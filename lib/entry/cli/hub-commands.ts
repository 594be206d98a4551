/** The commands of models by name. */

import type { Command } from 'commander'
import type { ModelsFlags } from './commands/models.js'
import type { PullFlags } from './commands/pull.js'
import { wholeNumber } from './options.js'

/** What `--model` takes. */
export const modelHelp =
  'a GGUF file, a short name (cot-prune models lists them), hf:USER/REPOSITORY:Q4_K_M, hf:USER/REPOSITORY/FILE.gguf or https://…'

/** @param done gets the exit codes */
export function addHubCommands(program: Command, done: (code: number) => void): void {
  program
    .command('pull')
    .description('fetch models into the Hugging Face cache, or the newest of those that are there')
    .argument('<names...>', 'as --model has them')
    .option('--context <n>', 'tokens that the context will hold', wholeNumber(1, 2 ** 24))
    .option('--json', 'print JSON')
    .option('--quiet', 'no progress and no notes on stderr')
    .action(async (names: readonly string[], flags: PullFlags) => {
      const { pullCommand } = await import('./commands/pull.js')
      done(await pullCommand(names, flags))
    })
  program
    .command('models')
    .description('models on the disk, their sizes and what is damaged; short names of others')
    .option('--verify', 'read every file and compare its hash')
    .option('--json', 'print JSON')
    .action(async (flags: ModelsFlags) => {
      const { modelsCommand } = await import('./commands/models.js')
      done(await modelsCommand(flags))
    })
}
