// @ts-check
/**
 * Many chains at once, `session.rollouts`: tokens a second by the number of chains, how they are sampled and where
 * their logits become tokens, against a bare loop that takes argmax on the device (bench/batched_loop.cc). The
 * variants take turns.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadModel } from '../dist/index.js'
import { child, median, medianRatio, progress } from './measure.mjs'
import { capitals, shapePath } from './shapes.mjs'

/** @typedef {import('../dist/index.js').Session} Session */
/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} prompt
 * @property {number} tokens of each chain
 * @property {readonly number[]} chains
 * @property {readonly ('device' | 'host')[]} sampleOn
 * @property {number} rounds
 * @property {number} threads
 */

const all = { topK: 0, topP: 1, minP: 0 }
const samplings = {
  greedy: { ...all, temperature: 0 },
  '0.6, top-p 0.95, top-k 40': { ...all, temperature: 0.6, topP: 0.95, topK: 40 },
  '0.6, top-p 0.95': { ...all, temperature: 0.6, topP: 0.95 },
  '1, no filter': { ...all, temperature: 1 },
}

const bareLoop =
  process.env.COT_PRUNE_BATCHED_LOOP ??
  fileURLToPath(new URL('../build/Release/batched_loop', import.meta.url))

/** @param {Options} options @param {number} chains */
const contextLength = (options, chains) => options.prompt + chains * (options.tokens + 8) + 256

/**
 * @param {Session} session
 * @param {Options} options
 * @param {{ count: number, sampling: typeof samplings['greedy'], seed: number }} run
 */
async function measure(session, options, { count, sampling, seed }) {
  const before = session.info.choosingMillis
  const start = performance.now()
  const chains = await session.rollouts(capitals(options.prompt), {
    ...{ ...sampling, count, seed, maxTokens: options.tokens },
  })
  const millis = performance.now() - start
  const tokens = chains.reduce((sum, chain) => sum + chain.tokens.length, 0)
  return { rate: (1000 * tokens) / millis, share: (session.info.choosingMillis - before) / millis }
}

/** @param {Options} options @param {number} count @param {readonly number[]} prompt */
function measureBare(options, count, prompt) {
  const output = execFileSync(
    bareLoop,
    [
      ...[shapePath(options.shape), '--chains', count, '--generate', options.tokens],
      ...['--threads', options.threads, '--context', contextLength(options, count)],
      ...['--flash', 1, '--device', 1],
    ].map(String),
    { encoding: 'utf8', input: prompt.join(' '), stdio: ['pipe', 'pipe', 'ignore'] },
  )
  return JSON.parse(output).tokensPerSecond
}

/**
 * @param {Options} options
 * @param {number} count
 * @returns {Promise<import('./measure.mjs').Row[]>}
 */
async function rowsOf(options, count) {
  const model = await loadModel(shapePath(options.shape))
  const sessions = []
  for (const sampleOn of options.sampleOn) {
    const session = await model.createSession({
      ...{ sampleOn, threads: options.threads, flashAttention: true, branches: count + 1 },
      contextLength: contextLength(options, count),
    })
    sessions.push({ sampleOn, session })
  }
  /** @type {Map<string, number[]>} */
  const rates = new Map()
  const add = (/** @type {string} */ name, /** @type {number} */ rate) =>
    rates.set(name, [...(rates.get(name) ?? []), rate])
  /** @type {{ name: string, share: number }[]} */
  const shares = []
  const bare = `${count} chains, bare loop`
  const prompt = await model.tokenize(capitals(options.prompt))
  // the first round makes buffers, and fills the caches with the prompt
  for (let round = -1; round < options.rounds; round++) {
    const found = round < 0 ? () => {} : add
    if (existsSync(bareLoop) && round >= 0) found(bare, measureBare(options, count, prompt))
    for (const [name, sampling] of Object.entries(samplings)) {
      for (const { sampleOn, session } of sessions) {
        const run = { count, sampling, seed: round + 1 }
        const { rate, share } = await measure(session, options, run)
        found(`${count} chains, ${name}, on the ${sampleOn}`, rate)
        if (round >= 0) shares.push({ name: `${count} chains, ${name}, on the ${sampleOn}`, share })
      }
    }
    progress(`${count} chains: round ${round + 1} of ${options.rounds}`)
  }
  for (const { session } of sessions) await session.close()
  await model.close()
  const speeds = [...rates].map(([name, values]) => {
    const greedy = rates.get(name.replace(/, .*, on/, ', greedy, on')) ?? []
    const ratios = {
      ...(name !== bare && { greedy: medianRatio(values, greedy) }),
      ...(name !== bare &&
        rates.has(bare) && { 'bare loop': medianRatio(values, rates.get(bare) ?? []) }),
    }
    return { name, value: median(values), unit: 'tokens/s', ratios }
  })
  const names = [...new Set(shares.map(({ name }) => name))]
  const choosing = names.map(name => ({
    name: `choosing tokens, ${name}`,
    value: 100 * median(shares.filter(one => one.name === name).map(({ share }) => share)),
    unit: '% of the time',
  }))
  return [...speeds, ...choosing]
}

/** @param {Options} options */
async function trial(options) {
  const rows = []
  for (const count of options.chains) rows.push(...(await rowsOf(options, count)))
  return { rows }
}

await child(trial)
