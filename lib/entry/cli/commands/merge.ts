/** `cot-prune merge`: the shards of a run, or of a compressed file, put together. */

import {
  isCompressed,
  mergeCompressed,
  mergeResults,
  summarize,
} from '../../../experiment/index.js'
import { failedText } from '../../../report/failed-text.js'
import { renderCompressed } from '../../../report/index.js'
import { noteReport } from '../print-report.js'
import { type PrintFlags, printResults } from '../print-results.js'
import { note, type QuietFlag } from '../progress.js'

export interface MergeFlags extends PrintFlags, QuietFlag {
  readonly out: string
}

export async function mergeCommand(folders: readonly string[], flags: MergeFlags): Promise<void> {
  if (await isCompressed(folders[0] ?? '')) {
    const totals = await mergeCompressed(folders, flags.out)
    console.log(flags.json ? JSON.stringify(totals, null, 2) : await renderCompressed(totals))
    return
  }
  const { run, results, failed } = await mergeResults(folders, flags.out)
  const summary = summarize(results, run.context)
  await printResults(flags, { name: run.model.name || run.model.path, results, summary })
  for (const one of failed) note(failedText(one), flags)
  await noteReport(flags.out, flags, summary)
}
