/** `cot-prune rpc-server`: this machine's devices for others, until somebody ends it. */

import { serveRpc } from '../../../index.js'

export interface RpcServerFlags {
  readonly host: string
  readonly port: number
  readonly threads?: number
  readonly allowNetwork?: boolean
}

/** ggml-rpc itself prints what it serves and who comes. */
export async function rpcServerCommand(flags: RpcServerFlags): Promise<void> {
  if (flags.allowNetwork) {
    process.stderr.write(
      `cot-prune: whoever reaches ${flags.host}:${flags.port} can use this machine's memory and, in the end, run code on it. ` +
        'There is no password and no encryption: a closed network or a tunnel has to keep others out\n',
    )
  }
  await serveRpc(flags)
}
