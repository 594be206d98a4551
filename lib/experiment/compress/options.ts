/** Options of compressing, checked and with defaults. */

import { checkKnown, integer, keysOf, oneOf, signal } from '../../base/check.js'
import { invalidType, invalidValue } from '../../base/errors.js'
import { thinkingFormats } from '../../index.js'
import { type ResolvedAsk, resolveAsk } from '../run/ask-options.js'
import { methodsOf } from '../run/methods.js'
import { presets } from '../run/presets.js'
import type { Method } from '../run/types.js'
import type { Tags } from './find-thinking.js'
import { checkRule } from './rule.js'
import {
  type CompressRule,
  type CompressSession,
  type CompressTracesOptions,
  type OnError,
  onErrorNames,
} from './types.js'

/** A session with what scores its traces. */
export interface Worker {
  readonly session: CompressSession
  readonly method: Method
}

export interface CompressPlan
  extends Pick<CompressTracesOptions, 'segmenting' | 'protect' | 'check' | 'signal'> {
  readonly workers: readonly Worker[]
  readonly model: CompressSession['model']
  readonly formats: readonly Tags[]
  /** Of the smallest context. */
  readonly contextLength: number
  readonly method: string
  /** Rows of a group: 1 where the method reads them one by one. */
  readonly parallel: number
  readonly rule: CompressRule
  readonly ask: ResolvedAsk
  readonly onError: OnError
  readonly seed: number
  readonly first: number
  /** What messages call a row. */
  readonly where: (index: number) => string
}

export const compressKeys = keysOf<CompressTracesOptions>({
  session: true,
  rule: true,
  method: true,
  heads: true,
  segmenting: true,
  protect: true,
  ask: true,
  onError: true,
  check: true,
  parallel: true,
  seed: true,
  first: true,
  signal: true,
})

export const defaultRule: CompressRule = { threshold: 0.3 }

/** @throws TypeError or RangeError that names the option */
export function resolveCompress(options: CompressTracesOptions): CompressPlan {
  checkKnown('options', options, compressKeys)
  const { heads, method = heads === undefined ? 'last-token' : 'step-graph' } = options
  const {
    segmenting,
    protect,
    check,
    parallel = 1,
    seed = 0,
    first = 0,
    onError = 'copy',
  } = options
  if (check !== undefined && typeof check !== 'function') {
    throw invalidType('options.check', 'a function of an index', check)
  }
  const aborted = signal('options.signal', options.signal) ?? undefined
  const workers = sessionsOf(options.session).map(session => {
    const preset = presets.recommended
    const [found] = methodsOf([method], { session, preset, heads, signal: aborted })
    if (found === undefined) throw invalidValue('options.method', 'a method', method)
    return { session, method: found }
  })
  const [one] = workers
  if (one === undefined) {
    throw invalidValue('options.session', 'a session, or several', options.session)
  }
  const { model } = one.session
  const together = integer('options.parallel', parallel, { min: 1, max: 64 })
  return {
    workers,
    model,
    method: one.method.name,
    parallel: one.method.heads === undefined ? 1 : together,
    contextLength: Math.min(...workers.map(({ session }) => session.info.contextLength)),
    formats: [...(model.info.thinking === null ? [] : [model.info.thinking]), ...thinkingFormats],
    rule: checkRule('options.rule', options.rule ?? defaultRule),
    segmenting,
    protect,
    ask: resolveAsk(options.ask),
    check,
    onError: oneOf('options.onError', onError, onErrorNames),
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
    first: integer('options.first', first, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    signal: aborted,
    where: index => `row ${index}`,
  }
}

const sessionsOf = (given: CompressTracesOptions['session']): readonly CompressSession[] =>
  isList(given) ? given : [given]

/** `Array.isArray` does not narrow read-only arrays. */
const isList = (given: CompressTracesOptions['session']): given is readonly CompressSession[] =>
  Array.isArray(given)
