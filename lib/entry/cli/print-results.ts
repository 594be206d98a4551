/** What `run` and `merge` print: a headline, the table, and a look at the first trace. */

import { createFile } from '../../base/files.js'
import {
  type ExperimentSummary,
  exportedAnswers,
  type ProblemResult,
} from '../../experiment/index.js'
import { answerSteps } from '../../index.js'
import { renderProblems, renderSteps, renderTable } from '../../report/index.js'

export interface PrintFlags {
  readonly exportAnswers?: string
  readonly json?: boolean
  readonly perProblem?: boolean
}

export interface Printed {
  /** Of the model. */
  readonly name: string
  readonly results: readonly ProblemResult[]
  readonly summary: ExperimentSummary
}

export async function printResults(flags: PrintFlags, printed: Printed): Promise<void> {
  const { name, results, summary } = printed
  if (flags.exportAnswers !== undefined) await writeAnswers(flags.exportAnswers, results)
  if (flags.json) {
    console.log(JSON.stringify(summary, null, 2))
    return
  }
  const { dataset, preset, seed, samples, finished } = summary
  const solved = `${Math.ceil(finished / samples)} of ${dataset.problems} problems`
  const times = samples > 1 ? `, ${samples} samples each` : ''
  console.log(`${name}, ${dataset.name} (${solved}${times}), preset ${preset}, seed ${seed}`)
  console.log(await renderTable(summary))
  if (flags.perProblem) console.log(`\n${await renderProblems(results)}`)
  const shown = firstTrace(results)
  if (shown !== null) console.log(`\n${shown}`)
}

/** @throws CotPruneError ERR_RESULTS where the file is there: it may be what somebody worked on */
async function writeAnswers(path: string, results: readonly ProblemResult[]): Promise<void> {
  const lines = exportedAnswers(results).map(answer => `${JSON.stringify(answer)}\n`)
  await createFile(path, lines)
}

/** The first trace that has steps, as the first method scored it, at the middle threshold. */
function firstTrace(results: readonly ProblemResult[]): string | null {
  const result = results.find(({ steps }) => steps.length > 0)
  const method = result?.methods[0]
  if (result === undefined || method === undefined) return null
  const rows = result.thresholds.filter(row => row.method === method.method)
  const row = rows[Math.floor(rows.length / 2)]
  const steps = result.steps.map((step, i) => ({ ...step, score: method.scores[i] ?? 0 }))
  const answer = result.thresholds[0]?.predicted ?? null
  const stating = answerSteps({ steps }, answer)
  const marks = stating.length > 0 ? ` (= states the answer, ${answer})` : ''
  const title = `Steps of problem ${result.id}, pruned at threshold ${row?.threshold}${marks}:`
  return `${title}\n${renderSteps(steps, { kept: row?.kept ?? [], stating })}`
}
