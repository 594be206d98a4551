/** The parts of a compressed file, put together. */

import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { writeFault } from '../../../base/files.js'
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
  const outBytes = await join(
    parts.map(part => part.out),
    out,
  )
  const reports = parts.map(part => beside(part.out).report)
  const reportBytes = await join(reports, beside(out).report)
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

/** Bytes of all; on a full disk there is no file. */
async function join(paths: readonly string[], out: string): Promise<number> {
  const file = await open(out, 'wx').catch((error: unknown) => {
    throw fault(`cannot make ${out}: a new file is needed`, error)
  })
  let bytes = 0
  try {
    for (const path of paths) {
      for await (const chunk of createReadStream(path)) {
        if (!Buffer.isBuffer(chunk)) continue
        await file.appendFile(chunk)
        bytes += chunk.length
      }
    }
    await file.datasync()
  } catch (error) {
    await rm(out, { force: true })
    throw writeFault(error, out)
  } finally {
    await file.close()
  }
  return bytes
}
