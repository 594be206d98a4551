/** Options as untyped JavaScript gives them, to every function that reads some. */

import type t from 'tap'
import { resolveModelOptions, resolveSessionOptions } from '../../dist/engine/options.js'
import { resolveSampling } from '../../dist/engine/sampling.js'
import { resolveEvaluateOptions } from '../../dist/evaluate/options.js'
import { resolveGenerateOptions } from '../../dist/generate/options.js'
import { resolvePruneOptions } from '../../dist/prune/options.js'
import { resolveScoreOptions } from '../../dist/score/options.js'
import { resolveSegmentOptions } from '../../dist/segment/options.js'
import { call } from './call.js'

type Resolve = (options: unknown) => unknown

export const sessionInfo = { trainedContext: 131_072, heads: 12 }
export const scoreInfo = { layers: 4, heads: 2 }

/** Each resolve function as untyped JavaScript calls it. */
export const stages: Readonly<Record<string, Resolve>> = {
  model: options => call(resolveModelOptions, options),
  session: options => call(resolveSessionOptions, options, sessionInfo),
  sampling: options => call(resolveSampling, options),
  generate: options => call(resolveGenerateOptions, options),
  segment: options => call(resolveSegmentOptions, options),
  score: options => call(resolveScoreOptions, options, scoreInfo),
  prune: options => call(resolvePruneOptions, options),
  evaluate: options => call(resolveEvaluateOptions, options),
}

export const at = (stage: string): Resolve => {
  const resolve = stages[stage]
  if (resolve === undefined) throw new Error(stage)
  return resolve
}

/** What must be thrown: the class, the code, and a message that starts with the option's name. */
export function refused(t: Tap, run: () => unknown, code: string, name: string, what: string) {
  try {
    run()
    t.fail(`${what} passed`)
  } catch (error) {
    const type = code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError
    const named = error instanceof type && error.message.startsWith(`${name} `)
    t.match(error, { code }, what)
    t.ok(named, `${what}: ${error}`)
  }
}

type Tap = Pick<typeof t, 'fail' | 'match' | 'ok'>
