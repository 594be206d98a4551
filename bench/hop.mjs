// @ts-check
/** What one call from JavaScript into the addon costs: with a promise, and synchronous. */
import { Bench } from 'tinybench'
import { native as loadNative } from '../dist/engine/native.js'
import { openModelHandle, openSessionHandle } from '../test/support/addon.mjs'
import { child } from './measure.mjs'
import { shapePath } from './shapes.mjs'

/** Calls in one sample: a single one is shorter than the clock can tell. */
const calls = 500

/** @param {{ millis: number }} options */
async function trial(options) {
  const native = loadNative()
  const model = await openModelHandle(native, shapePath('embedded'))
  const limit = Number.MAX_SAFE_INTEGER
  const session = await openSessionHandle(native, model, {
    contextLength: 256,
    batchSize: 64,
    branches: 2,
    flashAttention: true,
    memoryLimit: limit,
  })
  const nothing = async () => {}
  const bench = new Bench({ time: options.millis })
  bench.add('promise call (sessionCut of nothing)', async () => {
    for (let i = 0; i < calls; i++) await native.sessionCut(session, 0, 0, 0)
  })
  bench.add('synchronous call (sessionInfo)', () => {
    for (let i = 0; i < calls; i++) native.sessionInfo(session)
  })
  bench.add('async function of nothing', async () => {
    for (let i = 0; i < calls; i++) await nothing()
  })
  await bench.run()
  await native.sessionClose(session)
  await native.modelClose(model)
  const rows = bench.tasks.map(({ name, result }) => {
    if (!('latency' in result)) throw new Error(`${name}: no result`)
    return { name, value: (1000 * result.latency.p50) / calls, unit: 'µs' }
  })
  return { rows }
}

await child(trial)
