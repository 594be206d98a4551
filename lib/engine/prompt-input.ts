/** What is given to a model: a raw string, tokens, or messages for its chat template. */

import type { Message, PromptInput } from '../../types/public.js'
import { array, checkKnown, isObject, keysOf, oneOf, string, tokenList } from '../base/check.js'
import { CotPruneError, invalidType } from '../base/errors.js'

/** Messages, or where they are null a text or tokens. */
export interface ResolvedPrompt {
  readonly messages: readonly Message[] | null
  readonly raw: string | Int32Array | null
}

const roles = ['system', 'user', 'assistant'] as const satisfies readonly Message['role'][]
const messageKeys = keysOf<Message>({ role: true, content: true })

/** A copy with the known keys, so that the trace is plain data whatever the caller passed. */
function messageOf(name: string, value: unknown): Message {
  if (!isObject(value)) throw invalidType(name, 'an object with role and content', value)
  checkKnown(name, value, messageKeys)
  const { role, content }: Partial<Record<keyof Message, unknown>> = value
  return {
    role: oneOf(`${name}.role`, role, roles),
    content: string(`${name}.content`, content),
  }
}

/**
 * @throws TypeError that names the message; CotPruneError ERR_EMPTY_PROMPT for an empty string and
 * for no messages
 */
export function resolvePromptInput(input: PromptInput): ResolvedPrompt {
  if (input === '') throw new CotPruneError('ERR_EMPTY_PROMPT', 'prompt is an empty string')
  if (typeof input === 'string') return { messages: null, raw: input }
  if (isObject(input) && 'tokens' in input) {
    checkKnown('prompt', input, ['tokens'])
    const raw = tokenList('prompt.tokens', input.tokens)
    if (raw.length > 0) return { messages: null, raw }
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'prompt.tokens is empty')
  }
  const list = array('prompt', input, 'a string, an object with tokens, or an array of messages')
  if (list.length === 0) {
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'prompt is an empty array of messages')
  }
  const messages = Array.from(list, (entry, i) => messageOf(`prompt[${i}]`, entry))
  return { messages, raw: null }
}
