/** Options of evaluation, and of asking how likely a text is. */

import type {
  EvaluateOptions,
  EvaluationMode,
  LikelihoodOptions,
  SamplingOptions,
} from '../../types/public.js'
import {
  boolean,
  checkKnown,
  integer,
  isObject,
  keysOf,
  nonEmptyString,
  oneOf,
  signal,
  string,
} from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'
import {
  greedy,
  maxNewTokens,
  type ResolvedSampling,
  type SamplingDefaults,
  samplingKeys,
  samplingOf,
} from '../engine/sampling.js'

export interface ResolvedEvaluateOptions {
  readonly mode: EvaluationMode
  /** null: as the model needs it. */
  readonly answerCue: string | null
  readonly sampling: ResolvedSampling
  readonly maxTokens: number
  readonly independent: boolean
  readonly signal: AbortSignal | null
}

const evaluateKeys = [
  ...samplingKeys,
  ...keysOf<Omit<EvaluateOptions, keyof SamplingOptions>>({
    mode: true,
    answerCue: true,
    maxTokens: true,
    independent: true,
    signal: true,
  }),
]

const closingModes = ['continue', 'reprompt', 'evict'] as const
const modes = [...closingModes, 'resume'] as const satisfies readonly EvaluationMode[]

/** Modes in which the model thinks, and does not only read an answer off. */
const thinkingModes: readonly EvaluationMode[] = ['reprompt', 'resume']

/**
 * @param defaults how the model is sampled where it thinks
 * @throws TypeError or RangeError that names the option
 */
export function resolveEvaluateOptions(
  options?: EvaluateOptions,
  defaults: SamplingDefaults = greedy,
): ResolvedEvaluateOptions {
  checkKnown('options', options, evaluateKeys)
  const { mode = 'continue', answerCue } = options ?? {}
  const { maxTokens = mode === 'resume' ? 4096 : 512 } = options ?? {}
  return {
    mode: oneOf('options.mode', mode, modes),
    answerCue: answerCue === undefined ? null : string('options.answerCue', answerCue),
    sampling: samplingOf(options, thinkingModes.includes(mode) ? defaults : greedy),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: maxNewTokens }),
    independent: boolean('options.independent', options?.independent ?? false),
    signal: signal('options.signal', options?.signal),
  }
}

export interface ResolvedLikelihoodOptions {
  readonly text: string
  readonly given: string
  readonly place: 'answer' | 'thinking'
  readonly mode: (typeof closingModes)[number]
  readonly signal: AbortSignal | null
}

const likelihoodKeys = keysOf<LikelihoodOptions>({
  text: true,
  given: true,
  place: true,
  mode: true,
  signal: true,
})

/** @throws TypeError that names the option */
export function resolveLikelihoodOptions(options: LikelihoodOptions): ResolvedLikelihoodOptions {
  if (!isObject(options)) throw invalidType('options', 'an object with text', options)
  checkKnown('options', options, likelihoodKeys)
  const { text, given = '', place = 'answer', mode = 'continue' } = options
  if (place === 'thinking' && mode !== 'continue') {
    throw invalidValue('options.place', `'answer' with mode '${mode}'`, place)
  }
  return {
    text: nonEmptyString('options.text', text),
    given: string('options.given', given),
    place: oneOf('options.place', place, ['answer', 'thinking']),
    mode: oneOf('options.mode', mode, closingModes),
    signal: signal('options.signal', options.signal),
  }
}
