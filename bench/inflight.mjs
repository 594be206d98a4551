// @ts-check
/**
 * What looking at a running trace costs: generation with a look every 200 tokens, by the papers' probes, by
 * tokens of the trace itself, and by nobody (random scores), against generation without. Nothing is
 * evicted, so that all decode the same. The variants take turns in one process.
 */
import { loadModel } from '../dist/index.js'
import { child, median, medianRatio, progress } from './measure.mjs'
import { capitals, shapePath } from './shapes.mjs'

/** @typedef {import('../dist/index.js').PruningOptions} PruningOptions */
/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} filled tokens in the context when generation begins
 * @property {number} looks in each measurement
 * @property {number} rounds
 * @property {number} threads
 */

const every = 200
/** A random model writes no paragraphs. */
const splitter = {
  name: 'every-twenty',
  /** @param {string} text */
  split: text =>
    Array.from({ length: Math.ceil(text.length / 20) }, (_, i) => ({
      start: 20 * i,
      end: Math.min(text.length, 20 * i + 20),
    })),
}

/** @type {PruningOptions} */
const shared = { every, budget: { ratio: 0 }, segmenting: { splitter, minCharacters: 0 } }

/**
 * The vocabulary of these models has no words: their own text would be four times as many tokens as a
 * real vocabulary makes of it.
 * @param {string} name
 * @param {number} tokens
 * @returns {import('../dist/index.js').Observer}
 */
const probeOf = (name, tokens) => ({
  name,
  observe: ({ thinking }) => ({ tokens: thinking.tokenEnd, probe: capitals(tokens, 3) }),
})

/** @type {Readonly<Record<string, PruningOptions | undefined>>} */
const variants = {
  none: undefined,
  "Think Clearly's probe, 31 tokens": { ...shared, observer: probeOf('think-clearly', 31) },
  "TRAAC's probe, 25 tokens": { ...shared, observer: probeOf('traac', 25) },
  window: { ...shared, observer: 'window' },
  'last-token': { ...shared, observer: 'last-token' },
  random: { ...shared, scorer: 'random' },
}

/**
 * Tokens per second behind the first chunk, which holds the decoding of the prompt.
 * @param {import('../dist/index.js').Session} session
 * @param {string} prompt
 * @param {PruningOptions | undefined} pruning
 * @param {number} maxTokens
 */
async function measure(session, prompt, pruning, maxTokens) {
  const generation = session.generate(prompt, { maxTokens, pruning })
  let start = 0
  let tokens = 0
  for await (const chunk of generation) {
    if (start === 0) start = performance.now()
    else tokens += chunk.tokens.length
  }
  const { inFlight } = await generation.finish()
  return { rate: (1000 * tokens) / (performance.now() - start), looks: inFlight?.looks ?? 0 }
}

/** @param {Options} options */
async function trial(options) {
  const model = await loadModel(shapePath(options.shape))
  const prompt = capitals(options.filled)
  const tokens = options.looks * (every + 24)
  const session = await model.createSession({
    contextLength: options.filled + tokens + 512,
    threads: options.threads,
  })
  await measure(session, prompt, undefined, 16)
  progress('prompt decoded')
  /** @type {Record<string, number[]>} */
  const rates = {}
  /** @type {Record<string, number>} */
  const looks = {}
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, pruning] of Object.entries(variants)) {
      const found = await measure(session, prompt, pruning, tokens)
      rates[name] = [...(rates[name] ?? []), found.rate]
      looks[name] = found.looks
    }
  }
  await session.close()
  await model.close()
  const rows = Object.entries(rates).map(([name, values]) => {
    const row = { name: `${name}, ${looks[name]} looks`, value: median(values), unit: 'tokens/s' }
    return name === 'none'
      ? row
      : { ...row, ratios: { none: medianRatio(values, rates.none ?? []) } }
  })
  return { rows, detail: { rates, looks } }
}

await child(trial)
