/** How commands say which problems they take, and how a file of them is read. */

import { type Command, Option } from 'commander'
import type { Columns, Dataset } from '../../experiment/index.js'
import { createDownload } from './download-progress.js'
import { planText } from './memory-text.js'
import { columnNames, datasetName, embeddedName } from './options.js'
import { note, type QuietFlag } from './progress.js'

export interface DatasetFlags extends QuietFlag {
  readonly dataset: string
  readonly columns?: Columns
  readonly answers?: 'all' | 'any'
  readonly strict?: boolean
}

export function withDataset(command: Command, what = 'as for run'): Command {
  return command
    .option('--dataset <name>', what, datasetName, embeddedName)
    .option(
      '--columns <list>',
      'which columns are what, where it is not found: problem=…,answer=…,id=…,system=…,kind=…',
      columnNames,
    )
    .addOption(
      new Option('--answers <how>', 'of a list of answers: all together, or any one').choices([
        'all',
        'any',
      ]),
    )
    .option('--strict', 'fail at a row without a usable answer; without it the row is left out')
}

/** Open it, and say on stderr what somebody should know before hours are spent on it. */
export async function openFlagged(flags: DatasetFlags): Promise<Dataset> {
  const { hubFetch, openDataset } = await import('../../experiment/index.js')
  const { columns, answers, strict } = flags
  const download = await createDownload(process.stderr, flags)
  const fetch = hubFetch({
    onProgress: download.at,
    onPlan: plan => note(planText(plan), flags),
  })
  let dataset: Dataset
  try {
    dataset = await openDataset(flags.dataset, { columns, answers, strict }, fetch)
  } finally {
    download.stop()
  }
  for (const line of dataset.notes ?? []) note(`${dataset.name}: ${line}`, flags)
  return dataset
}
