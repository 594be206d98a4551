// @ts-check
/**
 * npm run bench -- [WORDS] [--json FILE] [--threads N] [--model FILE] [--list]
 * Runs the trials that have all the words, each in a process of its own, and prints what they
 * measured. Numbers are printed and never judged.
 */
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { chooseTrials, trials } from './trials.mjs'

/** @typedef {import('./trials.mjs').Trial} Trial */
/** @typedef {{ rows: import('./measure.mjs').Row[], peakRssKb: number, detail?: unknown, text?: string }} Result */

const execute = promisify(execFile)

/** @param {number} value */
const number = value =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 })

/**
 * @param {Trial} trial
 * @param {number} threads
 * @param {string | undefined} model
 * @returns {Promise<Result>}
 */
async function runTrial(trial, threads, model) {
  const script = fileURLToPath(new URL(trial.script, import.meta.url))
  const options = JSON.stringify({ ...trial.options, threads, model })
  const running = execute(process.execPath, [script, options], { maxBuffer: 1 << 26 })
  running.child.stderr?.pipe(process.stderr)
  const { stdout } = await running
  return JSON.parse(stdout)
}

/** @param {Result} result */
function printRows({ rows, peakRssKb, text }) {
  // a trial that has words of its own for its numbers
  if (text !== undefined) return console.log(text)
  const width = Math.max(...rows.map(row => row.name.length))
  for (const { name, value, unit, ratios = {} } of rows) {
    const compared = Object.entries(ratios).map(([to, ratio]) => `${ratio.toFixed(3)} × ${to}`)
    console.log(
      `  ${name.padEnd(width)}  ${number(value).padStart(10)} ${unit}  ${compared.join(', ')}`.trimEnd(),
    )
  }
  console.log(
    `  ${'peak memory of the process'.padEnd(width)}  ${number(peakRssKb).padStart(10)} KiB`,
  )
}

async function machine() {
  const { buildInfo } = await import('../dist/index.js')
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    /** Processes that wanted a core in the minute before. */
    load: loadavg()[0] ?? 0,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    build: buildInfo(),
  }
}

/**
 * @param {readonly Trial[]} chosen
 * @param {number} threads
 * @param {string | undefined} model
 */
async function runAll(chosen, threads, model) {
  const results = []
  for (const trial of chosen) {
    console.log(`${trial.words}${model === undefined ? '' : `, with ${basename(model)}`}`)
    try {
      const result = await runTrial(trial, threads, model)
      printRows(result)
      results.push({ ...trial, ...(model && { model: basename(model) }), ...result })
    } catch (error) {
      // What went wrong is on stderr already.
      console.log('  failed')
      results.push({ ...trial, error: error instanceof Error ? error.message : String(error) })
      process.exitCode = 1
    }
  }
  return results
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      threads: { type: 'string' },
      model: { type: 'string' },
      list: { type: 'boolean' },
    },
  })
  if (values.list) return console.log(trials.map(trial => trial.words).join('\n'))
  if (!existsSync(new URL('../dist/index.js', import.meta.url))) {
    console.error('dist/ is missing. Run: npm run setup')
    process.exitCode = 1
    return
  }
  const chosen = chooseTrials(positionals)
  if (chosen.length === 0) {
    console.error(`No trial is called "${positionals.join(' ')}". See: npm run bench -- --list`)
    process.exitCode = 1
    return
  }
  if (values.model !== undefined && chosen.some(trial => !/^(peers|isolated) /.test(trial.words))) {
    console.error(
      '--model is for the trials of the words "peers" and "isolated": npm run bench -- isolated --model FILE',
    )
    process.exitCode = 1
    return
  }
  const threads = Number(values.threads ?? availableParallelism())
  const about = await machine()
  console.log(`${about.cpu}, ${threads} threads, Node ${about.node}, ${about.build.llamaVersion}`)
  if (about.load > 0.5) {
    console.error(
      `Other processes keep this machine busy (load ${number(about.load)}): ggml's threads`,
    )
    console.error('wait for each other, numbers will be low and noisy.')
  }
  const results = await runAll(chosen, threads, values.model)
  if (values.json !== undefined) {
    const text = JSON.stringify({ version: 1, machine: about, threads, results }, null, 2)
    writeFileSync(values.json, `${text}\n`)
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
