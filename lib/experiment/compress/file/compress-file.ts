/** A file of traces → a file of pruned ones: any size, in bounded memory, killed and resumed as one likes. */

import { checkKnown, integer, nonEmptyString } from '../../../base/check.js'
import { endedBy } from '../../../base/ended-by.js'
import { invalidValue } from '../../../base/errors.js'
import { onlyWriter } from '../../../base/only-writer.js'
import type { RunSource } from '../../results/run-key.js'
import type { Shard } from '../../run/types.js'
import { compressRows } from '../compress-traces.js'
import { compressKeys } from '../options.js'
import type { CompressTracesOptions } from '../types.js'
import { bytesOf, type CompressGroups, planFor, rowsByGroups } from './by-groups.js'
import { type Line, type LineRange, rangeOf, readInput, readLines } from './lines.js'
import { CompressOutput } from './output.js'
import { describeCompression } from './run-file.js'
import type { CompressTotals } from './totals.js'

/** What `compressFile` takes: the files, and what `compressTraces` takes but for `check` and `first`. */
export interface CompressFileOptions extends Omit<CompressTracesOptions, 'check' | 'first'> {
  /** JSON Lines: a row each. */
  readonly input: string
  /** The same rows, pruned; beside it `OUT.report.jsonl` names the lines that were not, and `OUT.run.json` says of what they are. */
  readonly out: string
  /** What it runs on, which the rows depend on. */
  readonly source: RunSource
  /** Go on with what is in `out`. @default false */
  readonly resume?: boolean | undefined
  /** Only the first lines. @default all */
  readonly limit?: number | undefined
  /** Only the i-th of n parts of the lines, neighbours each. @default all */
  readonly shard?: Shard | undefined
  /** So many rows, spread over all, are asked again where they were pruned. @default 0 */
  readonly check?: number | undefined
  /** Who prunes the lines, in place of the session, which only says how. @default nobody else */
  readonly groups?: CompressGroups | undefined
  /** Behind every line. */
  readonly onProgress?: ((progress: FileProgress) => void) | undefined
}

/** How far a file is. */
export interface FileProgress {
  /** Lines: of this part of the file, and those before this process. */
  readonly done: number
  readonly total: number
  readonly earlier: number
  readonly totals: CompressTotals
}

/**
 * Compress a file of traces. Rows of an earlier process that was killed are kept with `resume`, and the files are in the end those of a
 * run that nobody disturbed, byte for byte.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_DATASET (the input cannot be read; with
 * `onError: 'stop'` the line), ERR_RESULTS (what is in `out` is of another run), ERR_DISK_FULL, and what fails for every row,
 * with the line; `signal.reason`
 */
export async function compressFile(options: CompressFileOptions): Promise<CompressTotals> {
  const {
    input: path,
    out,
    source,
    limit,
    shard,
    check,
    onProgress,
    resume,
    groups,
    ...how
  } = checked(options)
  const { signal } = how
  const input = await readInput(path, signal)
  const plan = planFor(how, input, { limit, check })
  const range = await rangeOf(input, { limit, shard, group: plan.parallel })
  const about = { plan, options: how, source, input, range, shard, limit, check }
  const run = await describeCompression(about)
  const lock = await onlyWriter({ path: out, lock: `${out}.lock`, signal })
  return endedBy(lock.release, async () => {
    const output = await CompressOutput.open(out, run, resume)
    const earlier = output.progress.lines
    return endedBy(
      () => output.close(),
      async () => {
        const left = restOf(range, output.progress)
        const pending: Line[] = []
        const rest = { ...plan, first: left.first - 1 }
        const lines = noting(readLines(path, left), pending)
        const made =
          groups === undefined
            ? compressRows(bytesOf(lines), rest)
            : rowsByGroups(lines, { start: left.start, plan: rest, groups, key: run.key })
        for await (const row of made) {
          const line = pending.shift()
          const done = output.progress.lines + 1
          const ends = done === range.lines || (row.index + 1) % plan.parallel === 0
          if (line !== undefined) await output.append(line, row, ends)
          onProgress?.({ done, total: range.lines, earlier, totals: output.totals })
        }
        return output
      },
    )
  }).then(({ totals }) => totals)
}

function checked(options: CompressFileOptions) {
  checkKnown('options', options, [
    ...compressKeys.filter(key => key !== 'check' && key !== 'first'),
    ...['input', 'out', 'source', 'resume', 'limit', 'shard', 'check', 'onProgress', 'groups'],
  ])
  const { input, out, limit, shard, check = 0, resume = false } = options
  nonEmptyString('options.input', input)
  if (nonEmptyString('options.out', out) === input) {
    throw invalidValue('options.out', 'another file than the input', out)
  }
  const count = { min: 0, max: Number.MAX_SAFE_INTEGER }
  if (limit !== undefined) integer('options.limit', limit, { ...count, min: 1 })
  if (shard !== undefined) {
    const parts = integer('options.shard.count', shard.count, { ...count, min: 1 })
    integer('options.shard.index', shard.index, { min: 1, max: parts })
  }
  return { ...options, resume, check: integer('options.check', check, count) }
}

const restOf = (
  { first, end }: LineRange,
  { lines, offset }: { readonly lines: number; readonly offset: number },
) => ({ start: offset, end, first: first + lines })

/** What lines were is noted until their rows come. */
async function* noting(
  lines: AsyncIterable<Line>,
  pending: Line[],
): AsyncGenerator<Line, void, undefined> {
  for await (const line of lines) {
    pending.push(line)
    yield line
  }
}
