// @ts-check
/** What the trials share: the frame of a child process, and the little statistics they need. */
import { devices } from '../dist/index.js'

/**
 * One row of a result: a value, and its ratios to other rows of the same trial, by their names.
 * @typedef {{ name: string, value: number, unit: string, ratios?: Record<string, number> }} Row
 */

/** @param {readonly number[]} values not empty */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/**
 * The median of ratios taken pair by pair: load that comes and goes on the machine hits both.
 * @param {readonly number[]} values
 * @param {readonly number[]} against
 */
export function medianRatio(values, against) {
  return median(values.map((value, i) => value / (against[i] ?? Number.NaN)))
}

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
