// @ts-check
/**
 * node test/hard/lifetimes.mjs [--rounds N] [--seed S] [--only TEXT] [--patience SECONDS] [--short]
 *
 * Every job, ended in every way at a random moment, a process each: the exit code has to be its own, without a signal and in time.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endings, moments, stageOf } from '../support/life.mjs'
import { jobs, slow } from '../support/life-jobs.mjs'
import { mulberry32 } from '../support/random.mjs'
import { tinyModel } from '../support/tiny-models.mjs'

/**
 * @typedef {{ readonly stage: string, readonly millis: number }} Case `millis`: between the job's beginning and its end
 * @typedef {{ readonly fault: string, readonly output: string, readonly took: number }} Ending `fault` is empty where all is well
 */

const child = fileURLToPath(new URL('../support/life.mjs', import.meta.url))
/** Seconds that are a hang: far above what the slowest takes on a busy machine. */
const patience = 60
const latest = 250

/** @param {Case} one @param {number} [seconds] @returns {Promise<Ending>} */
export async function live({ stage, millis }, seconds = patience) {
  const started = performance.now()
  const args = ['--expose-gc', child, stage, tinyModel(slow), String(millis)]
  const life = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [life.stdout, life.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  const timer = setTimeout(() => life.kill('SIGKILL'), 1000 * seconds)
  const [code, signal] = await once(life, 'close')
  clearTimeout(timer)
  const took = performance.now() - started
  return { fault: faultOf(stage, { code, signal, output }), output, took }
}

/** @param {string} stage @param {{ code: number | null, signal: string | null, output: string }} ending */
function faultOf(stage, { code, signal, output }) {
  const wanted = stageOf(stage)?.code
  if (signal !== null) return `ended by ${signal}`
  if (code !== wanted) return `exit code ${code}, not ${wanted}`
  if (code === 0 && !output.includes('reached the end')) return 'its promises were left pending'
  if (/GGML_ASSERT|terminate called|FATAL ERROR|Sanitizer/.test(output)) return 'it said so'
  return ''
}

/** @param {number} rounds @param {number} seed @returns {Generator<Case>} */
export function* allCases(rounds, seed) {
  const random = mulberry32(seed)
  for (let round = 0; round < rounds; round++) {
    for (const stage of Object.keys(moments)) yield { stage, millis: 0 }
    for (const job of Object.keys(jobs)) {
      for (const ending of Object.keys(endings)) {
        yield { stage: `${job}: ${ending}`, millis: moment(random.next()) }
      }
    }
  }
}

/** @param {number} some @param {number} seed @returns {Generator<Case>} */
export function* someCases(some, seed) {
  const random = mulberry32(seed)
  const ways = Object.keys(endings)
  for (const stage of Object.keys(moments)) yield { stage, millis: 0 }
  for (const [i, job] of Object.keys(jobs).entries()) {
    for (let k = 0; k < some; k++) {
      const ending = ways[(i * some + k) % ways.length]
      yield { stage: `${job}: ${ending}`, millis: moment(random.next()) }
    }
  }
}

/** Early ones more often. @param {number} uniform */
const moment = uniform => Math.round(latest * uniform ** 2)

/** Two at once. @param {readonly Case[]} cases @param {number} seconds @param {(one: Case, ending: Ending) => void} told */
async function liveAll(cases, seconds, told) {
  const queue = [...cases]
  const next = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      told(one, await live(one, seconds))
    }
  }
  await Promise.all([next(), next()])
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      patience: { type: 'string', default: String(patience) },
      short: { type: 'boolean', default: false },
    },
  })
  const seed = Number(values.seed)
  const cases = values.short ? someCases(2, seed) : allCases(Number(values.rounds), seed)
  const chosen = [...cases].filter(({ stage }) => stage.includes(values.only))
  let faults = 0
  let longest = 0
  await liveAll(chosen, Number(values.patience), (one, { fault, output, took }) => {
    longest = Math.max(longest, took)
    if (fault === '') return
    faults++
    console.log(JSON.stringify({ ...one, fault }))
    console.log(output)
  })
  console.log(`the longest took ${(longest / 1000).toFixed(1)} s`)
  console.log(`${chosen.length} cases, ${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
