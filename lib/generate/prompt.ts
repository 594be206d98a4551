/** The prompt, rendered and checked against the context. */

import type { TemplateArguments, Trace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { reservedCells } from '../engine/branches.js'
import type { ResolvedPrompt } from '../engine/prompt-input.js'
import type { Runtime } from '../engine/runtime.js'
import type { Weights } from '../engine/weights.js'
import { TokenText } from '../trace/token-text.js'

/** @throws CotPruneError ERR_EMPTY_PROMPT, ERR_CONTEXT_FULL, ERR_CHAT_TEMPLATE */
export async function renderPrompt(
  { model, branches }: Runtime,
  { messages, raw }: ResolvedPrompt,
  templateArguments: TemplateArguments,
): Promise<Trace['prompt']> {
  const prompt =
    messages === null
      ? await rawPrompt(model, raw ?? '')
      : await model.renderChat(messages, { templateArguments })
  if (prompt.tokens.length === 0) {
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'the prompt has no tokens')
  }
  if (prompt.tokens.length + reservedCells >= branches.contextLength) {
    throw new CotPruneError(
      'ERR_CONTEXT_FULL',
      `a prompt of ${prompt.tokens.length} tokens leaves no room in a context of ` +
        `${branches.contextLength} (${reservedCells} cells are kept for probes); ` +
        'open the session with a larger contextLength, or shorten the prompt',
    )
  }
  return prompt
}

async function rawPrompt(model: Weights, raw: string | Int32Array): Promise<Trace['prompt']> {
  if (typeof raw === 'string') {
    return {
      text: raw,
      tokens: await model.tokenize(raw, { addSpecial: true, parseSpecial: true }),
    }
  }
  const text = new TokenText()
  text.push(await model.pieces(raw))
  text.flush()
  return { text: text.text, tokens: Array.from(raw) }
}
