// @ts-check
/** The frame of a peer that is a JavaScript program: one measurement a process. */
import { readFileSync } from 'node:fs'

/** @typedef {import('./compare.mjs').Job} Job */
/** @typedef {import('./compare.mjs').Measurement} Measurement */

/**
 * A line of /proc/self/status in KiB (VmHWM: the peak, VmRSS: now); elsewhere the peak that the system knows, which on
 * Linux would be inherited from who started the process.
 * @param {'VmHWM' | 'VmRSS'} name
 */
export function statusKb(name) {
  try {
    const found = new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(
      readFileSync('/proc/self/status', 'utf8'),
    )
    return Number(found?.[1] ?? Number.NaN)
  } catch {
    return process.resourceUsage().maxRSS
  }
}

/**
 * From now on: by the clock, and by the time of the processors, which others on the machine touch less.
 * @returns {() => { millis: number, processorMillis: number }}
 */
export function stopwatch() {
  const [start, busy] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(busy)
    return { millis: performance.now() - start, processorMillis: (user + system) / 1000 }
  }
}

/**
 * @param {number} count of tokens
 * @param {{ millis: number, processorMillis: number } | undefined} spent
 */
export const rateOf = (count, spent) => ({
  tokensPerSecond: (1000 * count) / (spent?.millis ?? Number.NaN),
  processorMillis: (spent?.processorMillis ?? Number.NaN) / count,
})

/**
 * The body of the process: the job comes as JSON in the first argument, token ids on stdin; what was measured goes to
 * stdout as the last line.
 * @param {(job: Job, tokens: number[]) => Promise<Omit<Measurement, 'peakRssKb'>>} measure
 */
export async function peerProcess(measure) {
  const job = JSON.parse(process.argv[2] ?? '{}')
  const tokens = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number)
  const measured = await measure(job, tokens)
  process.stdout.write(`${JSON.stringify({ ...measured, peakRssKb: statusKb('VmHWM') })}\n`)
}
