import type { Scorer } from '../../../types/public.js'

/** Later is higher. */
export const recency: Scorer = {
  name: 'recency',
  score: trace => trace.steps.map(({ index }) => index),
}
