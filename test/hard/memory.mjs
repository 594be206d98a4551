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
 *   `rounds` times behind a warm-up of a fifth of them; `short` is for --short
 */

const mostBytes = 5e6
const path = tinyModel()
const small = { ...roomy, contextLength: 1024 }
const hello = { maxTokens: 8, temperature: 1 }

/** @param {Partial<import('../../dist/index.js').SessionOptions>} options @returns {Habit} */
const sessions = options => ({
  rounds: 1000,
  short: 100,
  begin: async () => {
    const model = await loadModel(path)
    return async seed => {
      const session = await model.createSession({ ...small, ...options })
      await session.generate('hello', { ...hello, seed }).finish()
      await session.close()
    }
  },
})

/** @param {string} job @param {number} rounds @returns {Habit} */
const repeated = (job, rounds) => ({
  rounds,
  short: Math.ceil(rounds / 10),
  begin: async () => {
    const model = await loadModel(path)
    const session = await model.createSession({ ...roomy, threads: 2 })
    return async () => jobs[job]?.({ path, model, session, tokens: 60 })
  },
})

/** @type {Readonly<Record<string, Habit>>} */
const habits = {
  'sessions opened, used, closed': sessions({}),
  'sessions of two threads': sessions({ threads: 2 }),
  'sessions of large batches': sessions({ contextLength: 8192, batchSize: 2048 }),
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
    rounds: 200,
    short: 30,
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
      const names = Object.keys(jobs).filter(name => name !== 'loading')
      return async round => {
        const signal = AbortSignal.timeout(random.integer(30))
        const job = jobs[names[round % names.length] ?? '']
        await job?.({ path, model, session, signal }).catch(() => {})
        await session.generate('hello', hello).finish()
      }
    },
  },
  ...Object.fromEntries(
    Object.keys(jobs)
      .filter(name => name !== 'loading' && name !== 'opening a session')
      .map(name => [name, repeated(name, 100)]),
  ),
}

async function collected() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** Bytes: resident, and of JavaScript. */
async function memory() {
  await collected()
  const { rss, heapTotal, external } = process.memoryUsage()
  return { rss, script: heapTotal + external }
}

/** @param {Habit} habit @param {number} rounds */
async function grown({ begin }, rounds) {
  const one = await begin()
  const warm = Math.max(3, Math.ceil(rounds / 5))
  for (let round = 0; round < warm; round++) await one(round)
  const before = await memory()
  for (let round = 0; round < rounds; round++) await one(warm + round)
  const after = await memory()
  return { rounds, rss: after.rss - before.rss, script: after.script - before.script }
}

/** @param {number} bytes */
const mb = bytes => `${(bytes / 1e6).toFixed(1).padStart(6)} MB`

/** @param {string} name @param {boolean} short */
async function tell(name, short) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), '--habit', name]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    short ? [...args, '--short'] : args,
  )
  const { rounds, rss, script } = JSON.parse(stdout)
  const fault = rss < mostBytes ? '' : '  grew'
  console.log(`${mb(rss)} (JavaScript ${mb(script)}) in ${rounds} rounds: ${name}${fault}`)
  return fault === ''
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
  let well = true
  for (const name of Object.keys(habits).filter(name => name.includes(values.only))) {
    well = (await tell(name, values.short)) && well
  }
  process.exitCode = well ? 0 : 1
}
