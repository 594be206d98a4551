/** Our own field of a request, `cot_prune`: pruning while it thinks, an early end, what is told of the steps, and old thoughts. */

import { isObject } from '../../base/check.js'
import { invalidType } from '../../base/errors.js'
import type { EarlyExitOptions, PruningOptions } from '../../index.js'
import { type History, histories } from '../options.js'
import { Fields } from './fields.js'

export interface AskedPruning {
  /** As `GenerateOptions.pruning`; null: none. */
  readonly inFlight: PruningOptions | null
  /** By the step graph of the heads that are known for the model. */
  readonly byStepGraph: boolean
  readonly earlyExit: EarlyExitOptions | null
  readonly budget: number | undefined
  /** Whether steps and their scores are told. */
  readonly steps: boolean
  /** null: as the server has it. */
  readonly history: History | null
  /** Share of the steps of old thoughts that stays, with 'prune'. */
  readonly historyKeep: number
}

const known = [
  'in_flight',
  'early_exit',
  'budget',
  'steps',
  'history',
  'history_keep',
] as const satisfies readonly string[]

/** @throws TypeError, RangeError or ApiError that names the field */
export function readPruning(fields: Fields): AskedPruning {
  const own = new Fields(fields.raw('cot_prune') ?? {}, known, [], 'cot_prune')
  const { byStepGraph, options } = inFlightOf(own)
  const exit = own.raw('early_exit')
  const off = exit === undefined || exit === false
  return {
    inFlight: options,
    byStepGraph,
    earlyExit: off ? null : exit === true ? {} : camelCased('cot_prune.early_exit', exit),
    budget: own.integer('budget', 0, 2 ** 24),
    steps: own.boolean('steps') ?? false,
    history: own.oneOf('history', histories) ?? null,
    historyKeep: own.number('history_keep', { min: 0, max: 1 }) ?? 0.5,
  }
}

function inFlightOf(
  own: Fields,
): Pick<AskedPruning, 'byStepGraph'> & { readonly options: PruningOptions | null } {
  const given = own.raw('in_flight')
  if (given === undefined || given === false) return { byStepGraph: false, options: null }
  const options: { readonly score?: unknown } = camelCased(
    'cot_prune.in_flight',
    given === true ? {} : given,
  )
  if (options.score !== 'step-graph')
    return { byStepGraph: false, options: options as PruningOptions }
  const { score: _, ...rest } = options
  return { byStepGraph: true, options: rest }
}

/** `undo_below` is `undoBelow`. `session.generate` checks what is in it. */
function camelCased(name: string, value: unknown): object {
  if (!isObject(value)) throw invalidType(name, 'an object or a boolean', value)
  const entries = Object.entries(value).map(([key, entry]) => [
    key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    entry,
  ])
  return Object.fromEntries(entries)
}
