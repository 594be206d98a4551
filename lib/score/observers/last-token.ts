import type { Observer } from '../../../types/public.js'

/** The last generated token: what the seed notebook reads. */
export const lastToken: Observer = {
  name: 'last-token',
  observe: trace => ({ tokens: trace.tokens.length }),
}
