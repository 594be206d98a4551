/** `cot-prune rescore`: results that a run wrote, judged by the checker of today. */

import { type Rescored, rescoreResults, summarize } from '../../../experiment/index.js'
import { noteReport } from '../print-report.js'
import { type PrintFlags, printResults } from '../print-results.js'
import { note, type QuietFlag } from '../progress.js'

export interface RescoreFlags extends PrintFlags, QuietFlag {
  readonly out?: string
}

/** Changes that are named one by one. */
const mostShown = 20

export async function rescoreCommand(folder: string, flags: RescoreFlags): Promise<void> {
  const { out = folder } = flags
  const { run, results, rows, changed } = await rescoreResults(folder, out)
  const summary = summarize(results, run.context)
  await printResults(flags, { name: run.model.name || run.model.path, results, summary })
  const aside = out === folder ? '; the lines from before stay beside results.jsonl' : ''
  note(`${changed.length} of ${rows} answers are read or judged otherwise${aside}`, flags)
  for (const change of changed.slice(0, mostShown)) note(changeText(change), flags)
  await noteReport(out, flags, summary)
}

function changeText({ id, sample, method, threshold, before, after }: Rescored): string {
  const name = sample > 0 ? `${id} #${sample + 1}` : id
  const mark = (correct: boolean | null) => (correct === null ? '' : correct ? ' ✓' : ' ✗')
  const text = (of: Rescored['before']) => `${of.predicted ?? 'none'}${mark(of.correct)}`
  const why = after.decision ? ` (${after.decision.verdict}: ${after.decision.by})` : ''
  return `  ${name}, ${method} at ${threshold}: ${text(before)} → ${text(after)}${why}`
}
