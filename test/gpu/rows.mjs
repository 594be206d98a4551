// @ts-check
/**
 * Attention rows of the GPU against those of the CPU, from the same file: all heads and chosen
 * ones, of the last token and of every token, flash attention on and off, F16 and Q8_0 cache, and
 * with half of the layers on the GPU.
 */
import { child } from '../../bench/measure.mjs'
import { native } from '../../dist/engine/native.js'
import { embeddedModel } from '../../dist/index.js'
import { openModelHandle, openSessionHandle } from '../support/addon.mjs'
import { tinyModel } from '../support/tiny-models.mjs'

/** @typedef {import('../../types/native.d.ts').NativeRows} NativeRows */
/**
 * @typedef {object} Options
 * @property {'qwen2' | 'llama' | 'gemma3' | 'embedded'} model
 * @property {number} tokens
 * @property {number} threads
 */
/** @typedef {{ flash: boolean, cache: 'f16' | 'q8_0' }} Setting */
/** @typedef {{ queries: 1 | 2, chosen: boolean }} Request */

const addon = native()

/**
 * Layers to put on the GPU, the output among them: all of them, and half of them.
 * @param {string} path
 */
async function placements(path) {
  if (!addon.devices().some(({ type }) => type === 'gpu')) return [0]
  const model = await openModelHandle(addon, path)
  const { layers } = addon.modelInfo(model)
  await addon.modelClose(model)
  return [layers + 1, 1 + (layers >> 1)]
}

/** @param {Options['model']} name */
async function modelPath(name) {
  if (name === 'embedded') return (await embeddedModel()).model
  // F32 weights: with others the backends round activations differently, and rows with them
  return tinyModel({ arch: name, type: 'F32', layers: name === 'gemma3' ? 12 : 4 })
}

/** @type {readonly Request[]} */
const requests = [
  { queries: 1, chosen: false },
  { queries: 1, chosen: true },
  { queries: 2, chosen: false },
  { queries: 2, chosen: true },
]

/** @type {readonly Setting[]} */
const settings = [
  { flash: false, cache: 'f16' },
  { flash: true, cache: 'f16' },
  { flash: true, cache: 'q8_0' },
]

/**
 * Rows of all requests, in their order.
 * @param {string} path
 * @param {number} gpuLayers
 * @param {Setting} setting
 * @param {Int32Array} tokens
 * @param {number} threads
 */
async function rowsOf(path, gpuLayers, { flash, cache }, tokens, threads) {
  const model = await openModelHandle(addon, path, { gpuLayers })
  const { layers, heads } = addon.modelInfo(model)
  const cells = tokens.length + 8
  const session = await openSessionHandle(addon, model, {
    contextLength: cells,
    batchSize: cells,
    threads,
    flashAttention: flash,
    keyType: cache,
    valueType: cache,
  })
  // of sliding-window models only every sixth layer has rows
  const chosenLayers = Int32Array.of(layers - 1, layers - 1, layers > 6 ? 5 : 0)
  const chosenHeads = Int32Array.of(0, heads - 1, 1)
  const none = new Int32Array(0)
  /** @type {NativeRows[]} */
  const found = []
  for (const { queries, chosen } of requests) {
    await addon.sessionDrop(session, 0)
    const lists = chosen ? [chosenLayers, chosenHeads] : [none, none]
    const [inLayers = none, inHeads = none] = lists
    const rows = await addon.sessionExtend(
      session,
      0,
      tokens,
      false,
      queries,
      inLayers,
      inHeads,
      none,
    )
    if (rows === null) throw new Error('no rows came back')
    found.push(rows)
  }
  await addon.sessionClose(session)
  await addon.modelClose(model)
  return found
}

/**
 * Normalised mean squared error; NaN where the shapes differ.
 * @param {NativeRows} actual
 * @param {NativeRows} expected
 */
function nmse(actual, expected) {
  let error = actual.data.length === expected.data.length ? 0 : Number.NaN
  let power = 0
  for (const [i, value] of expected.data.entries()) {
    error += ((actual.data[i] ?? Number.NaN) - value) ** 2
    power += value ** 2
  }
  return error / power
}

/** @param {Request} request */
const label = ({ queries, chosen }) =>
  `${chosen ? 'chosen heads' : 'all heads'}, ${queries === 1 ? 'last token' : 'every token'}`

/** @param {Options} options */
async function trial(options) {
  const path = await modelPath(options.model)
  const tokens = Int32Array.from({ length: options.tokens }, (_, i) => 32 + ((i * 37) % 95))
  const rows = []
  for (const setting of settings) {
    // flash attention of the CPU adds values up in F16: only a quantised value cache needs it there
    const reference = { ...setting, flash: setting.cache !== 'f16' }
    const expected = await rowsOf(path, 0, reference, tokens, options.threads)
    for (const gpuLayers of await placements(path)) {
      const found = await rowsOf(path, gpuLayers, setting, tokens, options.threads)
      for (const [i, request] of requests.entries()) {
        const { flash, cache } = setting
        const how = `${cache.toUpperCase()} cache, flash ${flash ? 'on' : 'off'}`
        const name = `${how}, ${gpuLayers} layers on the GPU, ${label(request)}`
        const [actual, wanted] = [found[i], expected[i]]
        const value = actual && wanted ? nmse(actual, wanted) : Number.NaN
        rows.push({ name, value, unit: 'NMSE' })
      }
    }
  }
  return { rows }
}

await child(trial)
