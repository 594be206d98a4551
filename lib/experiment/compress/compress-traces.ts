/** Traces that somebody already has, row by row, without the steps that do not matter. */

import { isObject } from '../../base/check.js'
import { CotPruneError } from '../../index.js'
import { type CompressedTurn, compressTurn } from './compress-turn.js'
import { inOrder, Pool } from './in-order.js'
import { type Edit, editJson } from './json-text.js'
import { type CompressPlan, resolveCompress, type Worker } from './options.js'
import { atRow, faultOf, RowError } from './row-fault.js'
import { type Path, type ThinkingTurn, thinkingTurns } from './turns.js'
import type { CompressedRow, CompressTracesOptions, RowRecord } from './types.js'

/** The field of a row that says what went. */
export const recordField = 'cot_prune'

/**
 * Yields every row in order as soon as it is done, its thinking pruned, with a field `cot_prune` beside its others. A row is
 * an object, or a line of JSON as text or UTF-8 bytes: of a line nothing else is touched, and a line comes back. Memory does not grow with
 * the rows. Leaving the loop ends all work.
 *
 * @throws TypeError or RangeError that names the option, at the call; from the iteration CotPruneError ERR_DATASET with
 * `onError: 'stop'`, and what fails for every row (ERR_CAPTURE_UNAVAILABLE, ERR_CLOSED, …), with the row's index;
 * `signal.reason`
 */
export function compressTraces(
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  options: CompressTracesOptions,
): AsyncGenerator<CompressedRow, void, undefined> {
  return compressRows(rows, resolveCompress(options))
}

/** The work behind `compressTraces`. */
export async function* compressRows(
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  plan: CompressPlan,
): AsyncGenerator<CompressedRow, void, undefined> {
  const pool = new Pool(plan.workers)
  let index = plan.first
  // one more than sessions: while they read, the next row is tokenised
  const ahead = plan.workers.length + 1
  const job = (row: unknown) => compressRow(row, index++, plan, pool)
  for await (const result of inOrder(rows, ahead, job)) {
    plan.signal?.throwIfAborted()
    yield result
  }
}

async function compressRow(
  row: unknown,
  index: number,
  plan: CompressPlan,
  pool: Pool<Worker>,
): Promise<CompressedRow> {
  const same = { index, row, record: null, fault: null, readTokens: 0 }
  try {
    plan.signal?.throwIfAborted()
    const line = lineOf(row)
    if (line?.trim() === '') return { ...same, outcome: 'blank' }
    const value = line === null ? row : parse(line)
    const turns = thinkingTurns(value, plan.formats, plan.ask.system)
    const done: CompressedTurn[] = []
    for (const turn of turns) done.push(await compressTurn(turn, index, plan, pool))
    const record = { method: plan.method, rule: plan.rule, turns: done.map(turn => turn.record) }
    const readTokens = done.reduce((sum, turn) => sum + turn.readTokens, 0)
    const outcome = done.some(({ thinking }) => thinking !== null) ? 'pruned' : 'unchanged'
    return { ...same, outcome, record, readTokens, row: written(row, line, turns, done, record) }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === null) throw atRow(error, plan.where(index))
    if (plan.onError === 'stop') {
      const what = `${plan.where(index)}: ${fault.message}`
      throw new CotPruneError('ERR_DATASET', what, { cause: error })
    }
    return { ...same, outcome: 'failed', fault, row: plan.onError === 'skip' ? null : row }
  }
}

/* ---- what is read, and written again ------------------------------------------------------ */

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** null: the row is data. @throws RowError */
function lineOf(row: unknown): string | null {
  if (typeof row === 'string') return row.replace(/^\uFEFF/, '')
  if (!(row instanceof Uint8Array)) return null
  try {
    return utf8.decode(row)
  } catch (cause) {
    throw new RowError('json', 'the line is not UTF-8 text', { cause })
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new RowError('json', `the line is not valid JSON: ${message}`, { cause })
  }
}

function written(
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
