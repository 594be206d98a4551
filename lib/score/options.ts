/** Options of `scoreSteps`. */

import type { AggregateName, LayerChoice, Observer, ScoreOptions } from '../../types/public.js'
import { boolean, checkKnown, integer, keysOf, oneOf, signal } from '../base/check.js'
import { resolveObserver } from './observers/index.js'
import { layerList } from './row-scores.js'

export interface ResolvedScoreOptions {
  /** null: 'think-end' where the trace has one, else 'last-token'. */
  readonly observer: Observer | null
  readonly aggregate: AggregateName
  /** Checked against the model; `layerList` turns it into a list. */
  readonly layers: LayerChoice
  readonly perHead: boolean
  readonly perToken: boolean
  readonly includePrompt: boolean
  readonly includeSink: boolean
  readonly sinkTokens: number
  readonly signal: AbortSignal | null
}

const scoreKeys = keysOf<ScoreOptions>({
  observer: true,
  window: true,
  aggregate: true,
  layers: true,
  perHead: true,
  perToken: true,
  includePrompt: true,
  includeSink: true,
  sinkTokens: true,
  signal: true,
})

const aggregates = ['sum', 'mean'] as const satisfies readonly AggregateName[]

/** @throws TypeError or RangeError that names the option */
export function resolveScoreOptions(
  options: ScoreOptions | undefined,
  info: { readonly layers: number; readonly heads: number },
): ResolvedScoreOptions {
  checkKnown('options', options, scoreKeys)
  const { observer, window = 8, aggregate = 'mean', layers = 'all', sinkTokens = 4 } = options ?? {}
  const {
    perHead = false,
    perToken = false,
    includePrompt = false,
    includeSink = false,
  } = options ?? {}
  layerList(layers, info.layers)
  const windowTokens = integer('options.window', window, { min: 1, max: 8192 })
  return {
    observer: observer === undefined ? null : resolveObserver(observer, windowTokens),
    aggregate: oneOf('options.aggregate', aggregate, aggregates),
    layers,
    perHead: boolean('options.perHead', perHead),
    perToken: boolean('options.perToken', perToken),
    includePrompt: boolean('options.includePrompt', includePrompt),
    includeSink: boolean('options.includeSink', includeSink),
    sinkTokens: integer('options.sinkTokens', sinkTokens, { min: 0, max: 65_536 }),
    signal: signal('options.signal', options?.signal),
  }
}
