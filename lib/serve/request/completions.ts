/** The body of POST /v1/completions, the older form: a raw prompt, and likelihoods of its own tokens. */

import { array, tokenList } from '../../base/check.js'
import { invalidType } from '../../base/errors.js'
import type { PromptInput } from '../../index.js'
import { invalid, unsupported } from '../http/api-error.js'
import { Fields } from './fields.js'
import {
  type AskedGeneration,
  generationFields,
  ignoredFields,
  readGeneration,
} from './generation.js'

export type RawPrompt = Extract<PromptInput, string | { readonly tokens: readonly number[] }>

export interface CompletionRequest extends AskedGeneration {
  readonly model: string | null
  /** An answer (or `n`) of each. */
  readonly prompts: readonly RawPrompt[]
  readonly echo: boolean
  /** How many alternatives are told of each token; null: no likelihoods. */
  readonly alternatives: number | null
}

const fields = [
  ...generationFields,
  'prompt',
  'max_tokens',
  'echo',
  'logprobs',
  'suffix',
  'best_of',
] as const

const maxPrompts = 256
/** As the old API had it. */
const defaultTokens = 16

/** @throws TypeError, RangeError or ApiError that names the field */
export function readCompletion(body: unknown): CompletionRequest {
  const read = new Fields(body, fields, ignoredFields)
  if (read.has('suffix')) throw unsupported('suffix', 'text is written behind a prompt alone')
  const generation = readGeneration(read, ['max_tokens'])
  if ((read.integer('best_of', 1) ?? generation.n) !== generation.n) {
    throw unsupported('best_of', 'use n')
  }
  const echo = read.boolean('echo') ?? false
  const maxTokens = generation.maxTokens ?? defaultTokens
  if (maxTokens === 0 && !echo) {
    throw invalid('max_tokens', 'max_tokens must be at least 1 without echo')
  }
  if (echo && generation.stream) throw unsupported('echo', 'a stream has none')
  return {
    ...generation,
    maxTokens,
    model: read.string('model') ?? null,
    prompts: promptsOf(read.raw('prompt')),
    echo,
    alternatives: alternativesOf(read),
  }
}

/** A number, or `true` from clients that mix the two forms up. */
function alternativesOf(read: Fields): number | null {
  const value = read.raw('logprobs')
  if (typeof value === 'boolean') return value ? 0 : null
  return read.integer('logprobs', 0, 20) ?? null
}

/** A text, texts, tokens, or several lists of tokens. */
function promptsOf(value: unknown): readonly RawPrompt[] {
  const expected = 'a string, an array of strings, of token ids, or of arrays of token ids'
  if (typeof value === 'string') return [promptOf('prompt', value)]
  const list = array('prompt', value, expected)
  if (list.length === 0) throw invalid('prompt', 'prompt must not be empty')
  if (typeof list[0] === 'number') return [promptOf('prompt', list)]
  if (list.length > maxPrompts) {
    throw invalid('prompt', `prompt must have at most ${maxPrompts} entries`)
  }
  return list.map((entry, i) => promptOf(`prompt[${i}]`, entry))
}

function promptOf(name: string, value: unknown): RawPrompt {
  if (typeof value === 'string') {
    if (value !== '') return value
    throw invalid(name, `${name} must not be empty`)
  }
  if (!Array.isArray(value)) throw invalidType(name, 'a string or an array of token ids', value)
  if (value.length === 0) throw invalid(name, `${name} must not be empty`)
  return { tokens: Array.from(tokenList(name, value)) }
}
