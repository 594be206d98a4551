// @ts-check
/**
 * Two processes on one machine: what each decodes alone, and when both do at once, in several
 * environments, which take turns. COT_PRUNE_ADDON names the folder of another build.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { child, median, medianRatio, progress } from './measure.mjs'
import { capitals, shapePath } from './shapes.mjs'

/**
 * @typedef {object} Options
 * @property {import('./shapes.mjs').ShapeName} shape
 * @property {Record<string, Record<string, string>>} settings name → variables of the environment
 * @property {number} millis that are measured
 * @property {number} rounds
 * @property {number} threads
 * @property {boolean} [one] set in the processes that decode
 */

const execute = promisify(execFile)
const prompt = 64

/** @param {Options} options @returns {Promise<number>} tokens per second */
async function decode({ shape, millis, threads }) {
  const { loadModel } = await import('../dist/index.js')
  const model = await loadModel(shapePath(shape))
  const session = await model.createSession({ contextLength: 8192, threads })
  const maxTokens = 8192 - prompt - 64
  let [start, tokens] = [0, 0]
  let rate = 0
  for (let run = 0; rate === 0; run++) {
    for await (const chunk of session.generate(capitals(prompt, run), { maxTokens })) {
      if (start === 0) start = performance.now()
      else tokens += chunk.tokens.length
      const took = performance.now() - start
      if (took < millis) continue
      rate = (1000 * tokens) / took
      break
    }
  }
  await model.close()
  return rate
}

/**
 * @param {Options} options
 * @param {Record<string, string>} env
 * @returns {Promise<number>}
 */
async function inProcess(options, env) {
  const args = [fileURLToPath(import.meta.url), JSON.stringify({ ...options, one: true })]
  const { stdout } = await execute(process.execPath, args, { env: { ...process.env, ...env } })
  return JSON.parse(stdout).detail
}

/** @param {Options} options */
async function compare(options) {
  const measured = Object.entries(options.settings).map(([name, env]) => ({
    name,
    env,
    alone: /** @type {number[]} */ ([]),
    each: /** @type {number[]} */ ([]),
  }))
  for (let round = 0; round < options.rounds; round++) {
    for (const { name, env, alone, each } of measured) {
      const one = await inProcess(options, env)
      const both = await Promise.all([inProcess(options, env), inProcess(options, env)])
      alone.push(one)
      each.push(Math.min(...both))
      const rates = both.map(rate => rate.toFixed(1)).join(' + ')
      progress(`${name}: ${one.toFixed(1)} alone, ${rates} tokens/s at once`)
    }
  }
  const first = measured[0]
  return measured.flatMap(({ name, alone, each }) => [
    {
      name: `${name}, alone`,
      value: median(alone),
      unit: 'tokens/s',
      ratios: first === undefined ? {} : { [first.name]: medianRatio(alone, first.alone) },
    },
    {
      name: `${name}, the slower of two at once`,
      value: median(each),
      unit: 'tokens/s',
      ratios: { alone: medianRatio(each, alone) },
    },
  ])
}

/** @param {Options} options */
async function trial(options) {
  if (options.one) return { rows: [], detail: await decode(options) }
  return { rows: await compare(options) }
}

await child(trial)
