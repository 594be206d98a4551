/** Options that several commands have. */

import { type Command, Option } from 'commander'
import { splitterNames } from '../../experiment/run/names.js'
import { modelHelp } from './hub-commands.js'
import { embeddedName, listOf, thinkingOf, wholeNumber } from './options.js'

/** Where the layers of a model go. */
export function withPlacement(command: Command): Command {
  return command
    .option('--gpu-layers <n>', 'layers on the GPU; without it all that fit', wholeNumber(0, 999))
    .option(
      '--rpc <list>',
      'HOST:PORT of processes that hold layers, with commas (cot-prune rpc-server)',
      listOf(text => text),
    )
    .option(
      '--rpc-timeout <s>',
      'seconds that one of them may be silent; without it 120',
      wholeNumber(1, 86_400),
    )
}

/** What every command that loads a model has. */
export function withModel(command: Command): Command {
  return withPlacement(command)
    .option('--model <name>', modelHelp, embeddedName)
    .option('--threads <n>', 'threads that decode', wholeNumber(1, 512))
    .option(
      '--chat-template <file>',
      "a jinja template in place of the model's; none for plain text",
    )
    .option(
      '--thinking <format>',
      'how thinking is marked: think, harmony, gemma, magistral, cohere, seed, thought, reasoning, or OPEN,CLOSE; found in the file without',
      thinkingOf,
    )
    .option('--isolate', 'the model in a process of its own, whose end is an error here')
    .option('--quiet', 'no progress and no notes on stderr')
}

/** What every command that finds steps in the model's own traces has. */
export function withSteps(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--splitter <name>',
        'what ends a step; auto: paragraphs, else lines, else sentences, the first that finds two',
      ).choices(splitterNames),
    )
    .option('--min-characters <n>', 'shorter pieces join the step before', wholeNumber(0))
}

export const headsHelp =
  'a profile that calibrate wrote, for the method step-graph; without it that of the model'
