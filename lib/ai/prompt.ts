/** Prompts of the AI SDK → the messages of a chat. */

import type { LanguageModelV3Message, LanguageModelV3Prompt } from '@ai-sdk/provider'
import { invalidValue } from '../base/errors.js'
import type { AskedMessage } from '../chat/index.js'

/** @throws TypeError that names the part that is neither text nor reasoning */
export const messagesOf = (prompt: LanguageModelV3Prompt): readonly AskedMessage[] =>
  prompt.map((message, i) => messageOf(`prompt[${i}]`, message))

function messageOf(name: string, message: LanguageModelV3Message): AskedMessage {
  if (message.role === 'tool') {
    throw invalidValue(
      `${name}.role`,
      "'system', 'user' or 'assistant': there are no tools",
      'tool',
    )
  }
  if (message.role === 'system') return { role: 'system', content: message.content, reasoning: '' }
  const { role, content } = message
  const texts: string[] = []
  const thoughts: string[] = []
  for (const [i, part] of content.entries()) {
    if (part.type === 'text') texts.push(part.text)
    else if (part.type === 'reasoning') thoughts.push(part.text)
    else throw invalidValue(`${name}.content[${i}].type`, "'text' or 'reasoning'", part.type)
  }
  return { role, content: texts.join(''), reasoning: thoughts.join('\n\n') }
}
