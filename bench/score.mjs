// @ts-check
/**
 * scoreSteps on a trace that is in the cache (live) and on one that has to be decoded again (from
 * its JSON): time, and how much the highest resident set grows once all buffers are in use.
 */
import { loadModel, segment } from '../dist/index.js'
import { child, median, peakRssKb, progress, timed, watchingGpu } from './measure.mjs'
import { capitals, madeTrace, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} length tokens of the trace, prompt included
 * @property {number} rounds
 * @property {number} threads
 * @property {boolean | 'auto'} flashAttention
 */
/** @typedef {import('../dist/index.js').Session} Session */
/** @typedef {import('../types/public.d.ts').SegmentedTrace} SegmentedTrace */
/** @typedef {{ millis: number[], extraKb: number, gpuBytes: number | null, decodedTokens: number }} Measured */

/**
 * @param {number} rounds
 * @param {() => Promise<import('../types/public.d.ts').ScoredTrace>} score
 * @returns {Promise<Measured>}
 */
async function measure(rounds, score) {
  const before = peakRssKb()
  /** @type {number[]} */
  const millis = []
  let decodedTokens = 0
  const { gpuBytes } = await watchingGpu(async () => {
    for (let round = 0; round < rounds; round++) {
      const { result, millis: elapsed } = await timed(score)
      millis.push(elapsed)
      decodedTokens = result.scoring.decodedTokens
    }
  })
  return { millis, extraKb: peakRssKb() - before, gpuBytes, decodedTokens }
}

/**
 * @param {string} name
 * @param {Measured} measured
 * @param {Record<string, number>} [ratios] of the time
 * @returns {import('./measure.mjs').Row[]}
 */
const rowsOf = (name, { millis, extraKb, gpuBytes, decodedTokens }, ratios = {}) => [
  { name: `${name}, time`, value: median(millis), unit: 'ms', ratios },
  { name: `${name}, extra peak memory`, value: extraKb, unit: 'KiB' },
  ...(gpuBytes === null
    ? []
    : [{ name: `${name}, extra GPU memory`, value: gpuBytes / 1024, unit: 'KiB' }]),
  { name: `${name}, decoded tokens`, value: decodedTokens, unit: 'tokens' },
]

const scoreOptions = /** @type {const} */ ({ observer: 'last-token' })

/**
 * The trace is the prompt of a generation: it stays in the cache, all scores decode one token.
 * @param {Session} session
 * @param {SegmentedTrace} trace
 */
async function measureLive(session, trace) {
  await session.generate(trace.prompt.text + trace.text, { maxTokens: 1 }).finish()
  const first = await watchingGpu(() => session.scoreSteps(trace, scoreOptions))
  const measured = await measure(9, () => session.scoreSteps(trace, scoreOptions))
  // buffers that the first score made stay
  const gpuBytes = first.gpuBytes === null ? null : first.gpuBytes + (measured.gpuBytes ?? 0)
  return { ...measured, gpuBytes }
}

/**
 * Nothing of the trace is in the cache, before any of the scores.
 * @param {Session} session
 * @param {SegmentedTrace} trace
 * @param {number} rounds
 */
async function measureFile(session, trace, rounds) {
  await session.scoreSteps(trace, scoreOptions)
  return measure(rounds, () => session.scoreSteps(trace, scoreOptions))
}

/** @param {Options} options */
async function trial(options) {
  const model = await loadModel(shapePath(options.shape))
  const open = () =>
    model.createSession({
      contextLength: options.length + 64,
      threads: options.threads,
      flashAttention: options.flashAttention,
    })
  const first = await open()
  const like = await first.generate(capitals(16, 7), { maxTokens: 1 }).finish()
  const trace = segment(madeTrace(like, options.length, 0))
  const live = await measureLive(first, trace)
  await first.close()
  progress(`live: ${median(live.millis).toFixed(1)} ms`)
  const second = await open()
  const file = await measureFile(second, trace, options.rounds)
  await second.close()
  await model.close()
  const ratios = { live: median(file.millis) / median(live.millis) }
  return {
    rows: [...rowsOf('live', live), ...rowsOf('from JSON', file, ratios)],
    detail: { live, file },
  }
}

await child(trial)
