// @ts-check
/**
 * node test/hard/kill.mjs [--kills N] [--of run|compress|study] [--seed S] [--short]
 *
 * Runs, compressions and studies of the embedded model that are killed (SIGKILL) again and again at random moments, and go on with
 * --resume: each has in the end the records of one that nobody disturbed. Half of the moments are by the clock, half are just
 * behind something that was written; now and then a second process wants the same folder, and is refused.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { embeddedModel } from '../../dist/index.js'
import { mulberry32 } from '../support/random.mjs'
import { difference, recordsOf } from './records.mjs'

/** @typedef {'run' | 'compress' | 'study'} Kind */
/** @typedef {{ args: (folder: string) => readonly string[], rows: readonly string[] }} Job */

const cli = fileURLToPath(new URL('../../dist/entry/cli/index.js', import.meta.url))
const common = ['--model', 'embedded', '--threads', '1', '--quiet', '--json', '--resume']

/** Of everything as much, where it has to be short. @type {(work: string, short: boolean) => Record<Kind, Job>} */
const jobsIn = (work, short) => ({
  run: {
    args: folder => [
      ...['run', ...common, '--out', folder, '--limit', short ? '2' : '5'],
      ...['--max-tokens', '500'],
      ...['--evaluate', 'reprompt', '--method', 'step-graph,random', '--thresholds', '0.5'],
    ],
    rows: [],
  },
  compress: {
    args: folder => [
      ...['compress', traces(work), ...common, '--out', join(folder, 'pruned.jsonl')],
      ...['--ratio', '0.4', '--check', '4'],
    ],
    rows: ['pruned.jsonl', 'pruned.jsonl.report.jsonl'],
  },
  study: {
    args: folder => [
      ...['study', ...common, '--out', folder, '--quick'],
      ...(short
        ? ['--parts', 'labels,traces', '--limit', '2', '--problems', '2']
        : ['--limit', '3', '--problems', '3']),
      ...['--max-tokens', '320'],
    ],
    rows: [],
  },
})

/** Of the embedded model's labelled traces; every ninth is no row. @param {string} work */
const traces = work => join(work, 'traces.jsonl')

/** @param {string} work @param {number} count */
async function writeTraces(work, count) {
  const { study } = await embeddedModel()
  const labelled = readFileSync(study, 'utf8').trim().split('\n')
  const rows = Array.from({ length: count }, (_, i) => {
    const { problem, steps, reply } = JSON.parse(labelled[i % labelled.length] ?? '')
    return i % 9 === 5
      ? '{"broken'
      : JSON.stringify({ i, problem, thinking: steps.join('\n\n'), answer: reply })
  })
  writeFileSync(traces(work), `${rows.join('\n')}\n`)
}

/** Ends with the exit code or the signal, and what was said on stderr. @param {readonly string[]} args */
function start(args) {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', data => {
    said += data
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ end: code ?? signal, said }))
  return { child, ended }
}

/** Resolves behind so many changes in a folder. @param {string} folder @param {number} count @param {AbortSignal} signal */
async function changes(folder, count, signal) {
  let left = count
  const watcher = watch(folder, { signal })
  watcher.on('error', () => {})
  await new Promise(resolve => {
    watcher.on('change', () => --left === 0 && resolve(null))
    watcher.on('close', resolve)
  })
}

/** One kind of job, killed so often. */
class Killing {
  faults = 0
  kills = 0
  lives = 0
  #refused = 0

  /** @param {Kind} kind @param {{ work: string, seed: number, short: boolean }} how */
  constructor(kind, { work, seed, short }) {
    this.work = work
    this.kind = kind
    this.job = jobsIn(work, short)[kind]
    this.random = mulberry32(seed)
  }

  /** @param {string} what */
  #fault(what) {
    this.faults++
    console.log(
      JSON.stringify({ kind: this.kind, life: this.lives, kills: this.kills, fault: what }),
    )
  }

  #killed() {
    this.kills++
    if (this.kills % 10 === 0)
      console.error(`${this.kind}: ${this.kills} kills, ${this.lives} runs`)
  }

  #folder() {
    const folder = join(this.work, `${this.kind}-${this.lives++}`)
    mkdirSync(folder)
    return folder
  }

  /** @param {number} kills */
  async until(kills) {
    const folder = this.#folder()
    const began = performance.now()
    let written = 0
    const watcher = watch(folder, () => written++)
    const { end, said } = await start(this.job.args(folder)).ended
    watcher.close()
    if (end !== 0) throw new Error(`${this.kind} fails undisturbed: ${said}`)
    const whole = recordsOf(folder, this.job.rows)
    const usual = { millis: performance.now() - began, written }
    rmSync(folder, { recursive: true })
    while (this.kills < kills) await this.#life(whole, usual, kills)
    const refused = this.#refused === 0 ? '' : `, ${this.#refused} refused beside another`
    console.log(
      `${this.kind}: ${this.kills} kills of ${this.lives - 1} runs${refused}, ${this.faults} faults`,
    )
  }

  /** Killed until it comes to its end. @param {Record<string, string>} whole @param {{ millis: number, written: number }} usual @param {number} kills */
  async #life(whole, usual, kills) {
    const folder = this.#folder()
    for (;;) {
      const last = this.kills >= kills
      const { end, said } = await this.#process(folder, last ? null : usual)
      if (end === 'SIGKILL') this.#killed()
      else if (end === 0) break
      else return this.#fault(`ended with ${end}: ${said}`)
    }
    const found = difference(whole, recordsOf(folder, this.job.rows))
    if (found !== null) return this.#fault(found)
    rmSync(folder, { recursive: true })
  }

  /** @param {string} folder @param {{ millis: number, written: number } | null} usual null: it is not killed */
  async #process(folder, usual) {
    const running = start(this.job.args(folder))
    if (usual === null) return running.ended
    const over = new AbortController()
    running.ended.finally(() => over.abort())
    const { signal } = over
    if (this.random.next() < 0.1) await this.#twin(folder, running, signal)
    const moment =
      this.random.next() < 0.5
        ? sleep(this.random.next() * usual.millis, null, { signal })
        : changes(folder, 1 + this.random.integer(usual.written), signal).then(() =>
            sleep(this.random.next() * 4, null, { signal }),
          )
    await moment.catch(() => {})
    running.child.kill('SIGKILL')
    return running.ended
  }

  /** Another one that wants the folder while it is written. @param {string} folder @param {ReturnType<typeof start>} first @param {AbortSignal} signal */
  async #twin(folder, first, signal) {
    const lock = join(folder, this.kind === 'compress' ? 'pruned.jsonl.lock' : '.lock')
    // what a killed one left is there before
    const held = () =>
      existsSync(lock) && readFileSync(lock, 'utf8').startsWith(`${first.child.pid} `)
    while (!held() && !signal.aborted) await sleep(2)
    const { end, said } = await start(this.job.args(folder)).ended
    // the first one may have let go of the folder before: then it is at its end, and the records say whether it was alone
    if (end === 0 && (await first.ended).end === 0) return
    if (end === 1 && /ERR_RESULTS .* is being written by process \d+ on/.test(said)) this.#refused++
    else this.#fault(`the second of two ended with ${end}: ${said}`)
  }
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    of: { type: 'string' },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
  },
})
const { short } = values
const kills = short ? 2 : Number(values.kills)
const kinds = /** @type {const} */ (['run', 'compress', 'study']).filter(
  kind => values.of === undefined || values.of === kind,
)
const work = mkdtempSync(join(tmpdir(), 'cot-prune-kill-'))
let faults = 0
try {
  await writeTraces(work, short ? 12 : 36)
  for (const kind of kinds) {
    const killing = new Killing(kind, { work, seed: Number(values.seed), short })
    await killing.until(kills)
    faults += killing.faults
  }
} finally {
  if (faults === 0) rmSync(work, { recursive: true })
  else console.log(`what is left is in ${work}`)
}
console.log(`${kills * kinds.length} cases, ${faults} faults`)
process.exitCode = faults === 0 ? 0 : 1
