/** `--rpc` and `rpc-server` of the command line. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { startRpcServer } from '../support/rpc.mjs'

t.setTimeout(120_000)

const cli = join(packageFolder, 'dist/entry/cli/index.js')
const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, [cli, ...args])

t.test('info says what servers have, and where the layers of a model are', async t => {
  const server = await startRpcServer()
  t.teardown(() => server.kill())
  const place = ['--rpc', server.address, '--rpc-timeout', '30', '--gpu-layers', '3']
  const { stdout } = await run('info', ...place, '--model', 'embedded', '--quiet')
  t.match(stdout, new RegExp(`\nrpc server ${server.address}, [0-9.]+ of [0-9.]+ GiB free\n`))
  t.match(stdout, /\n +layers 0 to 3: CPU\n/)
  t.match(stdout, new RegExp(`\n +layers 4 to 5 and the output: RPC0 ${server.address}\n`))
  const json: unknown = JSON.parse((await run('info', '--json', '--rpc', server.address)).stdout)
  t.match(json, { rpcServers: [{ address: server.address, devices: [{}] }], model: null })
})

t.test('what is wrong is one line: a server that is not there, an open network', async t => {
  const failing: readonly (readonly [readonly string[], RegExp])[] = [
    [['ask', '1+1?', '--rpc', '127.0.0.1:1'], /^cot-prune: ERR_RPC_SERVER .*127\.0\.0\.1:1: .*\n$/],
    [['info', '--rpc', 'nowhere'], /^cot-prune: ERR_INVALID_ARG_VALUE .*HOST:PORT.*\n$/],
    [['rpc-server', '--host', '0.0.0.0'], /^cot-prune: ERR_INVALID_ARG_VALUE .*allowNetwork.*\n$/],
  ]
  for (const [args, stderr] of failing) await t.rejects(run(...args), { code: 1, stderr })
})

t.test('a port that is taken is said, and Ctrl-C ends a server', async t => {
  const server = await startRpcServer()
  t.teardown(() => server.kill())
  const stderr = /ERR_SERVE .*nothing can be served on 127\.0\.0\.1:\d+: another process listens/
  await t.rejects(run('rpc-server', '--port', `${server.port}`), { code: 1, stderr })
  await server.kill('SIGINT')
  const again = await startRpcServer({ port: server.port })
  await again.kill('SIGTERM')
})
