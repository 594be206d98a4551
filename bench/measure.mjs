// @ts-check
/** What the trials share: the frame of a child process, and looking at clocks and memory. */
import { devices } from '../dist/index.js'

export { median, medianRatio } from './statistics.mjs'

/**
 * One row of a result: a value, and its ratios to other rows of the same trial, by their names.
 * @typedef {{ name: string, value: number, unit: string, ratios?: Record<string, number> }} Row
 */

/** The highest resident set of this process so far, in KiB. */
export function peakRssKb() {
  return process.resourceUsage().maxRSS
}

/** Bytes that are free on all GPUs together; null where there is none. */
export function freeGpuBytes() {
  const gpus = devices().filter(device => device.type === 'gpu')
  return gpus.length === 0 ? null : gpus.reduce((sum, gpu) => sum + gpu.memoryFree, 0)
}

/**
 * Runs a job and looks at the GPUs' memory meanwhile: the most that it took beyond what was in use
 * before, in bytes; null where there is no GPU.
 * @template T
 * @param {() => Promise<T>} job
 * @returns {Promise<{ result: T, gpuBytes: number | null }>}
 */
export async function watchingGpu(job) {
  const before = freeGpuBytes()
  if (before === null) return { result: await job(), gpuBytes: null }
  let least = before
  const look = () => {
    least = Math.min(least, freeGpuBytes() ?? least)
  }
  const timer = setInterval(look, 2)
  const result = await job().finally(() => clearInterval(timer))
  look()
  return { result, gpuBytes: before - least }
}

/**
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<{ result: T, millis: number }>}
 */
export async function timed(action) {
  const start = performance.now()
  const result = await action()
  return { result, millis: performance.now() - start }
}

/**
 * The body of a child process: options come as JSON in the first argument, the result goes to
 * stdout as JSON.
 * @template Options
 * @param {(options: Options) => Promise<{ rows: readonly Row[], detail?: unknown }>} trial
 */
export async function child(trial) {
  const result = await trial(JSON.parse(process.argv[2] ?? '{}'))
  process.stdout.write(`${JSON.stringify({ ...result, peakRssKb: peakRssKb() })}\n`)
}

/** @param {string} text */
export function progress(text) {
  process.stderr.write(`  ${text}\n`)
}
