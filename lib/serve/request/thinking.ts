/** How long a model may think, by whatever name: efforts in words, budgets in tokens, variables of the template. */

import type { TemplateArguments } from '../../index.js'
import { invalid } from '../http/api-error.js'
import type { Fields } from './fields.js'

export interface AskedThinking {
  /** Most tokens of the thinking; 0: none at all; null: as many as it likes. */
  readonly budget: number | null
  /** In place of a budget in tokens: a share of what may be written. */
  readonly share: number | null
  readonly templateArguments: TemplateArguments
}

export const thinkingFields = [
  'reasoning_effort',
  'reasoning_budget_tokens',
  'thinking_budget_tokens',
  'thinking_token_budget',
  'chat_template_kwargs',
] as const

/** Of the tokens that may be written, as OpenRouter shares them out. */
const shares = { minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.95 } as const
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** @param ours `cot_prune.budget`, one more name of it */
export function readThinking(fields: Fields, ours: number | undefined): AskedThinking {
  const names = ['reasoning_budget_tokens', 'thinking_budget_tokens', 'thinking_token_budget']
  const theirs = fields.same(names, key => fields.integer(key, -1, 2 ** 24))
  if (ours !== undefined && theirs !== undefined && ours !== theirs) {
    throw invalid('cot_prune.budget', 'cot_prune.budget and the budget beside it differ')
  }
  const tokens = ours ?? theirs
  const effort = fields.oneOf('reasoning_effort', efforts)
  const off = tokens === 0 || (tokens === undefined && effort === 'none')
  const share =
    tokens === undefined && effort !== undefined && effort !== 'none' && effort !== 'max'
      ? shares[effort]
      : null
  // the seam: `renderChat` checks that these are what JSON can say
  const given = (fields.object('chat_template_kwargs') ?? {}) as TemplateArguments
  return {
    budget: off ? 0 : tokens === undefined || tokens === -1 ? null : tokens,
    share,
    templateArguments: {
      ...(effort !== undefined && effort !== 'none' && { reasoning_effort: effort }),
      ...(off && { enable_thinking: false, thinking: false }),
      ...given,
    },
  }
}
