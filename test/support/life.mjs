// @ts-check
/**
 * A process that ends in one stage of life: `node life.mjs STAGE MODEL MILLIS`. A stage is a name of `moments`, or `JOB: ENDING`
 * of any job of life-jobs.mjs and any of `endings`, which comes MILLIS behind the job's beginning. See test/hard/lifetimes.mjs.
 */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { loadModel } from '../../dist/index.js'
import { busyMillis, jobs, roomy } from './life-jobs.mjs'

/**
 * @typedef {import('./life-jobs.mjs').Place} Place
 * @typedef {{ readonly code: number, readonly run: (given: Given) => Promise<unknown> }} Stage `code` is what it exits with
 * @typedef {{ readonly job: string, readonly path: string, readonly millis: number }} Given
 */

/** @param {number} millis */
const sleep = millis => new Promise(resolve => setTimeout(resolve, millis))
/** @param {unknown} holds @param {string} what @returns {asserts holds} */
function demand(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`)
}

/** @param {string} path @returns {Promise<Place>} */
async function open(path) {
  const model = await loadModel(path)
  const session = await model.createSession(roomy)
  if (session.info.isolated) console.log(`pid ${session.info.pid}`)
  return { path, model, session }
}

/** What became of a job: 'done', or what it rejected with. @param {Promise<unknown>} job */
const outcomeOf = job =>
  job.then(
    () => 'done',
    error => error,
  )

/** Begins the job and comes back in the middle of it. @param {Given} given @param {AbortSignal} [signal] */
async function begun({ job, path, millis }, signal) {
  const place = await open(path)
  const run = jobs[job]
  demand(run, `there is a job ${job}`)
  const outcome = outcomeOf(run(signal === undefined ? place : { ...place, signal }))
  await sleep(millis)
  return { place, outcome }
}

/** @param {unknown} outcome @param {string} what */
function demandClosed(outcome, what) {
  const closed = outcome instanceof Error && Reflect.get(outcome, 'code') === 'ERR_CLOSED'
  demand(outcome === 'done' || closed, `${what} ends or is ERR_CLOSED, not ${outcome}`)
}

/** @param {Place} place */
async function demandWorks({ session }) {
  const { tokens } = await session.generate('hello', { maxTokens: 4, temperature: 1 }).finish()
  demand(tokens.length === 4, 'the session works as before')
}

/** @param {Given} given */
async function aborts(given) {
  const controller = new AbortController()
  const reason = { why: 'no Error' }
  const { place, outcome } = await begun(given, controller.signal)
  controller.abort(reason)
  const found = await outcome
  demand(found === 'done' || found === reason, `it rejects with the reason, not ${found}`)
  await demandWorks(place)
}

/** @param {Given} given @param {(place: Place) => Promise<unknown>[]} close */
async function closes(given, close) {
  const { place, outcome } = await begun(given)
  await Promise.all(close(place))
  demandClosed(await outcome, given.job)
  demandClosed(await outcomeOf(place.session.attention([65])), 'a job behind it')
}

/** Nothing here holds model or session any more; the job must. @param {Given} given */
async function drops(given) {
  const { outcome } = await begun(given)
  let settled = false
  void outcome.then(() => {
    settled = true
  })
  while (!settled) {
    globalThis.gc?.()
    await sleep(1)
  }
  demand((await outcome) === 'done', `it ends as if somebody held it, not with ${await outcome}`)
}

/** In the middle of its second round, so that the longest native job is known. @param {Given} given */
async function terminates({ job, path, millis }) {
  const longest = new Float64Array(new SharedArrayBuffer(8))
  const workerData = { job, path, longest }
  const worker = new Worker(new URL('life-worker.mjs', import.meta.url), { workerData })
  await once(worker, 'message')
  await sleep(millis)
  const started = busyMillis()
  const code = await worker.terminate()
  const took = busyMillis() - started
  console.log(`terminated in ${took.toFixed()} ms; longest native job ${longest[0]?.toFixed()} ms`)
  demand(code === 1, 'it was at work')
  demand(took < (longest[0] ?? Number.NaN) + 1000, 'within one chunk and a second')
}

/** Two workers and this thread at once; all end by themselves but one. @param {Given} given */
async function threads({ job, path, millis }) {
  const longest = new Float64Array(new SharedArrayBuffer(8))
  const [whole, cut] = [1, Number.POSITIVE_INFINITY].map(rounds => {
    const workerData = { job, path, longest, rounds }
    return new Worker(new URL('life-worker.mjs', import.meta.url), { workerData })
  })
  demand(whole && cut, 'two workers')
  const over = once(whole, 'exit')
  const { outcome } = await begun({ job, path, millis: 0 })
  await once(cut, 'message')
  await sleep(millis)
  await cut.terminate()
  demand((await outcome) === 'done', `this thread's ends, not with ${await outcome}`)
  demand((await over)[0] === 0, 'the worker ends by itself')
}

/** How a job's process may go on. @type {Readonly<Record<string, Stage>>} */
export const endings = {
  'left alone': {
    code: 0,
    run: async given => {
      const { outcome } = await begun(given)
      demand((await outcome) === 'done', `it ends, not with ${await outcome}`)
    },
  },
  'left without waiting': { code: 0, run: begun },
  aborted: { code: 0, run: aborts },
  'session closed': { code: 0, run: given => closes(given, ({ session }) => [session.close()]) },
  'model closed first': {
    code: 0,
    run: given => closes(given, ({ model, session }) => [model.close(), session.close()]),
  },
  'closed twice': {
    code: 0,
    run: given =>
      closes(given, ({ model, session }) => [session, session, model, model].map(x => x.close())),
  },
  'handles dropped': { code: 0, run: drops },
  'worker terminated': { code: 0, run: terminates },
  'three threads': { code: 0, run: threads },
  'process.exit': {
    code: 7,
    run: async given => {
      await begun(given)
      process.exit(7)
    },
  },
  'uncaught error': {
    code: 1,
    run: async given => {
      await begun(given)
      setTimeout(() => {
        throw new Error('on purpose')
      })
    },
  },
}

/** Where nothing is at work. @type {Readonly<Record<string, Stage>>} */
export const moments = {
  'addon loaded': { code: 0, run: async () => {} },
  'model loaded': { code: 0, run: ({ path }) => loadModel(path) },
  'model loaded, and closed twice': {
    code: 0,
    run: async ({ path }) => {
      const model = await loadModel(path)
      await Promise.all([model.close(), model.close()])
      await model.close()
    },
  },
  'session open': { code: 0, run: ({ path }) => open(path) },
  'session closed': { code: 0, run: async ({ path }) => (await open(path)).session.close() },
  'model closed, session left': {
    code: 0,
    run: async ({ path }) => (await open(path)).model.close(),
  },
  'process.exit with a session open': {
    code: 7,
    run: async ({ path }) => {
      await open(path)
      process.exit(7)
    },
  },
  'in the middle of a loop': {
    code: 0,
    run: async ({ path }) => {
      const { session } = await open(path)
      for await (const _ of session.generate('hello', { maxTokens: 500, chunkTokens: 64 })) break
    },
  },
  'between two chunks': {
    code: 0,
    run: async ({ path }) => {
      const { session } = await open(path)
      await session.generate('hello', { maxTokens: 500, chunkTokens: 64 }).next()
    },
  },
  'dropped handles are freed': {
    code: 0,
    run: async ({ path }) => {
      /** @type {Set<unknown>} */
      const freed = new Set()
      const registry = new FinalizationRegistry(name => freed.add(name))
      for (const name of ['first', 'second']) {
        const { model, session } = await open(path)
        registry.register(model, `${name} model`)
        registry.register(session, `${name} session`)
        await session.attention([65])
      }
      for (let i = 0; i < 100 && freed.size < 4; i++) {
        globalThis.gc?.()
        await sleep(5)
      }
      // what was opened last may still be on the stack
      demand(freed.has('first model') && freed.has('first session'), `freed are ${[...freed]}`)
    },
  },
}

/** @param {string} stage @returns {Stage | undefined} */
export function stageOf(stage) {
  const [, ending = ''] = stage.split(': ')
  return moments[stage] ?? endings[ending]
}

async function main() {
  const [name = '', path = '', millis = '0'] = process.argv.slice(2)
  const stage = stageOf(name)
  if (stage === undefined) throw new Error(`no stage ${name}`)
  await stage.run({ job: name.split(': ')[0] ?? '', path, millis: Number(millis) })
  console.log('reached the end')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
