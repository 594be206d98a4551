// @ts-check
/** Calls the addon with what lib/ would never pass: `node seam.mjs MODEL FIRST`. */
import { native } from '../../dist/engine/native.js'
import { openModelHandle, openSessionHandle } from './addon.mjs'

/** @typedef {import('../../types/native.js').ModelHandle} Model */
/** @typedef {import('../../types/native.js').SessionHandle} Session */

const [path = '', from = '0'] = process.argv.slice(2)
const addon = native()
const none = new Int32Array(0)
const one = Int32Array.of(0)
const largest = 2 ** 31 - 1

/** @param {Model} model @param {number} batch @param {number} branches @param {number} threads */
const open = (model, batch, branches, threads, context = 512) =>
  openSessionHandle(addon, model, {
    contextLength: context,
    batchSize: batch,
    branches,
    threads,
    memoryLimit: 2 ** 32,
  })
/** @param {Session} session @param {number} branch */
const prepare = async (session, branch) => {
  await addon.sessionExtend(session, branch, Int32Array.of(65), true, 0, none, none, none)
  addon.sessionSampler(session, branch, 1, 0, 1, 0, 1, 0, 64, 0, [])
}
/** @param {readonly number[]} spans @returns {(model: Model) => Promise<unknown>} */
const spans =
  (...spans) =>
  async model => {
    const session = await open(model, 64, 4, 1)
    const tokens = Int32Array.of(1, 2, 3)
    return addon.sessionExtend(session, 0, tokens, true, 1, none, none, Int32Array.from(spans))
  }
/** @param {readonly number[]} branches @param {number} count @param {boolean} capture */
const sample =
  (branches, count, capture, batch = 64) =>
  /** @param {Model} model */
  async model => {
    const session = await open(model, batch, 8, 1)
    for (const branch of new Set(branches)) await prepare(session, branch)
    return addon.sessionSample(
      session,
      Int32Array.from(branches),
      count,
      capture,
      none,
      none,
      none,
      -1,
    )
  }
/** @param {readonly number[]} values of the sampler, temperature to seed */
const sampler =
  (...values) =>
  /** @param {Model} model */
  async model => {
    const [temperature = 0, topK = 0, topP = 1, minP = 0, penalty = 1, window = 64] = values
    const session = await open(model, 64, 1, 1)
    await prepare(session, 0)
    addon.sessionSampler(session, 0, temperature, topK, topP, minP, penalty, 0, window, 0, [''])
    return addon.sessionSample(session, one, 4, false, none, none, none, -1)
  }
/** @param {number} queries */
const queries = queries => async (/** @type {Model} */ model) => {
  const session = await open(model, 64, 4, 1)
  return call(addon.sessionExtend, session, 0, one, true, queries, none, none, none)
}
/** @param {(...args: never[]) => unknown} target @param {readonly unknown[]} args */
const call = (target, ...args) => Reflect.apply(target, undefined, args)

/** @type {Readonly<Record<string, (model: Model) => unknown>>} */
const cases = {
  'context 0': model => open(model, 64, 4, 1, 0),
  'context -1': model => open(model, 64, 4, 1, -1),
  'context 2^31-1': model => open(model, 64, 4, 1, largest),
  'batch 0': model => open(model, 0, 4, 1),
  'batch -1': model => open(model, -1, 4, 1),
  'branches 0': model => open(model, 64, 0, 1),
  'branches -1': model => open(model, 64, -1, 1),
  'branches 257': model => open(model, 64, 257, 1),
  'branches 2^31-1': model => open(model, 64, largest, 1),
  'threads 0': model => open(model, 64, 4, 0),
  'threads -1': model => open(model, 64, 4, -1),
  'threads 513': model => open(model, 64, 4, 513),
  'threads 2^31-1': model => open(model, 64, 4, largest),
  'queries 7': queries(7),
  'queries -1': queries(-1),
  'span far before the row': spans(-2_000_000_000, 2),
  'span just before the row': spans(-3, 2),
  'span behind the row': spans(0, largest),
  'span backwards': spans(2, 0),
  'span without an end': spans(1),
  'a branch twice in a batch': sample([0, 0], 4, false),
  'more branches than a batch has room': sample([0, 1, 2, 3], 4, false, 2),
  'maxTokens -1': sample([0], -1, true),
  'maxTokens 0': sample([0], 0, true),
  'maxTokens 2^31-1 with rows': sample([0], largest, true),
  'maxTokens 2^31-1': sample([0], largest, false),
  'no branches': sample([], 4, true),
  'temperature -1': sampler(-1),
  'temperature 1e300': sampler(1e300),
  'temperature 1e-40': sampler(1e-40),
  'topK -5': sampler(1, -5),
  'topK 2^31-1': sampler(1, largest),
  'topP 0': sampler(1, 0, 0),
  'topP -1': sampler(1, 0, -1),
  'minP 2': sampler(1, 0, 1, 2),
  'penalty 0': sampler(1, 0, 1, 0, 0),
  'penalty -1': sampler(0, 0, 1, 0, -1),
  'window -2^31': sampler(0, 0, 1, 0, 2, -(2 ** 31)),
  'window 2^20': sampler(0, 0, 1, 0, 2, 2 ** 20),
  'path with a zero': () => openModelHandle(addon, `${path}\0x`),
  'path of a device': () => openModelHandle(addon, '/dev/zero'),
  'gpuLayers -5': () => openModelHandle(addon, path, { gpuLayers: -5 }),
  'more roles than contents': model =>
    addon.modelRenderChat(model, '{{ messages }}', ['user', 'user'], [''], true, '{}'),
  'a closed model under an open session': async model => {
    const session = await open(model, 64, 1, 1)
    await addon.modelClose(model)
    await prepare(session, 0)
    await addon.sessionClose(session)
  },
}

// one line a case, begun before it runs: the last line says which one ended the process
for (const [name, run] of Object.entries(cases).slice(Number(from))) {
  process.stdout.write(`${name}: `)
  const model = await openModelHandle(addon, path)
  const outcome = await Promise.resolve(run(model)).then(
    () => 'works',
    error => error.code ?? String(error),
  )
  await addon.modelClose(model)
  process.stdout.write(`${outcome}\n`)
}
