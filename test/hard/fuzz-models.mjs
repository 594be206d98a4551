// @ts-check
/**
 * node test/hard/fuzz-models.mjs [--cases N] [--seed S] [--only ARCH] [--short]
 *
 * Damaged files of every architecture: each has to end in a typed error or a working model, and none in a signal, a
 * hang, or a gigabyte of memory. What ended otherwise is printed, one JSON line each; what is found is mended, and kept as a recipe in corpus.json.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readGguf, writeGguf } from '../support/gguf.mjs'
import { families } from '../support/tiny/families.mjs'
import { tinyModel } from '../support/tiny-models.mjs'
import { damaged, damageOf, describe } from './mutate.mjs'

/** @typedef {import('./mutate.d.mts').Damage} Damage */
/** @typedef {import('../support/tiny-models.d.mts').TinyArchitecture} TinyArchitecture */
/** @typedef {import('../support/gguf.d.mts').GgufValue} GgufValue */
/** A seeded damage, or a recipe of the corpus. @typedef {{ arch: TinyArchitecture, damage: Damage } | { arch: TinyArchitecture, key: string, value: GgufValue }} Case */
/** @typedef {{ outcome: string, maxRSS: number }} Outcome */

const small = { headDim: 16, embedding: 64, ff: 96, slidingWindow: 32, context: 2048 }
const longestMillis = 5000
const mostKib = 2 ** 20
/** A child may keep what it had to give up: a new one now and then. */
const casesOfChild = 200

const child = fileURLToPath(new URL('use-models.mjs', import.meta.url))

/**
 * Processor time of a process so far: on a busy machine the clock says nothing. Ticks are of 10 ms on every Linux.
 * @param {number | undefined} pid
 */
function busyMillis(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return 10 * (Number(fields[11]) + Number(fields[12]))
  } catch {
    return 0
  }
}

/** Asks one child after another. */
class Users {
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null
  /** @type {AsyncIterator<string> | null} */
  #lines = null
  #asked = 0

  /** @param {string} path @returns {Promise<Outcome>} */
  async ask(path) {
    if (this.#asked++ % casesOfChild === 0) this.end()
    if (this.#process === null) {
      this.#process = spawn(process.execPath, [child], { stdio: ['pipe', 'pipe', 'ignore'] })
      const { stdout } = this.#process
      if (stdout === null) throw new TypeError('no stdout')
      this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    }
    const asked = this.#process
    asked.stdin?.write(`${path}\n`)
    let hangs = false
    const before = busyMillis(asked.pid)
    const timer = setInterval(() => {
      hangs = busyMillis(asked.pid) - before > longestMillis
      if (hangs) asked.kill('SIGKILL')
    }, 250)
    const line = await this.#lines?.next()
    clearInterval(timer)
    if (line?.done === false) return JSON.parse(line.value)
    this.#process = null
    const signal =
      asked.signalCode ?? (await new Promise(resolve => asked.once('exit', (_, by) => resolve(by))))
    return { outcome: hangs ? 'hang' : `ended by ${signal}`, maxRSS: 0 }
  }

  end() {
    this.#process?.stdin?.end()
    this.#process = null
  }
}

/** @param {Outcome} outcome */
export const isFault = ({ outcome, maxRSS }) =>
  maxRSS > mostKib || !(outcome === 'works' || /^ERR_/.test(outcome))

/** @param {Iterable<Case>} cases @param {(one: Case, outcome: Outcome) => void} told */
export async function tryAll(cases, told) {
  const folder = mkdtempSync(join(tmpdir(), 'cot-prune-fuzz-'))
  const users = new Users()
  try {
    for (const one of cases) {
      const path = join(folder, 'damaged.gguf')
      if ('damage' in one)
        writeFileSync(path, damaged(readFileSync(goodFile(one.arch)), one.damage))
      else writeRecipe(path, one)
      told(one, await users.ask(path))
    }
  } finally {
    users.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} path @param {{ arch: TinyArchitecture, key: string, value: GgufValue }} recipe */
function writeRecipe(path, { arch, key, value }) {
  const { metadata, tensors } = readGguf(goodFile(arch))
  if (!(key in metadata)) throw new Error(`${arch} has no ${key}`)
  writeGguf(path, { tensors, metadata: { ...metadata, [key]: value } })
}

/** What ended a process once. @returns {Case[]} */
export const corpus = () =>
  JSON.parse(readFileSync(new URL('corpus.json', import.meta.url), 'utf8'))

/** @param {TinyArchitecture} arch */
const goodFile = arch => tinyModel({ ...small, arch })

/** @param {readonly TinyArchitecture[]} archs @param {number} count @param {number} seed @returns {Generator<Case>} */
export function* casesOf(archs, count, seed) {
  const files = archs.map(arch => ({ arch, file: describe(readFileSync(goodFile(arch))) }))
  // a range of seeds is a part of a longer run
  for (let i = seed; i < seed + count; i++) {
    const one = files[i % files.length]
    if (one !== undefined) yield { arch: one.arch, damage: damageOf(i, one.file) }
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  })
  const archs = /** @type {TinyArchitecture[]} */ (Object.keys(families)).filter(
    arch => values.only === undefined || arch === values.only,
  )
  /** @type {Map<string, number>} */
  const counts = new Map()
  let faults = 0
  const count = Number(values.cases ?? (values.short ? 130 : 20_000))
  const cases = [...corpus(), ...casesOf(archs, count, Number(values.seed))]
  await tryAll(cases, (one, outcome) => {
    counts.set(outcome.outcome, (counts.get(outcome.outcome) ?? 0) + 1)
    if (!isFault(outcome)) return
    faults++
    console.log(JSON.stringify({ ...one, outcome: outcome.outcome }))
  })
  console.error(Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)))
  console.error(`${cases.length} cases, ${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
