// @ts-check
/**
 * node test/hard/memory.mjs [--only TEXT] [--short]
 *
 * What is done over and over must not add up: resident memory behind a warm-up, and again many rounds later, in a process for each
 * thing that is done. One line each; exit code 1 where one grew by 5 MB.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { loadModel } from '../../dist/index.js'
import { jobs, roomy } from '../support/life-jobs.mjs'
import { mulberry32 } from '../support/random.mjs'
import { badFiles, tinyModel } from '../support/tiny-models.mjs'

/**
 * @typedef {import('../support/life-jobs.mjs').Place} Place
 * @typedef {(round: number) => Promise<unknown>} Round
 * @typedef {{ readonly rounds: number, readonly short: number, readonly begin: () => Promise<Round> }} Habit what is done
 *   `rounds` times behind a warm-up of half as many; `short` is for --short, 0: left out
 */

const mostBytes = 5e6
/**
 * glibc raises what it takes for a large block to the largest that was freed, and what it keeps at the end of each arena to twice that:
 * 12 MB came and went with buffers of large batches. With a fixed size large blocks go back when they are freed.
 */
const fixed = { MALLOC_MMAP_THRESHOLD_: String(2 ** 17) }
/** V8 takes 8 MB more for young objects when it finds that many survive: a step, whenever that is. */
const fixedHeap = ['--min-semi-space-size=1', '--max-semi-space-size=1']
const samples = 20
const path = tinyModel()
const small = { ...roomy, contextLength: 1024 }
const hello = { maxTokens: 8, temperature: 1 }

/** @param {number} rounds @param {Partial<import('../../dist/index.js').SessionOptions>} options @returns {Habit} */
const sessions = (rounds, options) => ({
  rounds,
  short: Math.ceil(rounds / 10),
  begin: async () => {
    const model = await loadModel(path)
    return async seed => {
      const session = await model.createSession({ ...small, ...options })
      await session.generate('hello', { ...hello, seed }).finish()
      await session.close()
    }
  },
})

/** By turns. @param {readonly string[]} names @param {number} rounds @param {number} short @returns {Habit} */
const repeated = (names, rounds, short) => ({
  rounds,
  short,
  begin: async () => {
    const model = await loadModel(path)
    const session = await model.createSession({ ...roomy, threads: 2 })
    return async round =>
      jobs[names[round % names.length] ?? '']?.({ path, model, session, tokens: 60 })
  },
})
const ofSessions = Object.keys(jobs).filter(
  name => !['loading', 'opening a session'].includes(name),
)

/** @type {Readonly<Record<string, Habit>>} */
const habits = {
  'sessions opened, used, closed': sessions(1000, {}),
  'sessions of two threads': sessions(300, { threads: 2 }),
  'sessions of large batches': sessions(300, { contextLength: 8192, batchSize: 2048 }),
  'sessions opened, used, dropped': {
    rounds: 200,
    short: 30,
    begin: async () => {
      const model = await loadModel(path)
      return async () => {
        await (await model.createSession(small)).generate('hello', hello).finish()
        await collected()
      }
    },
  },
  'models loaded, used, closed': {
    rounds: 50,
    short: 10,
    begin: async () => {
      const large = tinyModel({ vocabularySize: 30_000 })
      return async round => {
        const model = await loadModel(large, { mmap: round % 2 === 0 })
        const session = await model.createSession(small)
        await session.generate('hello', hello).finish()
        await model.close()
      }
    },
  },
  'loads that fail or are aborted': {
    rounds: 400,
    short: 60,
    begin: async () => {
      const files = Object.values(badFiles(join(fileURLToPath(import.meta.url), '../../../build')))
      return async round => {
        for (const file of files) await loadModel(file).catch(() => {})
        const loading = loadModel(path, { mmap: false, signal: AbortSignal.timeout(round % 3) })
        await loading.then(model => model.close()).catch(() => {})
      }
    },
  },
  'sessions that are refused': {
    rounds: 300,
    short: 50,
    begin: async () => {
      const model = await loadModel(path)
      return () => model.createSession({ contextLength: 2 ** 31 - 1 }).catch(() => {})
    },
  },
  'aborted, and gone on': {
    rounds: 200,
    short: 40,
    begin: async () => {
      const model = await loadModel(path)
      const session = await model.createSession({ ...roomy, threads: 2 })
      const random = mulberry32(7)
      return async round => {
        const signal = AbortSignal.timeout(random.integer(30))
        const job = jobs[ofSessions[round % ofSessions.length] ?? '']
        await job?.({ path, model, session, signal }).catch(() => {})
        await session.generate('hello', hello).finish()
      }
    },
  },
  'every job by turns': repeated(ofSessions, 300, 40),
  ...Object.fromEntries(ofSessions.map(name => [`a job: ${name}`, repeated([name], 100, 0)])),
}

async function collected() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** Resident bytes, without what garbage and freed memory still take: a session that closes gives that back. @param {() => Promise<unknown>} trim */
async function resident(trim) {
  await collected()
  await trim()
  return process.memoryUsage.rss()
}

/**
 * Between samples memory goes up and down by megabytes, by what the collector and malloc's arenas keep: what leaks raises the floor. That
 * of the second half above that of the first, for all rounds.
 * @param {Habit} habit @param {number} rounds
 */
async function grown({ begin }, rounds) {
  const one = await begin()
  const model = await loadModel(path)
  const trim = async () => (await model.createSession(small)).close()
  const each = Math.ceil(rounds / samples)
  const warm = Math.ceil(rounds / 2)
  for (let round = 0; round < warm; round++) await one(round)
  const found = []
  for (let round = 0; round < rounds; round++) {
    await one(warm + round)
    if ((round + 1) % each === 0) found.push(await resident(trim))
  }
  const half = Math.floor(found.length / 2)
  const floors = [found.slice(0, half), found.slice(-half)].map(some => Math.min(...some))
  const [first = Number.NaN, second = Number.NaN] = floors
  return { rounds, found, bytes: 2 * (second - first) }
}

/** @param {number} bytes */
const mb = bytes => `${(bytes / 1e6).toFixed(1).padStart(6)} MB`

/** @param {string} name @param {boolean} short */
async function tell(name, short) {
  const args = ['--expose-gc', ...fixedHeap, fileURLToPath(import.meta.url), '--habit', name]
  if (short) args.push('--short')
  const env = { ...process.env, ...fixed }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const { rounds, found, bytes } = JSON.parse(stdout)
  const well = bytes < mostBytes
  console.log(`${mb(bytes)} in ${rounds} rounds: ${name}`)
  if (!well) console.log(`  grew: ${found.map(mb).join('')}`)
  return well
}

const { values } = parseArgs({
  options: {
    habit: { type: 'string' },
    only: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
  },
})
const habit = habits[values.habit ?? '']
if (habit !== undefined) {
  console.log(JSON.stringify(await grown(habit, values.short ? habit.short : habit.rounds)))
} else {
  let [cases, faults] = [0, 0]
  for (const [name, { short }] of Object.entries(habits)) {
    if (!name.includes(values.only) || (values.short && short === 0)) continue
    cases++
    if (!(await tell(name, values.short))) faults++
  }
  console.log(`${cases} cases, ${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
}
