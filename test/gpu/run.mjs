// @ts-check
/**
 * npm run test:gpu -- [WORDS] [--quick] [--seconds N] [--out DIR]
 * Runs the trials whose name has all the words, each in a process of its own and bounded in time,
 * and judges what they measured. DIR gets results.json and summary.md, written anew behind every
 * trial. Without a GPU it is a dry run: everything runs, small and on the CPU, and speed is not
 * judged.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { buildInfo, devices } from '../../dist/index.js'
import { hasFailed, judge, summary } from './judge.mjs'
import { trials } from './trials.mjs'

/** @typedef {import('./trials.d.mts').Trial} Trial */
/** @typedef {import('./judge.d.mts').Result} Result */

const execute = promisify(execFile)
const folder = fileURLToPath(new URL('../../', import.meta.url))
const quickSeconds = 360
const wholeSeconds = 1200

/**
 * @param {Trial} trial
 * @param {boolean} dry
 * @param {number} timeout milliseconds
 * @returns {Promise<Result>}
 */
async function run(trial, dry, timeout) {
  const started = performance.now()
  const options = { ...trial.options, ...(dry ? trial.dry : {}), threads: availableParallelism() }
  const about = { name: trial.name, options }
  try {
    const running = execute(
      process.execPath,
      [join(folder, trial.script), JSON.stringify(options)],
      { maxBuffer: 1 << 26, timeout, killSignal: 'SIGKILL' },
    )
    running.child.stderr?.pipe(process.stderr)
    const { rows, skipped, detail } = JSON.parse((await running).stdout)
    const seconds = (performance.now() - started) / 1000
    return { ...about, seconds, skipped, detail, rows: judge(rows, trial, dry) }
  } catch (error) {
    const seconds = (performance.now() - started) / 1000
    const killed = seconds * 1000 >= timeout
    const message = error instanceof Error ? error.message.trim().split('\n').at(-1) : `${error}`
    return { ...about, seconds, rows: [], error: killed ? 'ran out of time' : message }
  }
}

/** @param {readonly string[]} words @param {boolean} quick */
const choose = (words, quick) =>
  trials.filter(trial => (trial.quick || !quick) && words.every(word => trial.name.includes(word)))

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      out: { type: 'string', default: 'cot-prune-results/gpu' },
    },
  })
  const seconds = Number(values.seconds ?? (values.quick ? quickSeconds : wholeSeconds))
  const chosen = choose(positionals, values.quick)
  if (!(seconds > 0) || chosen.length === 0) {
    console.error(`Nothing to run: "${positionals.join(' ')}" in ${values.seconds} seconds`)
    return 2
  }
  const gpus = devices().filter(device => device.type === 'gpu')
  const dry = gpus.length === 0
  const machine = {
    date: new Date().toISOString(),
    gpus,
    cpu: `${cpus()[0]?.model}, ${availableParallelism()} threads`,
    node: process.version,
    build: buildInfo(),
  }
  mkdirSync(values.out, { recursive: true })
  /** @type {Result[]} */
  const results = []
  const deadline = performance.now() + 1000 * seconds
  for (const trial of chosen) {
    const left = deadline - performance.now()
    console.log(`\n${trial.name}${dry ? ' (dry run, no GPU)' : ''}`)
    const timeout = Math.floor(Math.min(left, dry ? 300_000 : trial.seconds * 1000))
    const result =
      left > 5000
        ? await run(trial, dry, timeout)
        : { name: trial.name, options: {}, seconds: 0, rows: [], skipped: 'no time was left' }
    results.push(result)
    console.log(summary([result]))
    const all = { version: 1, machine, dry, quick: values.quick, results }
    writeFileSync(join(values.out, 'results.json'), `${JSON.stringify(all, null, 2)}\n`)
    writeFileSync(join(values.out, 'summary.md'), summaryPage(machine, dry, results))
  }
  const failed = results.filter(hasFailed)
  const skipped = results.filter(result => result.skipped !== undefined)
  console.log(
    `${results.length - failed.length - skipped.length} passed, ${failed.length} failed, ${skipped.length} skipped`,
  )
  return failed.length === 0 ? 0 : 1
}

/**
 * @param {{ date: string, gpus: readonly { description: string, memoryTotal: number }[], cpu: string, node: string, build: { llamaVersion: string, llamaCommit: string } }} machine
 * @param {boolean} dry
 * @param {readonly Result[]} results
 */
function summaryPage({ date, gpus, cpu, node, build }, dry, results) {
  const names = gpus.map(gpu => `${gpu.description} (${Math.round(gpu.memoryTotal / 2 ** 30)} GiB)`)
  const machine = names.join(', ') || 'no GPU: a dry run, small and on the CPU'
  return [
    `# GPU trials, ${date}`,
    `${machine}; ${cpu}; Node ${node}; llama.cpp ${build.llamaVersion} (${build.llamaCommit.slice(0, 12)})`,
    dry ? 'Speed is not judged in a dry run.' : '',
    summary(results),
  ]
    .filter(Boolean)
    .join('\n\n')
}

process.exitCode = await main()
