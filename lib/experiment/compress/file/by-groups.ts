/** Lines of a file that somebody else prunes, a few at a time: places go out, rows come back in order. */

import { CotPruneError } from '../../../index.js'
import type { RunSource } from '../../results/run-key.js'
import { compressRows } from '../compress-traces.js'
import { type CompressPlan, resolveCompress } from '../options.js'
import type { CompressedRow, CompressTracesOptions, RowFault } from '../types.js'
import { type Line, readInput, readLines } from './lines.js'
import { describeCompression } from './run-file.js'

/** Lines that are read together: where they are. */
export interface LineGroup {
  /** In bytes, half-open. */
  readonly start: number
  readonly end: number
  /** Number of the first line, from 1. */
  readonly first: number
  readonly lines: number
}

/**
 * Yields, in the order of the groups, the rows of each, or why nobody could make them.
 *
 * @param key what the rows depend on, as in `OUT.run.json`
 */
export type CompressGroups = (
  groups: AsyncIterable<LineGroup>,
  key: object,
) => AsyncIterable<readonly CompressedRow[] | RowFault>

interface ByGroups {
  /** Of the first line, in bytes. */
  readonly start: number
  readonly plan: CompressPlan
  readonly groups: CompressGroups
  /** What the rows depend on. */
  readonly key: object
}

export async function* rowsByGroups(
  lines: AsyncIterable<Line>,
  { start, plan, groups, key }: ByGroups,
): AsyncGenerator<CompressedRow, void, undefined> {
  const out: (readonly Line[])[] = []
  const noted = async function* () {
    let from = start
    for await (const group of groupsOf(lines, plan)) {
      out.push(group)
      const end = group.at(-1)?.end ?? from
      yield { start: from, end, first: group[0]?.number ?? 0, lines: group.length }
      from = end
    }
  }
  for await (const made of groups(noted(), key)) {
    const group = out.shift() ?? []
    if ('reason' in made) yield* group.map(line => failedRow(line, made, plan))
    else yield* made.map((row, i) => restored(row, group[i], plan))
  }
}

/** As they are read together in one process, too. */
async function* groupsOf(
  lines: AsyncIterable<Line>,
  { parallel }: CompressPlan,
): AsyncGenerator<readonly Line[]> {
  let group: Line[] = []
  for await (const line of lines) {
    group.push(line)
    if (line.number % parallel !== 0) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** A line that stays as it is does not travel: it is here. */
function restored(
  row: CompressedRow,
  line: Line | undefined,
  { onError }: CompressPlan,
): CompressedRow {
  const stays = row.outcome === 'blank' || (row.outcome === 'failed' && onError !== 'skip')
  return stays && line !== undefined ? { ...row, row: line.bytes } : row
}

function failedRow(
  { bytes, number }: Line,
  fault: RowFault,
  { onError, where }: CompressPlan,
): CompressedRow {
  const index = number - 1
  if (onError === 'stop')
    throw new CotPruneError('ERR_DATASET', `${where(index)}: ${fault.message}`)
  const row = onError === 'skip' ? null : bytes
  return { index, outcome: 'failed', row, record: null, fault, readTokens: 0 }
}

/* ---- who prunes them ---------------------------------------------------------------------- */

/** What `openLineCompressor` takes. */
export interface LineCompressorOptions extends Omit<CompressTracesOptions, 'check' | 'first'> {
  /** As the file of whoever asks, to the byte. */
  readonly input: string
  readonly source: RunSource
  /** As in `compressFile`. */
  readonly limit?: number | undefined
  readonly check?: number | undefined
}

/** Prunes groups of lines of a file. */
export interface LineCompressor {
  /** What the rows depend on, as in `OUT.run.json`. */
  readonly key: object
  /** Rows that stay as they are come without their text. @throws as `compressTraces` */
  compress(group: LineGroup): Promise<readonly CompressedRow[]>
}

/**
 * Opens a file whose lines are pruned as somebody else asks for them; reads it once, for its sha256.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_DATASET
 */
export async function openLineCompressor(options: LineCompressorOptions): Promise<LineCompressor> {
  const { input: path, source, limit, check = 0, ...how } = options
  const input = await readInput(path, how.signal)
  const plan = planFor(how, { path, lines: input.lines }, { limit, check })
  const range = { start: 0, end: 0, first: 1, lines: 0 }
  const about = { plan, options: how, source, input, range, shard: undefined, limit, check }
  const { key } = await describeCompression(about)
  return {
    key,
    async compress(group) {
      const rows: CompressedRow[] = []
      const own = { ...plan, first: group.first - 1 }
      for await (const row of compressRows(bytesOf(readLines(path, group)), own)) {
        rows.push(row.row instanceof Uint8Array ? { ...row, row: null } : row)
      }
      return rows
    },
  }
}

/** Rows that are asked again are the same, whoever does them. */
export function planFor(
  how: CompressTracesOptions,
  { path, lines }: { readonly path: string; readonly lines: number },
  { limit, check }: { readonly limit: number | undefined; readonly check: number },
): CompressPlan {
  const rows = Math.min(lines, limit ?? lines)
  const asked = check > 0 && { check: (index: number) => spread(index, check, rows) }
  return {
    ...resolveCompress({ ...how, ...asked }),
    where: (index: number) => `${path}:${index + 1}`,
  }
}

/** True for `count` of `total` indices, evenly spread. */
const spread = (index: number, count: number, total: number): boolean =>
  Math.floor(((index + 1) * count) / total) > Math.floor((index * count) / total)

/** Of lines. */
export async function* bytesOf(
  lines: AsyncIterable<Line>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { bytes } of lines) yield bytes
}
