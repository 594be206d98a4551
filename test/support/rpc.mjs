// @ts-check
/** RPC servers in processes of their own: started on free ports, waited for, ended. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { askRpcServers } from '../../dist/index.js'

const program = fileURLToPath(new URL('../../dist/entry/cli/index.js', import.meta.url))

/** A port that nobody listens on just now. @returns {Promise<number>} */
async function freePort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** @type {typeof import('./rpc.d.mts').startRpcServer} */
export async function startRpcServer({ port, host = '127.0.0.1', wrap = [] } = {}) {
  const chosen = port ?? (await freePort())
  const own = [process.execPath, program, 'rpc-server', '--threads', '1']
  const where = ['--host', host, '--port', `${chosen}`, '--allow-network']
  const [command = '', ...args] = [...wrap, ...own, ...where]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  const ended = once(child, 'exit')
  const address = `${host}:${chosen}`
  const until = Date.now() + 30_000
  while (true) {
    if (child.exitCode !== null) throw new Error(`the RPC server ended: ${said}`)
    try {
      await askRpcServers([address])
      break
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  return {
    address,
    port: chosen,
    pid: child.pid ?? 0,
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await ended
    },
  }
}
