/** What is told in the AI SDK's terms: usage, the reason of the end, and our own `providerMetadata.cotPrune`. */

import type {
  LanguageModelV3FinishReason,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider'
import type { ChatAnswer, Spent, Told, ToldSteps } from '../chat/index.js'

/** `providerMetadata.cotPrune`. */
export interface CotPruneMetadata extends Pick<Told, 'end' | 'forcedEnd'> {
  /** With `steps`: each with its range of the reasoning's text, its score, and how many of its tokens were evicted. */
  readonly steps?: ToldSteps['steps']
  /** An observer, or 'step-graph'; null where there is no step. */
  readonly scoredBy?: ToldSteps['scoredBy']
  readonly splitter?: string
  /** With `pruning` or `earlyExit`. */
  readonly inFlight?: NonNullable<Told['inFlight']>
  /** Where reasoning of earlier turns was put in again. */
  readonly history?: NonNullable<Told['history']>
}

export function metadataOf({ told }: ChatAnswer): SharedV3ProviderMetadata {
  const { end, forcedEnd, steps, inFlight, history } = told
  const cotPrune = {
    end,
    forcedEnd: forcedEnd && { ...forcedEnd },
    ...(steps && { ...steps, steps: steps.steps.map(step => ({ ...step })) }),
    ...(inFlight && { inFlight: { ...inFlight } }),
    ...(history && { history: { ...history } }),
  } satisfies CotPruneMetadata
  return { cotPrune }
}

export const usageOf = ({
  prompt,
  cached,
  completion,
  reasoning,
}: Spent): LanguageModelV3Usage => ({
  inputTokens: {
    total: prompt,
    noCache: prompt - cached,
    cacheRead: cached,
    cacheWrite: undefined,
  },
  outputTokens: { total: completion, text: completion - reasoning, reasoning },
})

/** The raw one says how the thinking ended: 'closed', 'cut', 'unclosed' or 'plain'. */
export const finishOf = ({ finishReason, state }: ChatAnswer): LanguageModelV3FinishReason => ({
  unified: finishReason,
  raw: state,
})
