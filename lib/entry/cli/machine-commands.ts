/** The commands of this machine and of others: what there is, and what it gives away. */

import type { Command } from 'commander'
import type { InfoFlags } from './commands/info.js'
import type { RpcServerFlags } from './commands/rpc-server.js'
import { wholeNumber } from './options.js'
import { withPlacement } from './shared-options.js'

export function addMachineCommands(program: Command): void {
  withPlacement(program.command('info'))
    .description('print versions, backends, devices and threads; with --model where its layers are')
    .option('--model <name>', 'load it, as run does')
    .option('--json', 'print JSON')
    .option('--quiet', 'no progress and no notes on stderr')
    .action(async (flags: InfoFlags) => {
      const { infoCommand } = await import('./commands/info.js')
      await infoCommand(flags)
    })
  program
    .command('rpc-server')
    .description('hold layers of the models of others: they give --rpc HOST:PORT (docs/rpc.md)')
    .option('--host <name>', 'where to listen', '127.0.0.1')
    .option('--port <n>', 'the port', wholeNumber(1, 65_535), 50_052)
    .option('--threads <n>', 'threads that compute, where there is no GPU', wholeNumber(1, 512))
    .option('--allow-network', 'listen where other machines, and all who are there, reach it')
    .action(async (flags: RpcServerFlags) => {
      const { rpcServerCommand } = await import('./commands/rpc-server.js')
      await rpcServerCommand(flags)
    })
}
