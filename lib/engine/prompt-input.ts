/** What is given to a model: a raw string, or messages for its chat template. */

import type { Message, PromptInput } from '../../types/public.js'
import { array, checkKnown, isObject, keysOf, oneOf, string } from '../base/check.js'
import { CotPruneError, invalidType } from '../base/errors.js'

/** Exactly one is not null. */
export interface ResolvedPrompt {
  readonly messages: readonly Message[] | null
  readonly raw: string | null
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
  const list = array('prompt', input, 'a string or an array of messages')
  if (list.length === 0) {
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'prompt is an empty array of messages')
  }
  const messages = Array.from(list, (entry, i) => messageOf(`prompt[${i}]`, entry))
  return { messages, raw: null }
}
