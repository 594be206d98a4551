/** Addresses of RPC servers, and what is said of one that is not there, is busy, or is something else. */

import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { resolveModelOptions } from '../../dist/engine/options.js'
import { askRpcServer, rpcProtocol } from '../../dist/engine/rpc-servers.js'
import { askRpcServers, serveRpc } from '../../dist/index.js'

/** A server that answers with what `answer` makes of each request, null: with nothing. */
async function fake(t: Test, answer: (request: Buffer) => Buffer | null): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).setNoDelay(true)
    socket.on('data', data => {
      // a byte a packet, as a network may cut it
      for (const byte of answer(data) ?? []) socket.write(Buffer.of(byte))
    })
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const sized = (data: Buffer): Buffer => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(data.length))
  return Buffer.concat([size, data])
}
const version = (major: number) => sized(Buffer.concat([Buffer.of(major, 0, 3), Buffer.alloc(25)]))
const word = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const memory = (free: bigint, total: bigint) => {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(free)
  bytes.writeBigUInt64LE(total, 8)
  return bytes
}

/** As ggml-rpc's server answers, by the numbers of the commands. */
const answers =
  (major = rpcProtocol) =>
  (request: Buffer): Buffer | null => {
    if (request[0] === 14) return version(major)
    if (request[0] === 15) return sized(word(2))
    if (request[0] === 11) return sized(memory(BigInt(request.readUInt32LE(9)) + 5n, 2n ** 36n))
    return null
  }

t.test('a server says its version and the memory of its devices', async t => {
  const address = await fake(t, answers())
  const devices = [5, 6].map(memoryFree => ({ memoryFree, memoryTotal: 2 ** 36 }))
  const version = `${rpcProtocol}.0.3`
  t.strictSame(await askRpcServers([address]), [{ address, version, devices }])
  t.strictSame(await askRpcServers([]), [])
})

t.test('what is wrong with a server is said with its address, and what to do', async t => {
  const silent = await fake(t, () => null)
  const cases: readonly (readonly [string, RegExp])[] = [
    ['127.0.0.1:1', /127\.0\.0\.1:1: it cannot be reached \(ECONNREFUSED\): start it with/],
    [silent, /silent for 0\.2 s: it serves another client \(one at a time\), or hangs/],
    [await fake(t, answers(6)), /speaks version 6\.0\.3 .* needed is 7: .* the same version/],
    [await fake(t, () => Buffer.from('HTTP/1.1 400 Bad Request\r\n')), /no ggml-rpc server/],
    [await fake(t, () => sized(Buffer.alloc(40))), /no ggml-rpc server/],
  ]
  for (const [address, message] of cases) {
    const asked = askRpcServer(address, null, 200)
    await t.rejects(asked, { name: 'CotPruneError', code: 'ERR_RPC_SERVER', message })
  }
})

t.test('a signal ends the asking with its reason', async t => {
  const silent = await fake(t, () => null)
  const reason = new Error('enough')
  const controller = new AbortController()
  const asked = askRpcServers([silent], controller.signal)
  controller.abort(reason)
  await t.rejects(asked, reason)
  await t.rejects(askRpcServers([silent], AbortSignal.abort(reason)), reason)
})

t.test('an address is a host and a port', async t => {
  const good = ['localhost:1', '10.0.0.2:65535', 'node-3.cluster.example:50052', 'A1:50052']
  for (const server of good) {
    t.strictSame(resolveModelOptions({ rpcServers: [server] }).rpcServers, [server])
  }
  const bad = ['', 'host', 'host:', ':1', 'host:0', 'host:65536', '::1:5', '[::1]:5', 'a b:1']
  for (const server of [...bad, 'host:1:2', 'http://host:1', '-a:1', 'a-:1', 'a..b:1', 'a:1\n']) {
    const wanted = { code: 'ERR_INVALID_ARG_VALUE', message: /options\.rpcServers\[0\] must be/ }
    t.throws(() => resolveModelOptions({ rpcServers: [server] }), wanted, JSON.stringify(server))
  }
  const twice = { rpcServers: ['a:1', 'b:1', 'a:1'] }
  t.throws(() => resolveModelOptions(twice), { message: /each of them once.*a:1/ })
  const many = { rpcServers: Array.from({ length: 17 }, (_, i) => `host:${i + 1}`) }
  t.throws(() => resolveModelOptions(many), { message: /at most 16/ })
})

t.test('a host that others reach needs to be allowed', async t => {
  const wanted = { code: 'ERR_INVALID_ARG_VALUE', message: /options\.host must be of this machine/ }
  for (const host of ['0.0.0.0', '10.0.0.2', '192.0.2.1'])
    await t.rejects(serveRpc({ host }), wanted)
  await t.rejects(serveRpc({ host: 'no-such-host.invalid' }), { code: 'ERR_SERVE' })
  // TEST-NET-1: no machine has it
  const elsewhere = serveRpc({ host: '192.0.2.1', allowNetwork: true })
  await t.rejects(elsewhere, {
    code: 'ERR_SERVE',
    message: /nothing can be served on 192\.0\.2\.1/,
  })
})

t.test('the numbers of the protocol are those of the vendored ggml-rpc', async t => {
  const ggml = join(packageFolder, 'native/vendor/llama.cpp/ggml')
  const header = readFileSync(join(ggml, 'include/ggml-rpc.h'), 'utf8')
  t.match(header, new RegExp(`RPC_PROTO_MAJOR_VERSION +${rpcProtocol}\\b`))
  const source = readFileSync(join(ggml, 'src/ggml-rpc/ggml-rpc.cpp'), 'utf8')
  const list: readonly string[] =
    /enum rpc_cmd \{([^}]*)\}/.exec(source)?.[1]?.match(/RPC_CMD_\w+/g) ?? []
  t.equal(list.indexOf('RPC_CMD_GET_DEVICE_MEMORY'), 11)
  t.equal(list.indexOf('RPC_CMD_HELLO'), 14)
  t.equal(list.indexOf('RPC_CMD_DEVICE_COUNT'), 15)
})
