/** How tokens are drawn: options that everything which samples has, and what a model's makers say. */

import type { ModelSampling, SamplingOptions } from '../../types/public.js'
import { checkKnown, integer, keysOf, number } from '../base/check.js'

/** A value for each option. */
export type ResolvedSampling = { readonly [K in keyof SamplingOptions]-?: number }

/** What is drawn by where nothing was asked for; the seed is nobody's default. */
export type SamplingDefaults = Omit<ResolvedSampling, 'seed'>

const maxInt32 = 2 ** 31 - 1

export const samplingKeys = keysOf<SamplingOptions>({
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repeatPenalty: true,
  presencePenalty: true,
  repeatWindow: true,
  seed: true,
})

export const greedy: SamplingDefaults = {
  temperature: 0,
  topK: 40,
  topP: 0.95,
  minP: 0,
  repeatPenalty: 1,
  presencePenalty: 0,
  repeatWindow: 64,
}

/** What the makers of reasoning models say of them: greedy, they repeat themselves without end. */
const reasoning: SamplingDefaults = { ...greedy, temperature: 0.6 }

/** Reads the sampling options of any options object; the caller has checked its keys. */
export function samplingOf(
  options: SamplingOptions = {},
  defaults: SamplingDefaults = greedy,
): ResolvedSampling {
  const { temperature = defaults.temperature, topK = defaults.topK } = options
  const { topP = defaults.topP, minP = defaults.minP, seed = 0 } = options
  const { repeatPenalty = defaults.repeatPenalty, repeatWindow = defaults.repeatWindow } = options
  const { presencePenalty = defaults.presencePenalty } = options
  return {
    temperature: number('options.temperature', temperature, { min: 0, max: 100 }),
    topK: integer('options.topK', topK, { min: 0, max: maxInt32 }),
    topP: number('options.topP', topP, { min: 0, max: 1, open: true }),
    minP: number('options.minP', minP, { min: 0, max: 1 }),
    repeatPenalty: number('options.repeatPenalty', repeatPenalty, { min: 0, max: 10, open: true }),
    presencePenalty: number('options.presencePenalty', presencePenalty, { min: -2, max: 2 }),
    repeatWindow: integer('options.repeatWindow', repeatWindow, { min: 0, max: 65_536 }),
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
  }
}

/** @throws TypeError or RangeError that names the option */
export function resolveSampling(
  options?: SamplingOptions,
  defaults?: SamplingDefaults,
): ResolvedSampling {
  checkKnown('options', options, samplingKeys)
  return samplingOf(options, defaults)
}

/** Keys of `general.sampling` in a GGUF file, and what we call them. */
const fileKeys = {
  temp: 'temperature',
  top_k: 'topK',
  top_p: 'topP',
  min_p: 'minP',
  penalty_repeat: 'repeatPenalty',
  penalty_last_n: 'repeatWindow',
} as const satisfies Record<string, keyof SamplingDefaults>

/**
 * How a model is sampled where nobody says: as its file says, else by temperature 0.6 where it thinks in a format
 * of its own, else greedily. What a file says and no option may be is left out.
 */
export function modelSampling(
  inFile: Readonly<Record<string, string>>,
  hasThinking: boolean,
): ModelSampling {
  const otherwise = hasThinking ? reasoning : greedy
  const said = Object.entries(fileKeys).flatMap(([key, option]) => {
    const text = inFile[key]?.trim() ?? ''
    const value = text === '' ? Number.NaN : Number(text)
    return isUsable({ [option]: value }) ? [[option, value] as const] : []
  })
  if (said.length === 0) return { ...otherwise, from: hasThinking ? 'thinking' : 'greedy' }
  return { ...otherwise, ...Object.fromEntries(said), from: 'file' }
}

function isUsable(options: SamplingOptions): boolean {
  try {
    samplingOf(options)
    return true
  } catch {
    return false
  }
}

/** More new tokens than any context has. */
export const maxNewTokens = 2 ** 24
