/** How tokens are drawn: options that everything which samples has. */

import type { SamplingOptions, Trace } from '../../types/public.js'
import { checkKnown, integer, keysOf, number } from '../base/check.js'

export type ResolvedSampling = Trace['sampling']

const maxInt32 = 2 ** 31 - 1

export const samplingKeys = keysOf<SamplingOptions>({
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repeatPenalty: true,
  repeatWindow: true,
  seed: true,
})

/** Reads the sampling options of any options object; the caller has checked its keys. */
export function samplingOf(options: SamplingOptions = {}): ResolvedSampling {
  const { temperature = 0, topK = 40, topP = 0.95, minP = 0 } = options
  const { repeatPenalty = 1, repeatWindow = 64, seed = 0 } = options
  return {
    temperature: number('options.temperature', temperature, { min: 0, max: 100 }),
    topK: integer('options.topK', topK, { min: 0, max: maxInt32 }),
    topP: number('options.topP', topP, { min: 0, max: 1, open: true }),
    minP: number('options.minP', minP, { min: 0, max: 1 }),
    repeatPenalty: number('options.repeatPenalty', repeatPenalty, { min: 0, max: 10, open: true }),
    repeatWindow: integer('options.repeatWindow', repeatWindow, { min: 0, max: 65_536 }),
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
  }
}

/** @throws TypeError or RangeError that names the option */
export function resolveSampling(options?: SamplingOptions): ResolvedSampling {
  checkKnown('options', options, samplingKeys)
  return samplingOf(options)
}

/** More new tokens than any context has. */
export const maxNewTokens = 2 ** 24
