/** How long a model may think, by whatever name: efforts in words, budgets in tokens, variables of the template. */

import { type AskedThinking, askedThinking, efforts } from '../../chat/index.js'
import type { TemplateArguments } from '../../index.js'
import { invalid } from '../http/api-error.js'
import type { Fields } from './fields.js'

export const thinkingFields = [
  'reasoning_effort',
  'reasoning_budget_tokens',
  'thinking_budget_tokens',
  'thinking_token_budget',
  'chat_template_kwargs',
] as const

/** @param ours `cot_prune.budget`, one more name of it */
export function readThinking(fields: Fields, ours: number | undefined): AskedThinking {
  const names = ['reasoning_budget_tokens', 'thinking_budget_tokens', 'thinking_token_budget']
  const theirs = fields.same(names, key => fields.integer(key, -1, 2 ** 24))
  if (ours !== undefined && theirs !== undefined && ours !== theirs) {
    throw invalid('cot_prune.budget', 'cot_prune.budget and the budget beside it differ')
  }
  const tokens = ours ?? theirs
  const effort = fields.oneOf('reasoning_effort', efforts)
  // the seam: `renderChat` checks that these are what JSON can say
  const given = (fields.object('chat_template_kwargs') ?? {}) as TemplateArguments
  return askedThinking(tokens, effort, given)
}
