/**
 * Workers that are killed and cut off, against one process: the same records, none twice; then what a job costs the queue.
 * Needs redis-server or valkey-server; as root each worker gets a network namespace of its own.
 *
 *     node test/hard/cluster.mjs --problems 200 --workers 4
 *     node test/hard/cluster.mjs --tokens 60      shorter chains
 *     node test/hard/cluster.mjs --short
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    problems: { type: 'string', default: '200' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: '0' },
    tokens: { type: 'string' },
  },
})
const problems = values.short ? 8 : Number(values.problems)
const count = values.short ? 2 : Number(values.workers)
const cli = fileURLToPath(new URL('../../dist/entry/cli/index.js', import.meta.url))
const queueModule = new URL('../../dist/cluster/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'cot-prune-cluster-'))
const server = ['redis-server', 'valkey-server'].find(name => !spawnSync(name, ['--version']).error)
if (server === undefined) {
  console.log('skipped: neither redis-server nor valkey-server is installed')
  process.exit(0)
}

function cleanUp() {
  for (const clean of cleanups.reverse()) clean()
  rmSync(folder, { recursive: true, force: true })
}

/** In namespaces a link can be cut; without the right to make them nobody is cut off. */
const links = !values.short && process.getuid?.() === 0 && !spawnSync('ip', ['netns']).error
const cleanups = []
const namespace = i => `cot-prune-${process.pid}-${i}`
const link = i => `cp${process.pid % 100000}-${i}`
const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' })

function connect(i) {
  ip('netns', 'add', namespace(i))
  cleanups.push(() => spawnSync('ip', ['netns', 'del', namespace(i)]))
  ip('link', 'add', link(i), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace(i))
  ip('addr', 'add', `10.77.${i}.1/30`, 'dev', link(i))
  ip('link', 'set', link(i), 'up')
  const inside = ['netns', 'exec', namespace(i), 'ip']
  ip(...inside, 'addr', 'add', `10.77.${i}.2/30`, 'dev', 'eth0')
  ip(...inside, 'link', 'set', 'eth0', 'up')
  ip(...inside, 'link', 'set', 'lo', 'up')
  return `10.77.${i}.1`
}

async function startServer() {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const args = ['--port', port, '--save', '', '--requirepass', 'hard', '--loglevel', 'warning']
  const child = spawn(server, args.map(String), { stdio: 'ignore' })
  cleanups.push(() => child.kill('SIGKILL'))
  await sleep(500)
  return port
}

function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  cleanups.push(() => child.kill('SIGKILL'))
  return { child, said: () => said, code: once(child, 'exit').then(([code]) => code) }
}

function startWorker(i, port) {
  const host = links ? connect(i) : '127.0.0.1'
  const args = [cli, 'worker', '--queue', `redis://:hard@${host}:${port}`, '--threads', '1']
  return links
    ? start('ip', ['netns', 'exec', namespace(i), process.execPath, ...args])
    : start(process.execPath, args)
}

const linesOf = out => {
  const path = join(out, 'results.jsonl')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}
const records = out =>
  linesOf(out).map(line =>
    JSON.stringify(JSON.parse(line, (key, value) => (key === 'millis' ? 0 : value))),
  )

async function reached(out, share) {
  while (linesOf(out).length < share * problems) await sleep(100)
}

const base = ['run', '--limit', String(problems), '--seed', values.seed]
const tokens = values.tokens ?? (values.short ? '60' : null)
const small = tokens === null ? [] : ['--max-tokens', tokens, '--thresholds', '0.5']
let faults = 0
const say = (name, value) => console.log(`${name.padEnd(34)}${value}`)
const check = (name, good) => {
  say(name, good ? 'yes' : 'NO')
  if (!good) faults++
}

for (const name of ['SIGINT', 'SIGTERM']) {
  process.once(name, () => {
    cleanUp()
    process.exit(130)
  })
}

try {
  const port = await startServer()
  const [local, queued] = [join(folder, 'local'), join(folder, 'queued')]
  const begun = performance.now()
  const alone = start(process.execPath, [cli, ...base, ...small, '--threads', '1', '--out', local])
  if ((await alone.code) !== 0) throw new Error(alone.said())
  const localSeconds = (performance.now() - begun) / 1000
  const workers = Array.from({ length: count }, (_, i) => startWorker(i, port))
  const address = `redis://:hard@127.0.0.1:${port}`
  const stalled = values.short ? '1' : '5'
  const how = ['--queue', address, '--stalled-after', stalled, '--out', queued]
  const started = performance.now()
  const run = start(process.execPath, [cli, ...base, ...small, ...how])
  await reached(queued, 0.2)
  workers[0].child.kill('SIGKILL')
  if (!values.short) {
    await reached(queued, 0.35)
    if (links) ip('link', 'set', link(1), 'down')
    await reached(queued, 0.6)
    workers[2].child.kill('SIGKILL')
    await sleep(10_000)
    if (links) ip('link', 'set', link(1), 'up')
  }
  const code = await run.code
  const seconds = (performance.now() - started) / 1000
  check('the run ended well', code === 0)
  if (code !== 0) console.log(run.said())
  const [a, b] = [records(local), records(queued)]
  check('the records of one process', JSON.stringify(a) === JSON.stringify(b))
  const keys = b.map(line => JSON.parse(line)).map(({ index, sample }) => `${index} ${sample}`)
  check('none twice', new Set(keys).size === keys.length && keys.length === problems)
  say('network namespaces', links ? 'yes, one link cut and joined' : 'no')
  say('one process', `${localSeconds.toFixed(1)} s, ${problems} problems`)
  say(`${count} workers, some killed`, `${seconds.toFixed(1)} s`)
  for (const worker of workers) worker.child.kill('SIGTERM')
  const jobs = values.short ? 200 : 3000
  for (const hands of values.short ? [1] : [1, 8]) await cost(address, jobs, hands)
  if (!values.short) benchmark(port)
} finally {
  cleanUp()
}
console.log(`${problems} cases, ${faults} faults`)
process.exit(faults === 0 ? 0 : 1)

/* ---- what a job costs ------------------------------------------------------------------------ */

/** Jobs that take no time: what is left is the queue. */
async function cost(address, jobs, hands) {
  const { Desk, inOrder, serveQueue, withId } = await import(queueModule)
  const { Redis } = await import('ioredis')
  const redis = new Redis(address)
  const fingerprint = { build: { version: '', llamaCommit: '', patchSha256: '' }, key: { hands } }
  const spec = withId({
    ...{ kind: 'none', fingerprint, input: { name: '' }, options: {}, attempts: 3 },
    model: { name: '', contextLength: null, thinking: null, chatTemplate: null },
    stalledAfter: 30,
  })
  const stop = new AbortController()
  const common = { address, queueName: 'cost', note() {} }
  const open = async () => ({
    fingerprint,
    info: { model: '', device: '', parallel: 1 },
    do: async data => ({ data, text: 'x'.repeat(20_000) }),
    async close() {},
  })
  const how = { ...common, open, once: true, grace: 1, signal: stop.signal }
  const working = Array.from({ length: hands }, () => serveQueue(how))
  const desk = await Desk.open({ ...common, spec, resume: false })
  while (desk.room < 2 * hands) await sleep(50)
  const before = await processorOf(redis)
  const begun = performance.now()
  const list = Array.from({ length: jobs }, (_, data) => ({ id: `j${data}`, data }))
  for await (const _ of inOrder(list, desk)) {
    // nothing to do
  }
  const millis = performance.now() - begun
  const busy = (await processorOf(redis)) - before
  await desk.close()
  await Promise.allSettled(working)
  redis.disconnect()
  const name = `${hands} worker${hands > 1 ? 's' : ''}, jobs of 20 kB`
  say(name, `${(millis / jobs).toFixed(2)} ms a job, ${((1000 * jobs) / millis).toFixed(0)} jobs/s`)
  say(
    '  processor time of Redis a job',
    `${((1e6 * busy) / jobs).toFixed(0)} µs: ${(jobs / busy).toFixed(0)} jobs/s at most`,
  )
}

/** Seconds so far. */
async function processorOf(redis) {
  const text = await redis.info('cpu')
  const [user, system] = ['user', 'sys'].map(kind =>
    Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(text)?.[1]),
  )
  return user + system
}

function benchmark(port) {
  const args = [
    '-p',
    String(port),
    '-a',
    'hard',
    '-q',
    '-n',
    '100000',
    '-c',
    '50',
    '-t',
    'set,get,hset',
  ]
  const { stdout } = spawnSync('redis-benchmark', args, { encoding: 'utf8' })
  for (const line of (stdout ?? '')
    .split(/[\r\n]+/)
    .filter(text => /requests per second/.test(text))) {
    say('redis-benchmark', line.trim())
  }
}
