/** The report that `report`, `run --out` and `merge` write. */

import { cpus } from 'node:os'
import { withoutPassword } from '../../cluster/redis/address.js'
import type { ExperimentSummary } from '../../experiment/index.js'
import { cores, devices } from '../../index.js'
import { type ReportOptions, writeReport } from '../../report/index.js'
import { note, type QuietFlag } from './progress.js'

/** Write it and note what is missing; the path of the page. */
export async function printReport(
  folder: string,
  flags: QuietFlag,
  options?: ReportOptions,
): Promise<string> {
  const { path, missing } = await writeReport(folder, options)
  for (const what of missing) note(`the report lacks pictures: ${what}`, flags)
  return path
}

/** After results that are there whether or not a report can be made of them. */
export async function noteReport(
  folder: string,
  flags: QuietFlag,
  summary: ExperimentSummary,
): Promise<void> {
  try {
    note(`the report is ${await printReport(folder, flags, { summary })}`, flags)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    note(`no report was written: ${message}; cot-prune report ${folder} tries again`, flags)
  }
}

/* ---- what a report repeats ---------------------------------------------------------------- */

/** The command line as a shell reads it again. */
export const commandLine = (args: readonly string[]): string =>
  ['cot-prune', ...args.map(arg => quoted(withoutPassword(arg)))].join(' ')

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`

export function machineText(): string {
  const gpus = devices().filter(({ type }) => type === 'gpu')
  return [
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cores().usable} cores`,
    ...gpus.map(({ description }) => description),
    `${process.platform}-${process.arch}`,
    `Node ${process.versions.node}`,
  ].join('; ')
}
