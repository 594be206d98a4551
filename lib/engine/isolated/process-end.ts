/** How the process of an isolated model ended, and what is said of it. */

import type { IsolatedExit } from '../../../types/public.js'

export interface ProcessEnd {
  readonly path: string
  readonly pid: number
  readonly code: number | null
  readonly signal: string | null
  /** Where it could not be started. */
  readonly failure: Error | null
  readonly lines: readonly string[]
}

/** What usually ends a process with a signal. */
const usual = new Map([
  ['SIGKILL', ' (by somebody, or by the system for want of memory)'],
  ['SIGABRT', ' (a check of llama.cpp that failed)'],
  ['SIGSEGV', ' (a fault of native code)'],
  ['SIGBUS', ' (a fault of native code, or a file that got shorter while it was mapped)'],
  ['SIGILL', ' (an instruction that this processor does not have)'],
])

/** A message shows so many lines of those that say what was wrong, else of the last; the error has all of them. */
const shown = 3
const telling = /assert|abort|error|fail|fatal|fault|terminate/i

function messageOf(
  { path, pid, code, signal, failure, lines }: ProcessEnd,
  during: string | null,
): string {
  if (failure !== null) return `no process could be started for ${path}: ${failure.message}`
  const how =
    signal === null
      ? `ended with exit code ${code}`
      : `was ended by ${signal}${usual.get(signal) ?? ''}`
  const when = during === null ? 'before this call' : `in the middle of ${during}`
  return `the isolated process ${pid} of ${path} ${how}, ${when}${words(lines)}. Load the model again`
}

function words(lines: readonly string[]): string {
  const told = lines.filter(line => telling.test(line))
  const some = (told.length > 0 ? told : lines).slice(-shown)
  return some.length === 0 ? '' : `; it wrote: ${some.map(line => line.trim()).join(' / ')}`
}

/**
 * As the addon makes errors: ERR_ISOLATED_EXIT, or ERR_RPC_SERVER with it as the cause.
 *
 * @param during the call that it did not answer, or null: it had ended before.
 */
export function exitError(end: ProcessEnd, during: string | null): Error {
  const exit = processExit(end, during)
  // the patch of ggml-rpc says so when it ends the process
  const lost = end.lines.findLast(line => lostServer.test(line))
  if (lost === undefined) return exit
  const server = lostServer.exec(lost)?.[1]
  const when = during === null ? '' : ` in the middle of ${during}`
  const message = `the RPC server ${server} was lost${when}: its process, its machine or the network ended, or it was silent for longer than rpcTimeoutMillis. Load the model again when it is back`
  return Object.assign(new Error(message, { cause: exit }), { code: 'ERR_RPC_SERVER' })
}

const lostServer = /RPC server (\S+) is lost/

function processExit(end: ProcessEnd, during: string | null): Error & IsolatedExit {
  const { pid, code, signal, lines, failure } = end
  const facts = { code: 'ERR_ISOLATED_EXIT', pid, exitCode: code, signal, during, lines } as const
  const cause = failure === null ? undefined : { cause: failure }
  return Object.assign(new Error(messageOf(end, during), cause), facts)
}
