import type { Observer } from '../../../types/public.js'

/** The last tokens of the thinking, as SnapKV and R-KV look back; the mean of their rows. */
export const window = (tokens: number): Observer => ({
  name: 'window',
  observe: ({ thinking }) => ({ tokens: thinking.tokenEnd, window: tokens }),
})
