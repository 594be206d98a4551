/**
 * The files that compressing writes. What `OUT.run.json` says is done is on the disk; what was written behind that is cut off
 * when a later process goes on, so that a kill leaves no trace in them.
 */

import { stat } from 'node:fs/promises'
import { LineFile } from '../../../base/files.js'
import { fault } from '../../results/files.js'
import type { CompressedRow } from '../types.js'
import type { Line } from './lines.js'
import {
  beside,
  type CompressProgress,
  type CompressRun,
  demandSameRun,
  readRun,
  writeRun,
} from './run-file.js'
import { addTotals, type CompressTotals, totalsOf } from './totals.js'

/** What a kill may cost. */
const checkpointMillis = 1000

export class CompressOutput {
  readonly #out: string
  readonly #rows: LineFile
  readonly #report: LineFile
  #run: CompressRun
  #progress: CompressProgress
  #totals: CompressTotals
  /** Where a later process may begin. */
  #safe: Pick<CompressRun, 'progress' | 'totals'>
  #millis: number
  /** When the time was last added to the totals, and the state last written. */
  #counted = performance.now()
  #written = performance.now()

  private constructor(out: string, rows: LineFile, report: LineFile, run: CompressRun) {
    this.#out = out
    this.#rows = rows
    this.#report = report
    this.#run = run
    this.#progress = run.progress
    this.#totals = run.totals
    this.#safe = run
    this.#millis = run.totals.millis
  }

  /**
   * Begin, or go on with `resume`, where what is there must be of the same run.
   * @throws CotPruneError ERR_RESULTS, ERR_DISK_FULL
   */
  static async open(out: string, run: CompressRun, resume: boolean): Promise<CompressOutput> {
    const { report } = beside(out)
    const earlier = resume ? await readRun(out) : null
    if (earlier === null) await demandNothing(out)
    else demandSameRun(earlier, run, out)
    const { progress, totals } = earlier ?? run
    const begun = { ...run, progress, totals }
    const rows = await LineFile.open(out, progress.outBytes)
    const opening = LineFile.open(report, progress.reportBytes)
    const reports = await opening.catch(async (error: unknown) => {
      await rows.close()
      throw error
    })
    const made = new CompressOutput(out, rows, reports, begun)
    try {
      await made.#checkpoint('at its beginning')
    } catch (error) {
      await rows.close()
      await reports.close()
      throw error
    }
    return made
  }

  get progress(): CompressProgress {
    return this.#progress
  }

  get totals(): CompressTotals {
    return this.#totals
  }

  /**
   * @param ends a later process may begin behind it: those that are read together are all written
   * @throws CotPruneError ERR_DISK_FULL that names the line
   */
  async append(
    line: Line,
    { row, fault: found, ...rest }: CompressedRow,
    ends: boolean,
  ): Promise<void> {
    const where = `at line ${line.number} of ${this.#run.input.path}`
    const report = found === null ? null : { line: line.number, ...found }
    const said = report === null ? '' : `${JSON.stringify(report)}\n`
    const bytes = row === null ? Buffer.alloc(0) : lineOf(row)
    if (bytes.length > 0) await this.#rows.append(bytes, where)
    if (said !== '') await this.#report.append(said, where)
    this.#progress = {
      lines: this.#progress.lines + 1,
      offset: line.end,
      outBytes: this.#progress.outBytes + bytes.length,
      reportBytes: this.#progress.reportBytes + Buffer.byteLength(said),
    }
    this.#totals = addTotals(this.#totals, totalsOf({ row, fault: found, ...rest }))
    if (!ends) return
    this.#safe = { progress: this.#progress, totals: this.#totals }
    if (performance.now() - this.#written > checkpointMillis) await this.#checkpoint(where)
  }

  /** Write down how far it came, and close. */
  async close(): Promise<void> {
    try {
      await this.#checkpoint('at its end')
    } finally {
      await this.#rows.close()
      await this.#report.close()
    }
  }

  async #checkpoint(where: string): Promise<void> {
    const now = performance.now()
    this.#millis += now - this.#counted
    this.#counted = now
    this.#written = now
    this.#totals = { ...this.#totals, millis: this.#millis }
    const { progress, totals } = this.#safe
    const complete = progress.lines >= this.#run.planned
    this.#run = { ...this.#run, complete, progress, totals: { ...totals, millis: this.#millis } }
    await this.#rows.sync(where)
    await this.#report.sync(where)
    await writeRun(this.#out, this.#run)
  }
}

/** Bytes as they came, so that a row that stays as it is does. */
function lineOf(row: unknown): Buffer {
  const bytes = row instanceof Uint8Array ? row : Buffer.from(String(row))
  return Buffer.concat([bytes, Buffer.from('\n')])
}

async function demandNothing(out: string): Promise<void> {
  for (const path of [out, beside(out).report]) {
    const found = await stat(path).catch(() => null)
    if (found === null || found.size === 0) continue
    throw fault(`${path} is there already; --resume goes on with it, else choose another --out`)
  }
}
