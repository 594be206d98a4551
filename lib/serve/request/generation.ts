/** What both endpoints ask of a generation: how tokens are drawn, how many, and where it stops. */

import { seedOr } from '../../chat/index.js'
import type { SamplingOptions } from '../../index.js'
import { unsupported } from '../http/api-error.js'
import type { Fields } from './fields.js'

export interface AskedGeneration {
  readonly sampling: SamplingOptions
  /** null: as many as fit. */
  readonly maxTokens: number | null
  readonly stop: readonly string[]
  /** How many answers. */
  readonly n: number
  readonly stream: boolean
  readonly includeUsage: boolean
}

export const generationFields = [
  'model',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'seed',
  'repeat_penalty',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'stop',
  'n',
  'stream',
  'stream_options',
] as const

/** What clients send along for other servers, and what changes no answer. */
export const ignoredFields = [
  'user',
  'metadata',
  'store',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'verbosity',
  'cache_prompt',
  'separate_reasoning',
  'stream_reasoning',
  'reasoning_format',
] as const

const maxAnswers = 16
const maxStops = 16

/** @throws TypeError, RangeError or ApiError that names the field */
export function readGeneration(fields: Fields, tokenKeys: readonly string[]): AskedGeneration {
  refuse(fields)
  const options = fields.object('stream_options')
  return {
    sampling: {
      temperature: fields.number('temperature', { min: 0, max: 100 }),
      topP: fields.number('top_p', { min: 0, max: 1, open: true }),
      topK: fields.integer('top_k', -1) === -1 ? 0 : fields.integer('top_k', 0),
      minP: fields.number('min_p', { min: 0, max: 1 }),
      repeatPenalty: fields.number('repeat_penalty', { min: 0, max: 10, open: true }),
      presencePenalty: fields.number('presence_penalty', { min: -2, max: 2 }),
      seed: seedOr(fields.integer('seed', -(2 ** 53), 2 ** 53)),
    },
    maxTokens: fields.same(tokenKeys, key => fields.integer(key, 0, 2 ** 24)) ?? null,
    stop: fields.texts('stop', maxStops),
    n: fields.integer('n', 1, maxAnswers) ?? 1,
    stream: fields.boolean('stream') ?? false,
    includeUsage:
      options !== undefined && 'include_usage' in options && options.include_usage === true,
  }
}

function refuse(fields: Fields): void {
  if ((fields.number('frequency_penalty', { min: -2, max: 2 }) ?? 0) !== 0) {
    throw unsupported('frequency_penalty', 'use presence_penalty or repeat_penalty')
  }
  if (Object.keys(fields.object('logit_bias') ?? {}).length > 0) {
    throw unsupported('logit_bias', 'leave it out')
  }
}
