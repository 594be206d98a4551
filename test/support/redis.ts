/** A Redis, or Valkey, of a test's own: on a port that is free, with nothing on the disk. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const programs = ['redis-server', 'valkey-server']

const found = programs.find(name => spawnSync(name, ['--version']).status === 0)

/** False, or why tests that need one are skipped. */
export const noRedis: string | false =
  found === undefined && 'neither redis-server nor valkey-server is installed'

export interface TestRedis {
  readonly address: string
  readonly port: number
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** @param more options of redis-server */
export async function startRedis(...more: readonly string[]): Promise<TestRedis> {
  if (found === undefined) throw new Error(String(noRedis))
  const port = await freePort()
  const quiet = ['--save', '', '--loglevel', 'warning', '--bind', '127.0.0.1']
  const child = spawn(found, ['--port', String(port), ...quiet, ...more], { stdio: 'ignore' })
  // the test does not wait for it, and it does not outlive the test
  child.unref()
  process.on('exit', () => child.kill('SIGKILL'))
  await listening(port, child)
  return {
    address: `redis://127.0.0.1:${port}`,
    port,
    process: child,
    async stop() {
      if (child.exitCode !== null) return
      child.ref()
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return
    await sleep(25)
  }
  throw new Error('redis-server does not listen')
}
