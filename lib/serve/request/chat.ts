/** The body of POST /v1/chat/completions. */

import type { AskedChat, History } from '../../chat/index.js'
import { unsupported } from '../http/api-error.js'
import { Fields } from './fields.js'
import {
  type AskedGeneration,
  generationFields,
  ignoredFields,
  readGeneration,
} from './generation.js'
import { readMessages } from './messages.js'
import { readPruning } from './pruning.js'
import { readThinking, thinkingFields } from './thinking.js'

export interface ChatRequest extends AskedGeneration, AskedChat {
  readonly model: string | null
  /** null: as the server has it. */
  readonly history: History | null
}

const fields = [
  ...generationFields,
  ...thinkingFields,
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'logprobs',
  'top_logprobs',
  'response_format',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'modalities',
  'cot_prune',
] as const

/** @throws TypeError, RangeError or ApiError that names the field */
export function readChat(body: unknown): ChatRequest {
  const read = new Fields(body, fields, ignoredFields)
  refuse(read)
  const { pruning, budget, history } = readPruning(read)
  const generation = readGeneration(read, ['max_completion_tokens', 'max_tokens'])
  const logprobs = read.boolean('logprobs') ?? false
  const top = read.integer('top_logprobs', 0, 20)
  return {
    ...generation,
    // a chat without a token is none
    maxTokens: generation.maxTokens === 0 ? null : generation.maxTokens,
    model: read.string('model') ?? null,
    messages: readMessages(read.raw('messages')),
    thinking: readThinking(read, budget),
    pruning,
    history,
    alternatives: logprobs ? (top ?? 0) : null,
  }
}

function refuse(read: Fields): void {
  const format = read.object('response_format')
  if (format !== undefined && !('type' in format && format.type === 'text')) {
    throw unsupported('response_format', "only { type: 'text' } is; ask for the form in the prompt")
  }
  for (const key of ['tools', 'functions']) {
    const value = read.raw(key)
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    throw unsupported(key, 'there are no tools yet')
  }
  for (const key of ['tool_choice', 'function_call']) {
    const value = read.raw(key)
    if (value === undefined || value === 'none' || value === 'auto') continue
    throw unsupported(key, 'there are no tools yet')
  }
  const modalities = read.raw('modalities')
  if (Array.isArray(modalities) && modalities.some(entry => entry !== 'text')) {
    throw unsupported('modalities', 'there is text alone')
  }
}
