/** Traces that somebody already has, row by row, without the steps that do not matter. */

import type { SegmentedTrace, StepGraph } from '../../../types/public.js'
import { CotPruneError } from '../../index.js'
import { type CompressedTurn, compressTurn, isScored, traceOfTurn } from './compress-turn.js'
import { grouped, inOrder, Pool } from './in-order.js'
import { type CompressPlan, resolveCompress, type Worker } from './options.js'
import { atRow, faultOf } from './row-fault.js'
import { lineOf, parseLine, writtenRow } from './row-text.js'
import { type ThinkingTurn, thinkingTurns } from './turns.js'
import type { CompressedRow, CompressTracesOptions } from './types.js'

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
  let next = plan.first
  // one more than sessions: while they read, the next rows are tokenised
  const ahead = plan.workers.length + 1
  const job = (group: readonly unknown[]) => {
    const first = next
    next += group.length
    return compressGroup(group, first, plan, pool)
  }
  for await (const results of inOrder(grouped(rows, plan.parallel, plan.first), ahead, job)) {
    for (const result of results) {
      plan.signal?.throwIfAborted()
      yield result
    }
  }
}

/** What a row says, not scored yet. */
interface ReadRow {
  readonly index: number
  readonly row: unknown
  /** null: the row is data. */
  readonly line: string | null
  readonly turns: readonly ThinkingTurn[]
  /** Of the turns. */
  readonly traces: readonly SegmentedTrace[]
}

const isRead = (row: ReadRow | CompressedRow): row is ReadRow => 'traces' in row

/** Neighbours, of which the traces are read together. */
async function compressGroup(
  rows: readonly unknown[],
  first: number,
  plan: CompressPlan,
  pool: Pool<Worker>,
): Promise<readonly CompressedRow[]> {
  const read: (ReadRow | CompressedRow)[] = []
  for (const [i, row] of rows.entries()) {
    const index = first + i
    read.push(await guarded(row, index, plan, () => readRow(row, index, plan)))
  }
  const scores = read.filter(isRead).some(({ traces }) => traces.some(isScored))
  return scores
    ? pool.use(async worker => pruneAll(await withGraphs(read, worker, plan), worker, plan))
    : pruneAll(read, null, plan)
}

/** The step graphs of all rows, read in common batches. */
async function withGraphs(
  rows: readonly (ReadRow | CompressedRow)[],
  { session, method: { heads } }: Worker,
  plan: CompressPlan,
): Promise<readonly (ReadRow | CompressedRow)[]> {
  const read = rows.filter(isRead)
  const traces = read.flatMap(row => row.traces.filter(isScored))
  if (heads === undefined || plan.parallel === 1 || traces.length < 2) return rows
  const { signal } = plan
  let graphs: readonly StepGraph[]
  try {
    await session.clear()
    graphs = await session.stepGraphs(traces, { heads: heads.heads, signal })
  } catch (error) {
    // one by one, they say whose fault it is
    if (faultOf(error) !== null) return rows
    throw atRow(error, plan.where(read[0]?.index ?? 0))
  }
  const found = new Map(traces.map((trace, i) => [trace, graphs[i]]))
  return rows.map(row =>
    isRead(row)
      ? { ...row, traces: row.traces.map(trace => ({ ...trace, stepGraph: found.get(trace) })) }
      : row,
  )
}

/** @param worker null where no step is to be scored */
async function pruneAll(
  rows: readonly (ReadRow | CompressedRow)[],
  worker: Worker | null,
  plan: CompressPlan,
): Promise<readonly CompressedRow[]> {
  const done: CompressedRow[] = []
  for (const row of rows) {
    const job = (given: ReadRow) => () => pruneRow(given, worker, plan)
    done.push(isRead(row) ? await guarded(row.row, row.index, plan, job(row)) : row)
  }
  return done
}

async function readRow(
  row: unknown,
  index: number,
  plan: CompressPlan,
): Promise<ReadRow | CompressedRow> {
  plan.signal?.throwIfAborted()
  const line = lineOf(row)
  if (line?.trim() === '') return { ...unread(row, index), outcome: 'blank' }
  const value = line === null ? row : parseLine(line)
  const turns = thinkingTurns(value, plan.formats, plan.ask.system)
  const traces: SegmentedTrace[] = []
  for (const turn of turns) traces.push(await traceOfTurn(turn, plan))
  return { index, row, line, turns, traces }
}

async function pruneRow(
  { index, row, line, turns, traces }: ReadRow,
  worker: Worker | null,
  plan: CompressPlan,
): Promise<CompressedRow> {
  const done: CompressedTurn[] = []
  for (const [i, trace] of traces.entries()) {
    const turn = turns[i]?.turn ?? null
    done.push(await compressTurn({ turn, trace, index }, worker, plan))
  }
  const record = { method: plan.method, rule: plan.rule, turns: done.map(turn => turn.record) }
  const readTokens = done.reduce((sum, turn) => sum + turn.readTokens, 0)
  const outcome = done.some(({ thinking }) => thinking !== null) ? 'pruned' : 'unchanged'
  const written = writtenRow(row, line, turns, done, record)
  return { index, fault: null, outcome, record, readTokens, row: written }
}

const unread = (row: unknown, index: number) => {
  return { index, row, record: null, fault: null, readTokens: 0 }
}

/** A row's own fault is its outcome; what would fail for every row is thrown, with this one's name. */
async function guarded<Result>(
  row: unknown,
  index: number,
  plan: CompressPlan,
  job: () => Promise<Result>,
): Promise<Result | CompressedRow> {
  try {
    return await job()
  } catch (error) {
    const fault = faultOf(error)
    if (fault === null) throw atRow(error, plan.where(index))
    if (plan.onError === 'stop') {
      const what = `${plan.where(index)}: ${fault.message}`
      throw new CotPruneError('ERR_DATASET', what, { cause: error })
    }
    const left = plan.onError === 'skip' ? null : row
    return { ...unread(left, index), outcome: 'failed', fault }
  }
}
