// @ts-check
/**
 * node test/hard/rpc.mjs [--short] [--rounds N] [--seed S] [--only kill|cut|hang]
 *
 * A model on two RPC servers, one of which is lost while the model generates or is loaded: its process is killed, its network is cut, or it hangs. Each
 * has to end in ERR_RPC_SERVER that names it, within 10 s; the next model that is loaded, when it is back, has to tell what the
 * first one told. With root on Linux the servers are machines of a network (namespaces), else processes, whose network cannot be cut.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { openDataset } from '../../dist/experiment/index.js'
import { askRpcServers, embeddedModel, loadModel, segment } from '../../dist/index.js'
import { openMachine, whyNoMachines } from '../support/network.mjs'
import { mulberry32 } from '../support/random.mjs'
import { startRpcServer } from '../support/rpc.mjs'

/** @typedef {'kill' | 'cut' | 'hang'} Fault */
/** @typedef {import('../support/network.d.mts').Machine} Machine */
/** @typedef {import('../support/rpc.d.mts').RunningRpcServer} RunningRpcServer */

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const mostMillis = 10_000
/** Of a server that hangs, which its system hides. */
const hangMillis = 2000
const [problem] = (await openDataset('embedded')).problems
/** @type {import('../../types/public.d.ts').Message[]} */
const messages = [{ role: 'user', content: problem?.problem ?? '' }]
const options = { temperature: 0, maxTokens: 400 }

const why = whyNoMachines()
if (why !== null) console.log(`${why}: servers on this machine, and no network is cut`)
const machines = why === null ? [openMachine(0), openMachine(1)] : []
/** @type {RunningRpcServer[]} */
const servers = []
let faults = 0

try {
  await main()
} finally {
  for (const server of servers) await server.kill()
  for (const machine of machines) machine.close()
}
process.exit(faults === 0 ? 0 : 1)

async function main() {
  for (const i of [0, 1]) servers.push(await start(i))
  const { model: path } = await embeddedModel()
  const told = await tell(path, addresses())
  const far = await distance(path, told)
  check('two servers', far.scores < 0.05 && far.logprobs < 0.05, JSON.stringify(far))
  const random = mulberry32(Number(flags.seed))
  const known = /** @type {const} */ (['kill', 'cut', 'hang'])
  const kinds = known.filter(
    kind => (kind !== 'cut' || why === null) && kind === (flags.only ?? kind),
  )
  const rounds = flags.short ? kinds.length : Number(flags.rounds)
  for (let round = 0; round < rounds; round++) {
    const kind = kinds[round % kinds.length] ?? 'kill'
    const which = random.integer(2)
    const since = round % (2 * kinds.length) < kinds.length ? 'generate' : 'load'
    await lose(kind, which, 700 * random.next(), since, path)
    const again = await tell(path, addresses())
    const isSame = again.text === told.text && isDeepStrictEqual(again.scores, told.scores)
    check(`${kind}, the next model`, isSame, 'it tells something else')
  }
  console.log(`${rounds} cases, ${faults} faults`)
}

/** @param {number} i */
function start(i) {
  const machine = machines[i]
  const port = servers[i]?.port
  const place = machine && { host: machine.address, wrap: machine.wrap, port: 50_052 }
  return startRpcServer(place ?? (port === undefined ? {} : { port }))
}

function addresses() {
  return servers.map(({ address }) => address)
}

/** @param {string} path @param {readonly string[]} rpcServers @param {number} rpcTimeoutMillis */
function load(path, rpcServers, rpcTimeoutMillis = 60_000) {
  const remote = { rpcServers, rpcTimeoutMillis, gpuLayers: 99, tensorSplit: [1, 1] }
  return loadModel(path, rpcServers.length === 0 ? {} : remote)
}

/**
 * What a model writes, and how much it looks at each step.
 * @param {string} path @param {readonly string[]} rpcServers
 */
async function tell(path, rpcServers) {
  const model = await load(path, rpcServers)
  try {
    const session = await model.createSession({ threads: 1, flashAttention: true })
    const trace = await session.generate(messages, options).finish()
    return await session.scoreSteps(segment(trace))
  } finally {
    await model.close()
  }
}

/**
 * How far this process is from what was told, of the same tokens: quantised weights are multiplied by other kernels here.
 * @param {string} path @param {import('../../types/public.d.ts').ScoredTrace} told
 */
async function distance(path, told) {
  const model = await load(path, [])
  try {
    const session = await model.createSession({ threads: 1, flashAttention: true })
    const { scores } = await session.scoreSteps(told)
    const tokens = [...told.prompt.tokens, ...told.tokens]
    const logprobs = await session.logprobs(tokens, { from: told.prompt.tokens.length })
    const most = Math.max(...scores)
    return {
      scores:
        Math.max(...scores.map((score, i) => Math.abs(score - (told.scores[i] ?? NaN)))) / most,
      logprobs: mean(logprobs.map((own, i) => Math.abs(own - (told.logprobs[i] ?? Number.NaN)))),
    }
  } finally {
    await model.close()
  }
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * Loads a model and generates until it fails, with a row of every token on the way.
 * @param {Fault} kind @param {number} which @param {number} after milliseconds
 * @param {'load' | 'generate'} since what they are counted from @param {string} path
 */
async function lose(kind, which, after, since, path) {
  const server = servers[which]
  if (server === undefined) throw new TypeError('no such server')
  let lost = 0
  const strike = () => {
    lost = performance.now()
    if (kind === 'kill') void server.kill()
    if (kind === 'cut') machines[which]?.cut()
    if (kind === 'hang') process.kill(server.pid, 'SIGSTOP')
  }
  if (since === 'load') setTimeout(strike, after)
  const error = await useUntilLost(path, kind, () => {
    if (since === 'generate') setTimeout(strike, after)
  })
  const millis = performance.now() - lost
  const text = `${error instanceof Error ? error.message : error}`
  const isTyped = error instanceof Error && 'code' in error && error.code === 'ERR_RPC_SERVER'
  check(`${kind}, the error`, isTyped && text.includes(server.address), text)
  check(`${kind}, within 10 s`, lost > 0 && millis < mostMillis, `${Math.round(millis)} ms`)
  const how = isTyped ? text.slice(0, 100) : `not typed: ${text}`
  console.log(
    `${kind}, ${Math.round(after)} ms into ${since}: ${(millis / 1000).toFixed(1)} s, ${how}`,
  )
  await bringBack(kind, which, server)
}

/**
 * What it ends with.
 * @param {string} path @param {Fault} kind @param {() => void} onSession
 */
async function useUntilLost(path, kind, onSession) {
  const until = performance.now() + 60_000
  let model = null
  try {
    model = await load(path, addresses(), kind === 'hang' ? hangMillis : undefined)
    const session = await model.createSession({ threads: 1 })
    onSession()
    while (performance.now() < until) {
      await session.generate(messages, { ...options, attention: 'all' }).finish()
    }
    return 'nothing: it went on'
  } catch (error) {
    return error
  } finally {
    await model?.close()
  }
}

/** @param {Fault} kind @param {number} which @param {RunningRpcServer} server */
async function bringBack(kind, which, server) {
  if (kind === 'kill') servers[which] = await start(which)
  if (kind === 'cut') machines[which]?.join()
  if (kind === 'hang') process.kill(server.pid, 'SIGCONT')
  const until = performance.now() + 20_000
  // it has to find out that its client is gone before it takes another
  while (performance.now() < until) {
    const back = await askRpcServers(addresses()).then(
      () => true,
      () => false,
    )
    if (back) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  check(`${kind}, the server is back`, false, 'it does not answer within 20 s')
}

/** @param {string} what @param {boolean} holds @param {string} otherwise */
function check(what, holds, otherwise) {
  if (holds) return
  faults++
  console.log(`fault: ${what}: ${otherwise}`)
}
