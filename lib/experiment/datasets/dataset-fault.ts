/** Faults of data sets, and values in messages. */

import { CotPruneError } from '../../index.js'

export function fault(message: string, cause?: unknown): CotPruneError {
  return new CotPruneError('ERR_DATASET', message, cause === undefined ? {} : { cause })
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

/** Of whatever JSON has: an object may have no use for `String`. */
export const plainText = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner))
    : String(value)

/** A row, its columns in lower case, and where it stands: `file:3`. */
export interface Row {
  readonly where: string
  readonly columns: ReadonlyMap<string, unknown>
}

/** @param value what should be an object */
export function rowOf(value: unknown, where: string): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault(`${where}: expected an object, received ${kindOf(value)}`)
  }
  return {
    where,
    columns: new Map(
      Object.entries(value).map(([key, entry]) => [key.trim().toLowerCase(), entry]),
    ),
  }
}
