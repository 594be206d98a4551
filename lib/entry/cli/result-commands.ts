/** The commands for folders of results that are there. Each loads what it needs. */

import type { Command } from 'commander'
import type { MergeFlags } from './commands/merge.js'
import type { ReportFlags } from './commands/report.js'
import type { RescoreFlags } from './commands/rescore.js'

export const exportHelp =
  'write every answer with its text and its verdict, JSON Lines, to judge elsewhere'

export function addResultCommands(program: Command): void {
  program
    .command('merge')
    .description('put the shards of one run together')
    .argument('<folders...>', 'folders that `run --out` wrote, or files of `compress --out`')
    .requiredOption('--out <dir>', 'a new folder, or a new file')
    .option('--export-answers <file>', exportHelp)
    .option('--per-problem', 'print the answers to each problem')
    .option('--json', 'print the summary as JSON and nothing else')
    .option('--quiet', 'no notes on stderr')
    .action(async (folders: readonly string[], flags: MergeFlags) => {
      const { mergeCommand } = await import('./commands/merge.js')
      await mergeCommand(folders, flags)
    })
  program
    .command('rescore')
    .description('find and judge the answers of old results again, without generating anything')
    .argument('<folder>', 'what `run --out` or `merge` wrote')
    .option('--out <dir>', 'a new folder; without it the old lines stay beside the new ones')
    .option('--export-answers <file>', exportHelp)
    .option('--per-problem', 'print the answers to each problem')
    .option('--json', 'print the summary as JSON and nothing else')
    .option('--quiet', 'no notes on stderr')
    .action(async (folder: string, flags: RescoreFlags) => {
      const { rescoreCommand } = await import('./commands/rescore.js')
      await rescoreCommand(folder, flags)
    })
  program
    .command('report')
    .description('write report.html and its pictures into a folder of results')
    .argument('<folder>', 'what `run --out` or `merge` wrote')
    .option('--quiet', 'no notes on stderr')
    .action(async (folder: string, flags: ReportFlags) => {
      const { reportCommand } = await import('./commands/report.js')
      await reportCommand(folder, flags)
    })
}
