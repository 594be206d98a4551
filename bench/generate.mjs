// @ts-check
/**
 * `session.generate` without capture against a bare loop over the same llama.cpp build
 * (bench/bare_loop.cc). Each measurement is a process of its own; the two take turns.
 */
import assert from 'node:assert/strict'
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

/** @typedef {{ rate: number, prompt: number[], tokens: number[] }} Run rate in tokens a second */

/**
 * @param {Options} options
 * @param {boolean} flash
 * @param {Run} ours whose prompt it repeats, and whose tokens it has to find
 * @returns {number} tokens per second
 */
function measureBare(options, flash, ours) {
  const output = execFileSync(
    bareLoop,
    [
      shapePath(options.shape),
      ...['--generate', options.tokens, '--threads', options.threads],
      ...['--context', contextLength(options), '--flash', flash ? 1 : 0],
    ].map(String),
    { encoding: 'utf8', input: ours.prompt.join(' ') },
  )
  const { tokensPerSecond, tokens } = JSON.parse(output)
  assert.deepEqual(tokens, ours.tokens, 'the two loops generated different tokens')
  return tokensPerSecond
}

/**
 * @param {Options} options
 * @param {boolean} flash
 * @returns {Run}
 */
function measureOurs(options, flash) {
  const text = JSON.stringify({ ...options, flash })
  const script = fileURLToPath(import.meta.url)
  const output = execFileSync(process.execPath, [script, text], { encoding: 'utf8' })
  return JSON.parse(output).detail
}

/** @param {Options} options */
const contextLength = options => options.prompt + options.tokens + 64

/**
 * @param {Options} options
 * @returns {Promise<Run>}
 */
async function generate(options) {
  const { loadModel } = await import('../dist/index.js')
  const model = await loadModel(shapePath(options.shape))
  const session = await model.createSession({
    contextLength: contextLength(options),
    threads: options.threads,
    flashAttention: options.flash,
  })
  let start = 0
  let tokens = 0
  const run = session.generate(capitals(options.prompt), { maxTokens: options.tokens })
  for await (const chunk of run) {
    if (start === 0) start = performance.now()
    else tokens += chunk.tokens.length
  }
  const rate = (1000 * tokens) / (performance.now() - start)
  const trace = await run.finish()
  await session.close()
  await model.close()
  return { rate, prompt: [...trace.prompt.tokens], tokens: [...trace.tokens] }
}

/** @param {number} rate */
const toRate = rate => Number(rate.toPrecision(4))

/** @param {Options} options */
function compare(options) {
  return [true, false].flatMap(flash => {
    const bare = []
    const ours = []
    for (let round = 0; round < options.rounds; round++) {
      const run = measureOurs(options, flash)
      ours.push(run.rate)
      bare.push(measureBare(options, flash, run))
    }
    const setting = `flash attention ${flash ? 'on' : 'off'}`
    progress(`${setting}: bare ${bare.map(toRate)}, generate ${ours.map(toRate)} tokens/s`)
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
