/** A call of the AI SDK → what is asked of a chat, and what of the call is not heeded. */

import type { LanguageModelV3CallOptions, SharedV3Warning } from '@ai-sdk/provider'
import { oneOf } from '../base/check.js'
import { type AskedChat, askedThinking, efforts, type History, seedOr } from '../chat/index.js'
import { type CotPruneSettings, resolveSettings } from './options.js'
import { messagesOf } from './prompt.js'

export interface Call {
  readonly asked: AskedChat
  readonly history: History
  readonly warnings: SharedV3Warning[]
}

/** @throws TypeError or RangeError that names the field */
export function readCall(options: LanguageModelV3CallOptions, defaults: CotPruneSettings): Call {
  const own = options.providerOptions?.cotPrune ?? {}
  const settings = resolveSettings('providerOptions.cotPrune', { ...defaults, ...own })
  const { temperature, topP, topK, presencePenalty, seed, maxOutputTokens } = options
  return {
    asked: {
      messages: messagesOf(options.prompt),
      sampling: { temperature, topP, topK, presencePenalty, seed: seedOr(seed) },
      maxTokens: maxOutputTokens ?? null,
      stop: options.stopSequences ?? [],
      thinking: askedThinking(
        settings.thinkingBudget,
        effortOf(options),
        settings.templateArguments,
      ),
      pruning: settings.pruning,
      alternatives: null,
    },
    history: settings.history,
    warnings: warningsOf(options),
  }
}

/** Calls of `ai` 7 say it, whose options the interface of `ai` 6 does not have; they are handed on as they are. */
function effortOf(options: object): (typeof efforts)[number] | undefined {
  const { reasoning }: { readonly reasoning?: unknown } = options
  if (reasoning === undefined || reasoning === 'provider-default') return undefined
  return oneOf('reasoning', reasoning, efforts)
}

function warningsOf(options: LanguageModelV3CallOptions): SharedV3Warning[] {
  const { frequencyPenalty = 0, tools = [], responseFormat } = options
  const unsupported = (feature: string, details: string) =>
    ({ type: 'unsupported', feature, details }) as const
  return [
    ...(frequencyPenalty === 0
      ? []
      : [unsupported('frequencyPenalty', 'it is left out; there is presencePenalty')]),
    ...(tools.length === 0 ? [] : [unsupported('tools', 'the model does not hear of them')]),
    ...(responseFormat?.type === 'json'
      ? [unsupported('responseFormat', 'ask for the form in the prompt')]
      : []),
  ]
}
