/** Options of the step graph. */

import type { HeadRef, ModelInfo, StepGraphOptions } from '../../types/public.js'
import { invalidType, invalidValue } from '../errors.js'
import { checkHeads } from '../score-heads.js'
import { checkKnown, isObject, keysOf, signal } from './check.js'
import { headListOf } from './generate.js'

export interface ResolvedStepGraphOptions {
  readonly heads: readonly HeadRef[]
  readonly signal: AbortSignal | null
}

const keys = keysOf<StepGraphOptions>({ heads: true, signal: true })

/** @throws TypeError or RangeError that names the option, or the head that there is not, or is twice */
export function resolveStepGraphOptions(
  options: StepGraphOptions,
  model: Pick<ModelInfo, 'layers' | 'heads'>,
): ResolvedStepGraphOptions {
  if (!isObject(options)) throw invalidType('options', 'an object with heads', options)
  checkKnown('options', options, keys)
  const heads = checkHeads(headListOf('options.heads', options.heads), model)
  const seen = new Set<string>()
  for (const [i, { layer, head }] of heads.entries()) {
    const name = `layer ${layer}, head ${head}`
    if (seen.has(name)) throw invalidValue(`options.heads[${i}]`, 'a head not listed before', name)
    seen.add(name)
  }
  return { heads, signal: signal('options.signal', options.signal) }
}
