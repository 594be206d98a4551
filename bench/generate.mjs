// @ts-check
/**
 * `session.generate` without capture against a bare loop over the same llama.cpp build
 * (bench/bare_loop.cc). Each measurement is a process of its own; the two take turns.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { child, median, progress } from './measure.mjs'
import { capitals, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {number} prompt
 * @property {number} tokens
 * @property {number} rounds
 * @property {number} threads
 * @property {boolean} [flash] set in the process that measures `generate`
 */

const bareLoop =
  process.env.COT_PRUNE_BARE_LOOP ??
  fileURLToPath(new URL('../build/Release/bare_loop', import.meta.url))

/**
 * @param {Options} options
 * @param {boolean} flash
 * @returns {number} tokens per second
 */
function measureBare(options, flash) {
  const output = execFileSync(
    bareLoop,
    [
      shapePath(options.shape),
      ...['--prompt', options.prompt, '--generate', options.tokens, '--threads', options.threads],
      ...['--context', options.prompt + options.tokens + 64, '--flash', flash ? 1 : 0],
    ].map(String),
    { encoding: 'utf8' },
  )
  return JSON.parse(output).tokensPerSecond
}

/**
 * @param {Options} options
 * @param {boolean} flash
 * @returns {number} tokens per second
 */
function measureOurs(options, flash) {
  const text = JSON.stringify({ ...options, flash })
  const script = fileURLToPath(import.meta.url)
  const output = execFileSync(process.execPath, [script, text], { encoding: 'utf8' })
  return JSON.parse(output).detail
}

/**
 * @param {Options} options
 * @returns {Promise<number>} tokens per second
 */
async function generate(options) {
  const { loadModel } = await import('../dist/index.js')
  const model = await loadModel(shapePath(options.shape))
  const session = await model.createSession({
    contextLength: options.prompt + options.tokens + 64,
    threads: options.threads,
    flashAttention: options.flash,
  })
  let start = 0
  let tokens = 0
  const settings = { maxTokens: options.tokens }
  for await (const chunk of session.generate(capitals(options.prompt), settings)) {
    if (start === 0) start = performance.now()
    else tokens += chunk.tokens.length
  }
  const rate = (1000 * tokens) / (performance.now() - start)
  await session.close()
  await model.close()
  return rate
}

/** @param {Options} options */
function compare(options) {
  return [true, false].flatMap(flash => {
    const bare = []
    const ours = []
    for (let round = 0; round < options.rounds; round++) {
      bare.push(measureBare(options, flash))
      ours.push(measureOurs(options, flash))
    }
    const setting = `flash attention ${flash ? 'on' : 'off'}`
    progress(`${setting}: bare ${bare.map(Math.round)}, generate ${ours.map(Math.round)} tokens/s`)
    const ratios = { 'bare loop': median(ours) / median(bare) }
    return [
      { name: `bare loop, ${setting}`, value: median(bare), unit: 'tokens/s' },
      { name: `generate, ${setting}`, value: median(ours), unit: 'tokens/s', ratios },
    ]
  })
}

/** @param {Options} options */
async function trial(options) {
  if (options.flash !== undefined) return { rows: [], detail: await generate(options) }
  if (!existsSync(bareLoop)) {
    throw new Error(`${bareLoop} is missing: npm run build:native, or set COT_PRUNE_BARE_LOOP`)
  }
  return { rows: compare(options) }
}

await child(trial)
