/** The options of `worker`. */

import { type Command, Option } from 'commander'
import type { WorkerFlags } from '../commands/worker.js'
import { modelHelp } from '../hub-commands.js'
import { wholeNumber } from '../options.js'
import { addressOf, queueHelp, withQueueName } from './flags.js'

export function addWorker(program: Command, done: (code: number) => void): Command {
  return (
    withQueueName(program.command('worker').option('--queue [address]', queueHelp, addressOf))
      .description('do the work of `--queue`, of run, compress and study, here or on any machine')
      .option('--model <name>', `what the run names, where it is here: ${modelHelp}`)
      .option('--dataset <name>', 'the problems of the run, where they are here')
      .option(
        '--input <file>',
        'the rows of a compress, or the labelled traces of a study, where they are here',
      )
      .option('--threads <n>', 'threads that decode', wholeNumber(1, 512))
      .option('--gpu-layers <n>', 'layers on the GPU; without it all that fit', wholeNumber(0, 999))
      .option('--device <name>', 'a GPU by its number in info, or cpu')
      .option('--once', 'end with the first run; without it wait for the next one')
      .option(
        '--grace <s>',
        'seconds that what is in hand may take when it is stopped',
        wholeNumber(0, 86_400),
        20,
      )
      // one that `--devices` starts
      .addOption(new Option('--parent').hideHelp())
      .option('--quiet', 'no notes on stderr')
      .action(async (flags: WorkerFlags) => {
        const { workerCommand } = await import('../commands/worker.js')
        done(await workerCommand(flags))
      })
  )
}
