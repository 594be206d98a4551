/** Whose attention is read: the index of one generated token. */

import type { ObserverName, Trace } from '../../types/public.js'
import { lastToken } from './last-token.js'
import { thinkEnd } from './think-end.js'

export type Observer = (trace: Trace) => number

export const observers: Readonly<Record<ObserverName, Observer>> = {
  'last-token': lastToken,
  'think-end': thinkEnd,
}
