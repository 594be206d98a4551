// @ts-check
/**
 * node test/hard/isolate.mjs [--kills N] [--loads N] [--seed S] [--suite] [--short]
 *
 * Isolated models whose process is ended at moments by chance, in jobs by chance: each is a typed error or a result that was there
 * already, the next model writes what the first one wrote, and no process is left. `--suite` runs tests that know nothing of `isolate`
 * with every model isolated.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CotPruneError, embeddedModel, loadModel, segment } from '../../dist/index.js'
import { isGone } from '../support/processes.mjs'
import { mulberry32 } from '../support/random.mjs'

/** @typedef {import('../../dist/index.js').Session} Session */

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    loads: { type: 'string' },
    seed: { type: 'string', default: '1' },
    suite: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
})
const kills = Number(values.kills ?? (values.short ? 10 : 200))
const loads = Number(values.loads ?? (values.short ? 3 : 20))
const random = mulberry32(Number(values.seed))
const { model: path } = await embeddedModel()
const faults = /** @type {string[]} */ ([])
const prompt = 'Ina has 4 red pens. She gets 3 more. How many pens has Ina?'

const open = async () => {
  const model = await loadModel(path, { isolate: true })
  return model.createSession({ contextLength: 1024, threads: 1 })
}
/** @param {Session} session */
const write = session =>
  session.generate([{ role: 'user', content: prompt }], { maxTokens: 200 }).finish()

const first = await open()
const trace = await write(first)
const text = JSON.stringify(trace.tokens)
await first.model.close()

/** @type {Readonly<Record<string, (session: Session) => Promise<unknown>>>} */
const jobs = {
  write,
  read: session => session.prefill(trace),
  score: session =>
    session.scoreSteps(segment(trace, { minCharacters: 0 }), { observer: 'think-clearly' }),
  rollouts: session => session.rollouts(prompt, { count: 4, maxTokens: 100 }),
  likelihoods: session => session.tokenLogprobs(trace.tokens, { alternatives: 5 }),
  tokenize: session => session.model.tokenize(prompt.repeat(200)),
  'another session': async session =>
    (await session.model.createSession({ contextLength: 512 })).close(),
}

/** How long a job takes at most before its process is ended, in milliseconds. */
const latest = 150
const told = { error: 0, done: 0, millis: 0 }
for (let i = 0; i < kills; i++) {
  const session = await open()
  const { pid } = session.info
  const name = random.pick(Object.keys(jobs))
  const running = Promise.resolve(jobs[name]?.(session)).then(
    () => null,
    error => error,
  )
  await sleep(random.integer(latest))
  const killed = performance.now()
  process.kill(pid, random.pick(['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGTERM']))
  const error = await running
  if (error === null) told.done++
  else if (CotPruneError.is(error, 'ERR_ISOLATED_EXIT')) {
    told.error++
    told.millis = Math.max(told.millis, performance.now() - killed)
  } else faults.push(`${i}, ${name}: ${error}`)
  await session.close()
  await session.model.close()
  if (!(await isGone(pid))) faults.push(`${i}, ${name}: process ${pid} is left`)
}
console.log(
  `${kills} ended: ${told.error} errors, told in ${Math.round(told.millis)} ms at most, ${told.done} results that were there before`,
)

for (let i = 0; i < loads; i++) {
  const session = await open()
  const { pid } = session.info
  if (JSON.stringify((await write(session)).tokens) !== text) faults.push(`load ${i}: other tokens`)
  await session.model.close()
  if (!(await isGone(pid))) faults.push(`load ${i}: process ${pid} is left`)
}
console.log(`${loads} loaded behind them`)

/** Processes that this one has started and not ended; Linux alone says it. */
function children() {
  try {
    const own = `/proc/${process.pid}/task/${process.pid}/children`
    return readFileSync(own, 'utf8').split(' ').filter(Boolean)
  } catch {
    return []
  }
}
for (const pid of children()) faults.push(`process ${pid} is left at the end`)

/** Tests that know nothing of `isolate`, each model of theirs in a process of its own. */
async function suite() {
  const files = [
    'test/generate',
    'test/generate/batch',
    'test/score',
    'test/prune/in-flight',
    'test/evaluate',
    'test/session',
  ]
    .flatMap(folder => readdirSync(folder).map(name => `${folder}/${name}`))
    // that one says what the defaults are
    .filter(name => name.endsWith('.test.ts') && name !== 'test/session/options.test.ts')
  const hook = new URL('../support/isolate-everything.mjs', import.meta.url)
  const env = { ...process.env, NODE_OPTIONS: `--import=${hook}` }
  const args = [fileURLToPath(new URL('../run.mjs', import.meta.url)), ...files]
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
  const code = await new Promise(done => child.on('exit', done))
  if (code !== 0) faults.push(`the suite ended with ${code}`)
}
if (values.suite) await suite()

for (const fault of faults) console.log(`FAULT ${fault}`)
console.log(`${kills + loads} cases, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
