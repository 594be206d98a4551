/** Whose attention is read, by name. A new observer is a file beside this and a line here. */

import type { Observer, ObserverName, SegmentedTrace } from '../../types/public.js'
import { invalidType } from '../errors.js'
import { oneOf } from '../options/check.js'
import { lastToken } from './last-token.js'
import { thinkClearly, traac } from './probes.js'
import { thinkEnd } from './think-end.js'
import { window } from './window.js'

const observers: Readonly<Record<ObserverName, (options: { window: number }) => Observer>> = {
  'last-token': () => lastToken,
  'think-end': () => thinkEnd,
  'think-clearly': () => thinkClearly,
  traac: () => traac,
  window: options => window(options.window),
}

export const observerNames = Object.keys(observers) as readonly ObserverName[]

/** @throws TypeError for an unknown name and for an object that is no observer */
export function resolveObserver(choice: unknown, windowTokens: number): Observer {
  if (isObserver(choice)) return choice
  const expected = 'options.observer'
  if (typeof choice !== 'string') {
    throw invalidType(expected, 'a name, or an object with a name and an observe function', choice)
  }
  return observers[oneOf(expected, choice, observerNames)]({ window: windowTokens })
}

/** 'think-end' where the trace has one, else 'last-token'. */
export const defaultObserver = ({ answer, thinking }: SegmentedTrace): Observer =>
  answer.tokenStart > thinking.tokenEnd ? thinkEnd : lastToken

function isObserver(value: unknown): value is Observer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    value.name !== '' &&
    'observe' in value &&
    typeof value.observe === 'function'
  )
}
