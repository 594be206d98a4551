/** `cot-prune report`: results that a run wrote, as a page and pictures. */

import { printReport } from '../print-report.js'

export interface ReportFlags {
  readonly quiet?: boolean
}

export async function reportCommand(folder: string, flags: ReportFlags): Promise<void> {
  const path = await printReport(folder, flags)
  console.log(path)
}
