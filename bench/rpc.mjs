// @ts-check
/**
 * node bench/rpc.mjs [--model FILE] [--tokens N] [--filled N]
 *
 * What a generated token sends over the network with a model on RPC servers, with capture and without, and tokens/s against the same
 * model here. The servers are machines of a network (namespaces): Linux and root are needed. Bytes are those of the link, headers and
 * all; a token is the difference of a long and a short generation. Round trips are the time that a token takes longer where every
 * byte is late, by how late it is.
 */
import { connect, createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { embeddedModel, loadModel } from '../dist/index.js'
import { openMachine, whyNoMachines } from '../test/support/network.mjs'
import { startRpcServer } from '../test/support/rpc.mjs'

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string' },
    tokens: { type: 'string', default: '128' },
    filled: { type: 'string', default: '256' },
  },
})
/** Milliseconds that a byte is late on its way through the proxy. */
const late = 20
const port = 50_052
const why = whyNoMachines()
if (why !== null) throw new Error(why)
const path = flags.model ?? (await embeddedModel()).model
const machines = [openMachine(0), openMachine(1)]
/** @type {import('../test/support/rpc.d.mts').RunningRpcServer[]} */
const servers = []
/** @type {import('node:net').Server[]} */
const proxies = []
try {
  for (const { address: host, wrap } of machines) {
    servers.push(await startRpcServer({ host, wrap, port }))
    proxies.push(await slowProxy(host))
  }
  const columns = ['to servers, bytes a token', 'from servers', 'round trips', 'tokens/s']
  console.log(`| layers | logits | rows | ${columns.join(' | ')} |`)
  console.log(`|${'---|'.repeat(3 + columns.length)}`)
  for (const count of [0, 1, 2]) {
    for (const sampleOn of count === 0 ? ['host'] : ['device', 'host'])
      await measure(count, sampleOn)
  }
} finally {
  for (const proxy of proxies) proxy.close()
  for (const server of servers) await server.kill()
  for (const machine of machines) machine.close()
}

/**
 * @param {number} count how many servers have the layers
 * @param {string} sampleOn
 */
async function measure(count, sampleOn) {
  const direct = servers.slice(0, count).map(({ address }) => address)
  const near = await generations(direct, sampleOn, Number(flags.tokens))
  const slow = proxies.slice(0, count).map(proxy => `127.0.0.1:${portOf(proxy)}`)
  const far = count === 0 ? near : await generations(slow, sampleOn, 12)
  for (const [i, { rows, sent, received, millis }] of near.entries()) {
    const trips = ((far[i]?.millis ?? Number.NaN) - millis) / (2 * late)
    const numbers = [Math.round(sent), Math.round(received), trips.toFixed(1)]
    const speed = (1000 / millis).toFixed(0)
    console.log(`| ${where(count)} | ${sampleOn} | ${rows} | ${numbers.join(' | ')} | ${speed} |`)
  }
}

/** @param {number} count */
function where(count) {
  return count === 0 ? 'here' : count === 1 ? 'one server' : `${count} servers`
}

/**
 * Of each kind of capture what a token took: bytes and milliseconds.
 * @param {readonly string[]} rpcServers @param {string} sampleOn @param {number} tokens
 */
async function generations(rpcServers, sampleOn, tokens) {
  const remote = { rpcServers, gpuLayers: 999, tensorSplit: rpcServers.map(() => 1) }
  const model = await loadModel(path, rpcServers.length === 0 ? {} : remote)
  const { attentionLayers } = model.info
  const ends = [attentionLayers[0] ?? 0, attentionLayers.at(-1) ?? 0]
  const heads = ends.flatMap(layer => [0, 1, 2, 3].map(head => ({ layer, head })))
  const captures = /** @type {const} */ ({
    none: undefined,
    '8 heads in 2 layers': heads,
    'all heads, summed': 'all',
  })
  const session = await model.createSession({
    ...{ contextLength: 2048, threads: 1, flashAttention: true },
    sampleOn: sampleOn === 'host' ? 'host' : 'device',
  })
  const prompt = 'x '.repeat(Math.max(8, Number(flags.filled) / 2))
  const found = []
  for (const [rows, attention] of Object.entries(captures)) {
    /** @param {number} maxTokens */
    const generate = async maxTokens => {
      const sampling = { temperature: 1, topK: 40, seed: 1, maxTokens, attention }
      const before = [...counters(), performance.now()]
      const trace = await session.generate(prompt, sampling).finish()
      const used = [...counters(), performance.now()].map((now, i) => now - (before[i] ?? 0))
      return { tokens: trace.tokens.length, used }
    }
    await generate(4)
    const short = await generate(4)
    const long = await generate(4 + tokens)
    const more = long.tokens - short.tokens
    const each = long.used.map((all, i) => (all - (short.used[i] ?? 0)) / more)
    const [sent = Number.NaN, received = Number.NaN, millis = Number.NaN] = each
    found.push({ rows, sent, received, millis })
  }
  await model.close()
  return found
}

/** Of all links together: bytes sent and received. */
function counters() {
  const all = machines.map(machine => machine.bytes())
  return [
    all.reduce((sum, { sent }) => sum + sent, 0),
    all.reduce((sum, { received }) => sum + received, 0),
  ]
}

/** @param {import('node:net').Server} server */
function portOf(server) {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** @param {string} host @returns {Promise<import('node:net').Server>} */
function slowProxy(host) {
  const proxy = createServer({ noDelay: true }, client => {
    const server = connect({ host, port, noDelay: true })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      from?.on('data', data => setTimeout(() => to?.write(data), late))
      from?.on('close', () => setTimeout(() => to?.destroy(), late)).on('error', () => {})
    }
  })
  return new Promise(resolve => {
    proxy.listen(0, '127.0.0.1', () => resolve(proxy))
  })
}
