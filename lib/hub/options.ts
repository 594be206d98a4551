/** Options of what fetches. */

import type { FetchOptions } from '../../types/public.js'
import { boolean, checkKnown, keysOf, signal } from '../base/check.js'
import { invalidType } from '../base/errors.js'
import { hubEnvironment } from './environment.js'
import { type Hub, patience } from './http.js'

export interface ResolvedFetchOptions {
  readonly hub: Hub
  readonly update: boolean
  readonly onProgress: NonNullable<FetchOptions['onProgress']>
  readonly onPlan: NonNullable<FetchOptions['onPlan']>
}

const keys = keysOf<FetchOptions>({ signal: true, onProgress: true, onPlan: true, update: true })

/** @throws TypeError that names the option */
export function resolveFetchOptions(options?: FetchOptions): ResolvedFetchOptions {
  checkKnown('options', options, keys)
  const { onProgress = () => {}, onPlan = () => {}, update = false } = options ?? {}
  for (const [key, value] of Object.entries({ onProgress, onPlan })) {
    if (typeof value !== 'function') throw invalidType(`options.${key}`, 'a function', value)
  }
  return {
    hub: {
      environment: hubEnvironment(),
      patience,
      signal: signal('options.signal', options?.signal),
    },
    update: boolean('options.update', update),
    onProgress,
    onPlan,
  }
}
