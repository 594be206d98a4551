/** A row as it is read, and as it is written again. Pure. */

import { isObject } from '../../base/check.js'
import { parseJson } from '../../base/json.js'
import type { CompressedTurn } from './compress-turn.js'
import { type Edit, editJson } from './json-text.js'
import { RowError } from './row-fault.js'
import type { Path, ThinkingTurn } from './turns.js'
import type { RowRecord } from './types.js'

/** The field of a row that says what went. */
export const recordField = 'cot_prune'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** null: the row is data. @throws RowError */
export function lineOf(row: unknown): string | null {
  if (typeof row === 'string') return row.replace(/^\uFEFF/, '')
  if (!(row instanceof Uint8Array)) return null
  try {
    return utf8.decode(row)
  } catch (cause) {
    throw new RowError('json', 'the line is not UTF-8 text', { cause })
  }
}

/** @throws RowError */
export function parseLine(line: string): unknown {
  try {
    return parseJson(line)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new RowError('json', `the line is not valid JSON: ${message}`, { cause })
  }
}

export function writtenRow(
  row: unknown,
  line: string | null,
  turns: readonly ThinkingTurn[],
  done: readonly CompressedTurn[],
  record: RowRecord,
): unknown {
  const texts = turns.flatMap((turn, i) => {
    const thinking = done[i]?.thinking ?? null
    return thinking === null ? [] : [{ path: turn.path, text: put(turn, thinking) }]
  })
  if (line === null) {
    const changed = texts.reduce<unknown>((all, { path, text }) => replaced(all, path, text), row)
    return replaced(changed, [recordField], record)
  }
  const edits: Edit[] = texts.map(({ path, text }) => ({ path, json: JSON.stringify(text) }))
  return editJson(line, [...edits, { path: [recordField], json: JSON.stringify(record) }])
}

const put = ({ text, range }: ThinkingTurn, thinking: string): string =>
  text.slice(0, range.start) + thinking + text.slice(range.end)

/** A copy with another value in one place; keys keep their order. */
function replaced(value: unknown, path: Path, put: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return put
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => (i === key ? replaced(item, rest, put) : item))
  }
  if (!isObject(value)) return value
  const fields = new Map<string, unknown>(Object.entries(value))
  return Object.fromEntries(fields.set(String(key), replaced(fields.get(String(key)), rest, put)))
}
