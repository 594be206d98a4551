/** How sure this model is of words that it did not write, for the scores that read it. */

import type { SegmentedTrace } from '../../../types/public.js'
import type { CompressSession } from './types.js'

/** Likeliest tokens that TRAAC's confidence is made of. */
const likeliest = 20

/**
 * The trace with the log-probabilities that this model gives its tokens, and, for 'confidence-traac', its certainties; as it is
 * for other scores.
 */
export async function withCertainty(
  method: string,
  trace: SegmentedTrace,
  session: Pick<CompressSession, 'tokenLogprobs'>,
  signal?: AbortSignal,
): Promise<SegmentedTrace> {
  if (method !== 'confidence' && method !== 'confidence-traac') return trace
  const { prompt, tokens } = trace
  const asked = method === 'confidence-traac' ? likeliest : 0
  const { logprobs, alternatives } = await session.tokenLogprobs([...prompt.tokens, ...tokens], {
    from: prompt.tokens.length,
    alternatives: asked,
    signal,
  })
  if (asked === 0) return { ...trace, logprobs }
  const certainties = alternatives.map(some => certaintyOf(some.map(({ logprob }) => logprob)))
  return { ...trace, logprobs, certainties }
}

/** One minus the entropy of the likeliest, whose probabilities are made to sum to 1, over its most. */
export function certaintyOf(logprobs: readonly number[]): number {
  const weights = logprobs.map(Math.exp)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const entropy = weights.reduce((sum, weight) => {
    const share = weight / total
    return share > 0 ? sum - share * Math.log(share) : sum
  }, 0)
  return 1 - entropy / Math.log(logprobs.length)
}
