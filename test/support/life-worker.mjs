// @ts-check
/** A thread that does one job over and over, and says what its longest native call took: see life.mjs. */
import { parentPort, workerData } from 'node:worker_threads'
import { native } from '../../dist/engine/native.js'
import { loadModel } from '../../dist/index.js'
import { busyMillis, jobs, roomy } from './life-jobs.mjs'

const { job, path, longest, rounds = Number.POSITIVE_INFINITY } = workerData
const addon = native()
for (const [name, call] of Object.entries(addon)) {
  /** @param {unknown[]} args */
  const timed = (...args) => {
    const started = busyMillis()
    const result = Reflect.apply(call, addon, args)
    const note = () => {
      longest[0] = Math.max(longest[0], busyMillis() - started)
    }
    if (result instanceof Promise) result.then(note, note)
    return result
  }
  Reflect.set(addon, name, timed)
}
const model = await loadModel(path)
const session = await model.createSession(roomy)
for (let round = 0; round < rounds; round++) {
  await jobs[job]?.({ path, model, session })
  if (round === 0) parentPort?.postMessage('once')
}
await model.close()
