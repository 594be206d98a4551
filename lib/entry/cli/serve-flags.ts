/** The options of `serve`. */

import { type Command, Option } from 'commander'
import type { ServeFlags } from './commands/serve.js'
import { thinkingOf, wholeNumber } from './options.js'
import { withPlacement } from './shared-options.js'

/** Of an option that may be given several times. */
const several = (value: string, before: readonly string[] = []) => [...before, value]

export function addServe(program: Command): Command {
  return withPlacement(program.command('serve'))
    .description("answer by the API that OpenAI's clients speak, and show a page")
    .option(
      '--model <file>',
      'a GGUF file, once for each; the embedded model without it',
      several,
      [],
    )
    .option('--host <name>', 'where to listen', '127.0.0.1')
    .option('--port <n>', '0: any that is free', wholeNumber(0, 65_535), 0)
    .option('--api-key <key>', 'what clients have to know; a random one without it')
    .option('--no-token', 'clients have to know nothing')
    .option(
      '--allow-host <name>',
      'a name by which this machine may be called, once for each',
      several,
    )
    .option('--parallel <n>', 'requests that share a batch', wholeNumber(1, 64), 4)
    .option('--context <n>', 'tokens of a request, prompt included', wholeNumber(256, 2 ** 24))
    .option(
      '--queue <n>',
      'requests that may wait; others are told to come again',
      wholeNumber(0, 10_000),
      16,
    )
    .addOption(
      new Option('--history <how>', 'reasoning of earlier turns: drop, prune by score, or keep')
        .choices(['drop', 'prune', 'keep'])
        .default('drop'),
    )
    .option('--grace <s>', 'seconds that what runs may take to finish', wholeNumber(0, 86_400), 10)
    .option('--no-page', 'the API alone')
    .option('--threads <n>', 'threads that decode', wholeNumber(1, 512))
    .option(
      '--chat-template <file>',
      "a jinja template in place of the model's; none for plain text",
    )
    .option('--thinking <format>', 'how thinking is marked, as for run', thinkingOf)
    .option(
      '--isolate',
      'each model in a process of its own; where it ends, it is loaded again for the next request',
    )
    .option('--json', 'print the addresses as JSON')
    .option('--quiet', 'no notes on stderr')
    .action(async (flags: ServeFlags) => {
      const { serveCommand } = await import('./commands/serve.js')
      await serveCommand(flags)
    })
}
