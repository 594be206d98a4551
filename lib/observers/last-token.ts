import type { Trace } from '../../types/public.js'

/** The last generated token: what the seed notebook reads. */
export const lastToken = (trace: Trace): number => trace.tokens.length - 1
