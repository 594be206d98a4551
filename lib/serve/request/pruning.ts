/** Our own field of a request, `cot_prune`: pruning while it thinks, an early end, what is told of the steps, and old thoughts. */

import { isObject } from '../../base/check.js'
import {
  type AskedPruning,
  askedEarlyExit,
  askedInFlight,
  type History,
  histories,
} from '../../chat/index.js'
import { Fields } from './fields.js'

export interface AskedField {
  readonly pruning: AskedPruning
  readonly budget: number | undefined
  /** null: as the server has it. */
  readonly history: History | null
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
export function readPruning(fields: Fields): AskedField {
  const own = new Fields(fields.raw('cot_prune') ?? {}, known, [], 'cot_prune')
  const nested = (key: string) => camelCased(own.raw(key))
  return {
    pruning: {
      ...askedInFlight('cot_prune.in_flight', nested('in_flight')),
      earlyExit: askedEarlyExit('cot_prune.early_exit', nested('early_exit')),
      steps: own.boolean('steps') ?? false,
      historyKeep: own.number('history_keep', { min: 0, max: 1 }) ?? 0.5,
    },
    budget: own.integer('budget', 0, 2 ** 24),
    history: own.oneOf('history', histories) ?? null,
  }
}

/** `undo_below` is `undoBelow`. `session.generate` checks what is in it. */
function camelCased(value: unknown): unknown {
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, entry]) => [
    key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    entry,
  ])
  return Object.fromEntries(entries)
}
