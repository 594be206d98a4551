// @ts-check
/**
 * Several samples of each of many problems: `session.batch()`, in which every chain has a prompt of its own and begins
 * when another ends, against `session.rollouts` of as many chains behind one prompt. The two take turns.
 */
import { loadModel } from '../dist/index.js'
import { child, median, medianRatio, progress } from './measure.mjs'
import { capitals, shapePath } from './shapes.mjs'

/** @typedef {import('../dist/index.js').Session} Session */
/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} problems
 * @property {number} samples of each
 * @property {number} prompt tokens of each problem
 * @property {number} tokens of each chain
 * @property {number} branches chains at once
 * @property {number} rounds
 * @property {number} threads
 */

const sampling = { temperature: 0.6, topP: 0.95, topK: 40 }

/** @param {Session} session @param {Options} options */
async function samplesOf(session, { problems, samples, prompt, tokens }) {
  const batch = session.batch({ pace: 'batch' })
  try {
    const chains = Array.from({ length: problems * samples }, (_, i) =>
      batch.generate(capitals(prompt, Math.floor(i / samples)), {
        ...{ ...sampling, seed: i, maxTokens: tokens },
      }),
    )
    const traces = await Promise.all(chains.map(chain => chain.finish()))
    return traces.reduce((sum, trace) => sum + trace.tokens.length, 0)
  } finally {
    await batch.close()
  }
}

/** @param {Session} session @param {Options} options */
async function rolloutsOf(session, { problems, samples, prompt, tokens }) {
  const count = problems * samples
  const traces = await session.rollouts(capitals(prompt), { ...sampling, count, maxTokens: tokens })
  return traces.reduce((sum, trace) => sum + trace.tokens.length, 0)
}

/** @param {Options} options */
async function trial(options) {
  const { shape, branches, prompt, tokens, threads } = options
  const model = await loadModel(shapePath(shape))
  const session = await model.createSession({
    contextLength: branches * (prompt + tokens + 64),
    ...{ branches, threads, flashAttention: true },
  })
  const jobs = { samples: samplesOf, rollouts: rolloutsOf }
  /** @type {Record<'samples' | 'rollouts', number[]>} */
  const rates = { samples: [], rollouts: [] }
  for (let round = 0; round < options.rounds; round++) {
    for (const name of /** @type {const} */ (['rollouts', 'samples'])) {
      await session.clear()
      const start = performance.now()
      const count = await jobs[name](session, options)
      rates[name].push((1000 * count) / (performance.now() - start))
    }
    progress(`round ${round + 1} of ${options.rounds}`)
  }
  await session.close()
  await model.close()
  const ratios = { rollouts: medianRatio(rates.samples, rates.rollouts) }
  const named = `${options.problems} problems × ${options.samples} samples`
  return {
    rows: [
      { name: 'rollouts behind one prompt', value: median(rates.rollouts), unit: 'tokens/s' },
      { name: named, value: median(rates.samples), unit: 'tokens/s', ratios },
    ],
  }
}

await child(trial)
