// @ts-check
/**
 * What capturing attention rows costs while generating: off, the last token's row (one score
 * behind the generation), every token's row of all heads, every token's rows of eight heads, and what a
 * session does with those: the step graph, live. The variants take turns in one process, so that their
 * ratios stand on a noisy machine.
 */
import { loadModel, segment } from '../dist/index.js'
import { child, median, medianRatio, progress } from './measure.mjs'
import { capitals, eightHeads, shapePath } from './shapes.mjs'

/** @typedef {import('./shapes.mjs').ShapeName} ShapeName */
/** @typedef {'off' | 'last' | 'graph' | 'all' | 'heads'} Variant */
/**
 * @typedef {object} Options
 * @property {ShapeName} shape
 * @property {number} filled tokens in the context when generation ends
 * @property {number} tokens generated in each measurement
 * @property {number} rounds
 * @property {number} threads
 * @property {readonly ('on' | 'off')[]} [flash] attention settings; both without it
 */

/** @type {readonly Variant[]} */
const variants = ['off', 'last', 'graph', 'all', 'heads']
const labels = {
  off: 'capture off',
  last: 'last token',
  graph: 'step graph, live, 8 heads',
  all: 'every token, all heads',
  heads: 'every token, 8 heads',
}

/**
 * Tokens per second behind the first chunk, which holds the decoding of the prompt.
 * @param {import('../dist/index.js').Session} session
 * @param {string} prompt
 * @param {Variant} variant
 * @param {Options} options
 */
async function measure(session, prompt, variant, options) {
  const attention = {
    off: undefined,
    last: undefined,
    graph: undefined,
    all: 'all',
    heads: eightHeads(options.shape),
  }
  const generation = session.generate(prompt, {
    maxTokens: options.tokens,
    attention: /** @type {'all'} */ (attention[variant]),
    ...(variant === 'graph' && { stepGraph: { heads: eightHeads(options.shape) } }),
  })
  let start = 0
  let tokens = 0
  for await (const chunk of generation) {
    if (start === 0) start = performance.now()
    else tokens += chunk.tokens.length
  }
  if (variant === 'last') {
    const trace = await generation.finish()
    await session.scoreSteps(segment(trace), { observer: 'last-token' })
  }
  return (1000 * tokens) / (performance.now() - start)
}

/**
 * @param {Record<string, number[]>} rates by flash attention and variant
 * @returns {import('./measure.mjs').Row[]}
 */
function rowsOf(rates) {
  /** @param {string} key */
  const of = key => rates[key] ?? []
  const settings = ['on off', 'off off'].filter(key => of(key).length > 0)
  const best = settings.reduce((a, b) => (median(of(a)) >= median(of(b)) ? a : b))
  return Object.keys(rates).map(key => {
    const [flash, variant] = /** @type {['on' | 'off', Variant]} */ (key.split(' '))
    const name = `${labels[variant]}, flash attention ${flash}`
    const row = { name, value: median(of(key)), unit: 'tokens/s' }
    if (key === best) return row
    const toBest = { 'off, best setting': medianRatio(of(key), of(best)) }
    const same = `${flash} off`
    if (key === same || same === best) return { ...row, ratios: toBest }
    const toSame = { 'off, same setting': medianRatio(of(key), of(same)) }
    return { ...row, ratios: { ...toBest, ...toSame } }
  })
}

/** @param {Options} options */
async function trial(options) {
  const model = await loadModel(shapePath(options.shape))
  const prompt = capitals(options.filled - options.tokens)
  const contextLength = options.filled + 64
  /** @type {Record<string, number[]>} */
  const rates = {}
  const sessions = []
  for (const flash of options.flash ?? /** @type {const} */ (['on', 'off'])) {
    const settings = { contextLength, threads: options.threads, flashAttention: flash === 'on' }
    const session = await model.createSession(settings)
    sessions.push({ flash, session })
    for (const variant of variants) await measure(session, prompt, variant, options)
    progress(`flash attention ${flash}: prompt decoded, buffers made`)
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const variant of variants) {
      for (const { flash, session } of sessions) {
        const rate = await measure(session, prompt, variant, options)
        rates[`${flash} ${variant}`] = [...(rates[`${flash} ${variant}`] ?? []), rate]
      }
    }
  }
  for (const { session } of sessions) await session.close()
  await model.close()
  return { rows: rowsOf(rates), detail: rates }
}

await child(trial)
