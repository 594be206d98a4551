/** The parts of a compressed file, put together. */

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createFile, demandNew } from '../../../base/files.js'
import { fault } from '../../results/files.js'
import { firstDifference } from '../../results/run-key.js'
import { beside, type CompressRun, readRun, writeRun } from './run-file.js'
import { addTotals, type CompressTotals, noTotals } from './totals.js'

interface Part {
  readonly out: string
  readonly run: CompressRun
}

/** Whether a file is one that `compressFile` writes. */
export const isCompressed = async (path: string): Promise<boolean> =>
  (await readRun(path).catch(() => null)) !== null

/**
 * Puts the files of all shards behind one another: what one run over all lines would have written.
 *
 * @param outs in any order
 * @throws CotPruneError ERR_RESULTS where one is missing, not finished, or of another run
 */
export async function mergeCompressed(
  outs: readonly string[],
  out: string,
): Promise<CompressTotals> {
  const parts = await readParts(outs)
  const [first] = parts
  if (first === undefined) throw fault('there is nothing to merge: give at least one file')
  const { report } = beside(out)
  await demandNew(report)
  await createFile(out, bytesOf(parts.map(part => part.out)))
  await createFile(report, bytesOf(parts.map(part => beside(part.out).report)))
  const [outBytes, reportBytes] = [(await stat(out)).size, (await stat(report)).size]
  const totals = parts.reduce((sum, { run }) => addTotals(sum, run.totals), noTotals)
  const planned = parts.reduce((sum, { run }) => sum + run.planned, 0)
  const offset = parts.at(-1)?.run.progress.offset ?? 0
  const progress = { lines: planned, offset, outBytes, reportBytes }
  await writeRun(out, { ...first.run, shard: null, planned, progress, totals })
  return totals
}

/** In the order of the lines. */
async function readParts(outs: readonly string[]): Promise<readonly Part[]> {
  const parts: Part[] = []
  for (const out of outs) {
    const run = await readRun(out)
    if (run === null)
      throw fault(`${beside(out).run} is missing: ${out} was not written by compress`)
    if (!run.complete) {
      const { lines } = run.progress
      throw fault(
        `${out} is not finished: ${lines} of ${run.planned} lines; --resume goes on with it`,
      )
    }
    const found = firstDifference(parts[0]?.run.key ?? run.key, run.key)
    if (found !== null) {
      const { path, left, right } = found
      throw fault(`${out} is of another run: ${path} is ${right} and ${left} in ${outs[0]}`)
    }
    parts.push({ out, run })
  }
  const shardOf = ({ run }: Part) => run.shard ?? { index: 1, count: 1 }
  const sorted = parts.sort((a, b) => shardOf(a).index - shardOf(b).index)
  for (const [place, part] of sorted.entries()) {
    const { index, count } = shardOf(part)
    if (index === place + 1 && count === parts.length) continue
    const what = `all ${count} shards are needed, each once`
    throw fault(
      `${part.out} is shard ${index}/${count}, and ${parts.length} files were given: ${what}`,
    )
  }
  return sorted
}

/** One file behind the other. */
async function* bytesOf(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    for await (const chunk of createReadStream(path)) if (Buffer.isBuffer(chunk)) yield chunk
  }
}
