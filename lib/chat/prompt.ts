/** Messages → the tokens of a prompt, and what they say of the thinking. */

import type { Model, TemplateArguments } from '../index.js'
import type { AskedMessage, AskedThinking } from './asked.js'

export interface Prompt {
  readonly tokens: readonly number[]
  readonly text: string
  /** Whether it opens the thinking, has closed it, or leaves it to the model. */
  readonly end: 'opened' | 'closed' | 'neither'
}

/** The prompt of a chat whose earlier thoughts are text already, or left out. */
export async function renderPrompt(
  model: Model,
  messages: readonly AskedMessage[],
  templateArguments: TemplateArguments,
): Promise<Prompt> {
  const plain = messages.map(({ role, content }) => ({ role, content }))
  const { text, tokens } = await model.renderChat(plain, { templateArguments })
  return { text, tokens, end: endOf(model, text) }
}

export function endOf(model: Model, text: string): Prompt['end'] {
  const { thinking } = model.info
  if (thinking === null) return 'neither'
  const trimmed = text.trimEnd()
  if (trimmed.endsWith(thinking.close)) return 'closed'
  return trimmed.endsWith(thinking.open) ? 'opened' : 'neither'
}

/** A prompt behind which nothing is thought: where the template has not closed the thinking, it is closed here. */
export async function withoutThinking(
  model: Model,
  prompt: Prompt,
  { budget }: AskedThinking,
): Promise<Prompt> {
  const { thinking } = model.info
  if (budget !== 0 || thinking === null || prompt.end === 'closed') return prompt
  const added = (prompt.end === 'opened' ? '' : thinking.opening) + thinking.closing
  const tokens = await model.tokenize(added, { parseSpecial: true })
  return { tokens: [...prompt.tokens, ...tokens], text: prompt.text + added, end: 'closed' }
}
