/** Whose attention is read, by name. A new observer is a file beside this and a line here. */

import type { Observer, ObserverName, SegmentedTrace } from '../../../types/public.js'
import { builtInOrOwn } from '../../base/choice.js'
import { lastToken } from './last-token.js'
import { thinkClearly, traac } from './probes.js'
import { thinkEnd } from './think-end.js'
import { window } from './window.js'

/** @param windowTokens how many look with 'window' */
const observers = (windowTokens: number): Readonly<Record<ObserverName, Observer>> => ({
  'last-token': lastToken,
  'think-end': thinkEnd,
  'think-clearly': thinkClearly,
  traac,
  window: window(windowTokens),
})

/** @throws TypeError for an unknown name and for an object that is no observer */
export function resolveObserver(choice: unknown, windowTokens: number): Observer {
  const known = Object.values(observers(windowTokens))
  return builtInOrOwn('options.observer', choice, known, 'observe')
}

/** 'think-end' where the trace has one, else 'last-token'. */
export const defaultObserver = ({ answer, thinking }: SegmentedTrace): Observer =>
  answer.tokenStart > thinking.tokenEnd ? thinkEnd : lastToken
