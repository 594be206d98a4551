import type { Scorer } from '../../../types/public.js'

/** Longer is higher, in tokens: what a sum over tokens measures in part. */
export const length: Scorer = {
  name: 'length',
  score: trace => trace.steps.map(({ tokenStart, tokenEnd }) => tokenEnd - tokenStart),
}
