import type { Scorer } from '../../../types/public.js'

/**
 * How sure the model was of a step: exp of the mean log-probability of its tokens, the inverse of
 * their perplexity. A step without tokens has 0.
 */
export const confidence: Scorer = {
  name: 'confidence',
  score: ({ steps, logprobs }) =>
    steps.map(({ tokenStart, tokenEnd }) => {
      let sum = 0
      for (let i = tokenStart; i < tokenEnd; i++) sum += logprobs[i] ?? Number.NaN
      return tokenEnd > tokenStart ? Math.exp(sum / (tokenEnd - tokenStart)) : 0
    }),
}
