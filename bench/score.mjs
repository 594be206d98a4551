// @ts-check
/**
 * scoreSteps on a trace that is in the cache (live) and on one that has to be decoded again (from
 * its JSON): time, and how much the highest resident set grows once all buffers are in use.
 */
import { loadModel, segment } from '../dist/index.js'
import { child, median, peakRssKb, progress, timed } from './measure.mjs'
import { capitals, madeTrace, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} length tokens of the trace, prompt included
 * @property {number} rounds
 * @property {number} threads
 * @property {boolean | 'auto'} flashAttention
 */
/** @typedef {{ millis: number[], extraKb: number, decodedTokens: number }} Measured */

/**
 * @param {number} rounds
 * @param {(round: number) => Promise<import('../types/public.d.ts').ScoredTrace>} score
 * @returns {Promise<Measured>}
 */
async function measure(rounds, score) {
  const before = peakRssKb()
  const millis = []
  let decodedTokens = 0
  for (let round = 0; round < rounds; round++) {
    const { result, millis: elapsed } = await timed(() => score(round))
    millis.push(elapsed)
    decodedTokens = result.scoring.decodedTokens
  }
  return { millis, extraKb: peakRssKb() - before, decodedTokens }
}

/**
 * @param {string} name
 * @param {Measured} measured
 * @param {Record<string, number>} [ratios] of the time
 * @returns {import('./measure.mjs').Row[]}
 */
const rowsOf = (name, { millis, extraKb, decodedTokens }, ratios = {}) => [
  { name: `${name}, time`, value: median(millis), unit: 'ms', ratios },
  { name: `${name}, extra peak memory`, value: extraKb, unit: 'KiB' },
  { name: `${name}, decoded tokens`, value: decodedTokens, unit: 'tokens' },
]

/** @param {Options} options */
async function trial(options) {
  const model = await loadModel(shapePath(options.shape))
  const session = await model.createSession({
    contextLength: options.length + 64,
    threads: options.threads,
    flashAttention: options.flashAttention,
  })
  const like = await session.generate(capitals(16), { maxTokens: 1 }).finish()
  const scoreOptions = /** @type {const} */ ({ observer: 'last-token' })
  // Two traces take turns: when one is scored the other is in the cache.
  const traces = [0, 13].map(salt => segment(madeTrace(like, options.length, salt)))
  /** @param {number} round */
  const score = round => session.scoreSteps(traces[round % 2] ?? traces[0], scoreOptions)

  const warm = await timed(() => score(1))
  progress(`${options.length} tokens decoded once in ${Math.round(warm.millis)} ms`)
  const file = await measure(options.rounds, score)
  const last = options.rounds - 1
  await score(last)
  const live = await measure(9, () => score(last))
  await session.close()
  await model.close()
  const ratios = { live: median(file.millis) / median(live.millis) }
  return {
    rows: [...rowsOf('live', live), ...rowsOf('from JSON', file, ratios)],
    detail: { live, file },
  }
}

await child(trial)
