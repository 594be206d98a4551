/** This machine as a server that holds layers of somebody's model. */

import { lookup } from 'node:dns/promises'
import { boolean, checkKnown, integer, keysOf, nonEmptyString } from '../base/check.js'
import { CotPruneError, fromNative, invalidValue } from '../base/errors.js'
import { defaultThreads } from './cores.js'
import { native } from './native.js'

/** What `serveRpc` takes. */
export interface RpcServeOptions {
  /** Where to listen: a name or an IPv4 address. @default '127.0.0.1' */
  readonly host?: string | undefined
  /** @default 50052 */
  readonly port?: number | undefined
  /** Threads that compute, where this machine has no GPU. @default as many as `cores()` says */
  readonly threads?: number | undefined
  /** Listen where other machines reach it: whoever does can read and write this process's memory. @default false */
  readonly allowNetwork?: boolean | undefined
}

const keys = keysOf<RpcServeOptions>({ host: true, port: true, threads: true, allowNetwork: true })

/**
 * Hand this machine's GPUs, or where it has none its CPU, to one client after another, until the process ends. An assertion in a
 * graph that a client sends ends the process: give it one of its own (`cot-prune rpc-server`).
 *
 * @throws TypeError or RangeError that names the option, also for a host that other machines reach, unless `allowNetwork`;
 * CotPruneError ERR_SERVE where it cannot listen
 */
export async function serveRpc(options?: RpcServeOptions): Promise<never> {
  checkKnown('options', options, keys)
  const { host = '127.0.0.1', port = 50_052, threads = defaultThreads() } = options ?? {}
  const allowed = boolean('options.allowNetwork', options?.allowNetwork ?? false)
  const address = await addressOf(nonEmptyString('options.host', host))
  if (!allowed && !address.startsWith('127.')) {
    throw invalidValue(
      'options.host',
      'of this machine alone, unless allowNetwork (--allow-network) is true',
      host,
    )
  }
  const caller = new Error()
  try {
    await native().rpcServe(
      address,
      integer('options.port', port, { min: 1, max: 65_535 }),
      integer('options.threads', threads, { min: 1, max: 512 }),
    )
  } catch (error) {
    throw fromNative(error, 'rpc server', caller)
  }
  throw new CotPruneError('ERR_SERVE', 'the RPC server ended')
}

/** ggml-rpc listens on IPv4 addresses alone. */
async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host, { family: 4 })).address
  } catch (cause) {
    throw new CotPruneError('ERR_SERVE', `${host} has no IPv4 address`, { cause })
  }
}
