#!/usr/bin/env node
/**
 * The command line. Only commander and the option values are loaded here; each command loads what
 * it needs. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
 */

import { Command, CommanderError, Option } from 'commander'
import { packageVersion } from '../../base/package.js'
import { datasetNames } from '../../experiment/datasets/index.js'
import {
  evaluationModes,
  inFlightMethodNames,
  methodNames,
  sweepRules,
} from '../../experiment/run/names.js'
import { presetNames } from '../../experiment/run/presets.js'
import { studyPartNames } from '../../experiment/study/whole/part-names.js'
import { addAsk } from './ask-command.js'
import { withAsking } from './ask-flags.js'
import type { BuildFlags } from './commands/build.js'
import type { CalibrateFlags } from './commands/calibrate.js'
import type { InFlightFlags } from './commands/in-flight.js'
import type { RunFlags } from './commands/run.js'
import type { ScoreFlags } from './commands/score.js'
import type { StudiesFlags } from './commands/studies.js'
import { addCompress } from './compress-command.js'
import { withDataset } from './dataset-flags.js'
import { addExport } from './export-command.js'
import { addHubCommands } from './hub-commands.js'
import { addMachineCommands } from './machine-commands.js'
import {
  cutPoint,
  decimal,
  inFlightMethodList,
  listOf,
  methodList,
  partList,
  shardOf,
  thresholdList,
  wholeNumber,
} from './options.js'
import { addResultCommands, exportHelp } from './result-commands.js'
import { addServe } from './serve-flags.js'
import { headsHelp, withModel, withSteps } from './shared-options.js'
import type { StudyFlags } from './study/flags.js'
import { addWorker } from './workers/command.js'
import { withWorkers } from './workers/flags.js'

async function main(): Promise<number> {
  let code = 0
  const program = new Command('cot-prune')
    .description('Find the steps of a chain of thought that matter, and prune the rest.')
    .version(packageVersion())
    .showHelpAfterError('(see --help)')
    .exitOverride()
  addRun(program).action(async (flags: RunFlags) => {
    const { runCommand } = await import('./commands/run.js')
    code = await runCommand(flags)
  })
  addAsk(program, result => {
    code = result
  })
  addInFlight(program).action(async (flags: InFlightFlags) => {
    const { inFlightCommand } = await import('./commands/in-flight.js')
    await inFlightCommand(flags)
  })
  addScore(program).action(async (flags: ScoreFlags) => {
    const { scoreCommand } = await import('./commands/score.js')
    await scoreCommand(flags)
  })
  addCalibrate(program).action(async (flags: CalibrateFlags) => {
    const { calibrateCommand } = await import('./commands/calibrate.js')
    await calibrateCommand(flags)
  })
  addCompress(program, result => {
    code = result
  })
  addExport(program)
  addResultCommands(program)
  addStudy(program).action(async (flags: StudyFlags) => {
    const { studyCommand } = await import('./commands/study.js')
    code = await studyCommand(flags)
  })
  program
    .command('studies')
    .description('studies of several models in one table, a row a model')
    .argument('<files...>', 'study.json of each, or the folder that `study --out` wrote')
    .option('--json', 'print the rows as JSON')
    .action(async (files: readonly string[], flags: StudiesFlags) => {
      const { studiesCommand } = await import('./commands/studies.js')
      await studiesCommand(files, flags)
    })
  addHubCommands(program, result => {
    code = result
  })
  addServe(program)
  addMachineCommands(program)
  addWorker(program, result => {
    code = result
  })
  program
    .command('build')
    .description('compile the addon (where there is no prebuilt one, or for a GPU)')
    .option('--cuda', 'for NVIDIA GPUs; fails where no toolkit is found (docs/gpu.md)')
    .option('--no-cuda', 'for the CPU alone')
    .option('--native', 'for this processor (the default)')
    .option('--no-native', 'for all processors that are like it')
    .action(async (flags: BuildFlags) => {
      const { buildCommand } = await import('./commands/build.js')
      code = await buildCommand(flags)
    })
  await program.parseAsync()
  return code
}

const datasetHelp = `${datasetNames.join(', ')}, hf:OWNER/NAME/FILE, or a file: JSON Lines, JSON, CSV, parquet`

function addRun(program: Command): Command {
  const command = withWorkers(withAsking(withSteps(withModel(program.command('run')))))
  return withDataset(command, datasetHelp)
    .description('generate, score, prune and answer again, for each problem and threshold')
    .option('--limit <n>', 'only the first n problems', wholeNumber(1))
    .option('--shard <i/n>', 'only the i-th of n parts of the problems; see merge', shardOf)
    .option(
      '--method <list>',
      `what scores the steps, with commas: ${methodNames.join(', ')}; the first prunes by the rule, others keep as many tokens`,
      methodList,
    )
    .option('--heads <file>', headsHelp)
    .option('--calibrate', 'first find the heads of this model, where none are known')
    .option(
      '--thresholds <list>',
      'how much to prune, from 0 to 1; 0, the baseline, is always added',
      thresholdList,
    )
    .addOption(
      new Option('--rule <name>', 'what the thresholds mean; the preset says it without').choices(
        sweepRules,
      ),
    )
    .option('--protect-last <n>', 'so many last steps stay, whatever the method', wholeNumber(0))
    .addOption(
      new Option('--evaluate <mode>', 'how pruned traces are answered').choices(evaluationModes),
    )
    .option('--ask-again', 'also answer again where nothing is pruned')
    .option(
      '--cut <where>',
      'with --evaluate resume: answer (before it is stated, the default), so many last steps, or a share such as 0.5',
      cutPoint,
    )
    .option(
      '--resume-tokens <n>',
      'with --evaluate resume: tokens to finish in; without it twice the trace, 512 at least',
      wholeNumber(1),
    )
    .option(
      '--batch',
      'answer all rows in one batch: faster on a GPU, and rows depend on others by rounding',
    )
    .option(
      '--parallel <n>',
      'problems in flight at once; without it what fits on a GPU, up to 16, and one on a CPU',
      wholeNumber(1, 256),
    )
    .option('--hide-answer', 'take the steps that state the answer out before pruning')
    .option('--samples <n>', 'solve each problem n times', wholeNumber(1))
    .option('--max-tokens <n>', 'tokens of a chain of thought', wholeNumber(1, 2 ** 24))
    .option('--seed <n>', 'problem i is generated with seed n + i', wholeNumber(0, 2 ** 32 - 1), 0)
    .addOption(
      new Option('--preset <name>', 'the way to run it')
        .choices(presetNames)
        .default('recommended'),
    )
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .option('--out <dir>', 'folder for run.json, results.jsonl, results.json and report.html')
    .option('--resume', 'go on with the results in --out')
    .option('--export-answers <file>', exportHelp)
    .option('--per-problem', 'print the answers to each problem')
    .option('--json', 'print the summary as JSON and nothing else')
}

const tracesHelp = 'labelled traces, JSON Lines; those of the package without it'

function addCalibrate(program: Command): Command {
  return withDataset(
    withAsking(withSteps(withModel(program.command('calibrate')))),
    'with deletion: problems, as for run',
  )
    .description('which heads follow the steps that matter; run and in-flight read what it finds')
    .addOption(
      new Option(
        '--labels <how>',
        "needed: labelled traces say it; deletion: what is missed without a step, in the model's own traces or in --traces; future: what later steps look at, in the same, for pruning in flight",
      )
        .choices(['needed', 'deletion', 'future'] satisfies CalibrateFlags['labels'][])
        .default('needed'),
    )
    .option('--traces <file>', tracesHelp)
    .option('--limit <n>', 'only so many traces or problems, spread over all', wholeNumber(2))
    .option('--max-tokens <n>', 'with deletion: of a trace', wholeNumber(1, 2 ** 24), 4096)
    .option('--heads <n>', 'how many are chosen at most', wholeNumber(1), 4)
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .option('--out <file>', 'write the profile there, and not where run looks for it')
    .option('--json', 'print JSON')
}

function addStudy(program: Command): Command {
  return withDataset(
    withWorkers(withAsking(withModel(program.command('study')))),
    'problems that the model solves, as for run',
  )
    .description(
      'calibrate, then compare every score: which find the steps that matter, what pruning does',
    )
    .option(
      '--quick',
      'fewer parts, traces and problems: ten minutes on a GPU, an hour on a laptop for 1.5B',
    )
    .option(
      '--parts <list>',
      `with commas, of ${studyPartNames.join(', ')}; what they need is added; all without it`,
      partList,
    )
    .option('--traces <file>', tracesHelp)
    .option(
      '--limit <n>',
      'only so many labelled traces, spread over all; 20 with --quick',
      wholeNumber(2),
    )
    .option('--problems <n>', 'so many of them; without it 50, 5 with --quick', wholeNumber(2))
    .option(
      '--max-tokens <n>',
      'of a trace; without it 4096, 1024 with --quick',
      wholeNumber(1, 2 ** 24),
    )
    .option('--heads <n>', 'how many are chosen at most', wholeNumber(1), 4)
    .option('--seed <n>', 'problem i is generated with seed n + i', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .option('--out <dir>', 'folder for study.json, traces.jsonl and report.md')
    .option('--resume', 'go on with the study in --out')
    .option('--json', 'print study.json and nothing else')
}

function addScore(program: Command): Command {
  return withAsking(withSteps(withModel(program.command('score'))))
    .description('think one problem through and show which of the steps matter, by the step graph')
    .option('--problem <text>', 'what is asked; the first embedded problem without it')
    .option('--heads <file>', headsHelp)
    .option(
      '--threshold <x>',
      'how much goes: steps below this percentile of the scores',
      decimal(0, 1),
      0.3,
    )
    .option('--max-tokens <n>', 'tokens of a trace', wholeNumber(1, 2 ** 24), 4096)
    .option('--seed <n>', 'of the generation', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .option('--svg <file>', 'draw which step looks at which')
    .option(
      '--heatmap <file>',
      'draw, as SVG, which layer looks at which step at the end of the thinking',
    )
    .option('--json', 'print the pruned trace')
}

function addInFlight(program: Command): Command {
  return withDataset(withAsking(withSteps(withModel(program.command('in-flight')))))
    .description('prune while the model thinks, against no pruning and random pruning')
    .option('--limit <n>', 'only the first n problems', wholeNumber(1))
    .option(
      '--method <list>',
      `with commas, of ${inFlightMethodNames.join(', ')}; recency and random always`,
      inFlightMethodList,
      ['oracle-deletion', 'last-token', 'think-clearly', 'recency', 'random'] as const,
    )
    .option(
      '--decay <list>',
      'of decay: what is left of a count at the next look',
      listOf(decimal(0, 1)),
      [0.7],
    )
    .option('--remnant <n>', 'tokens of every step that stay', wholeNumber(0), 0)
    .option('--heads <file>', headsHelp)
    .option(
      '--ratio <list>',
      'share of the finished steps that goes at each look; a row for each of several',
      listOf(decimal(0, 1)),
      [0.2],
    )
    .option(
      '--cap <list>',
      'in place of ratios: most cached tokens of the thinking',
      listOf(wholeNumber(1)),
    )
    .option('--every <n>', 'generated tokens between two looks', wholeNumber(1), 200)
    .option('--window <n>', 'newest tokens that stay', wholeNumber(0), 64)
    .option('--refill', 'read what is left again, without gaps')
    .option('--no-offline', 'leave out the answers to the traces without what was evicted')
    .option('--own-text', "no answers: how likely the model's own words stay")
    .option('--early-exit <x>', 'also end the thinking at this confidence', decimal(0, 1))
    .option('--max-tokens <n>', 'tokens of a trace', wholeNumber(1, 2 ** 24), 4096)
    .option('--seed <n>', 'problem i is generated with seed n + i', wholeNumber(0, 2 ** 32 - 1), 0)
    .option('--context <n>', 'tokens that the context holds', wholeNumber(1, 2 ** 24))
    .option('--json', 'print JSON')
}

/** One line that says what went wrong; the stack where COT_PRUNE_DEBUG=1 asks for it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (process.env.COT_PRUNE_DEBUG === '1') return error.stack ?? error.message
  const code = 'code' in error ? String(error.code) : error.name
  const message = error.message.replaceAll(/\s*\n\s*/g, ' ')
  return message.startsWith(code) ? message : `${code} ${message}`
}

/** Commander has printed its own errors, and ends with 0 for --help and --version. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  process.stderr.write(`cot-prune: ${describe(error)}\n`)
  return 1
}

// A reader that closes early, as `head` does, is no error; nor is a progress that nobody reads.
process.stderr.on('error', () => {})
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

main().then(
  code => {
    process.exitCode = code
  },
  error => {
    process.exitCode = exitCodeOf(error)
  },
)
