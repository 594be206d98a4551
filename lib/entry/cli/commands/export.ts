/** `cot-prune export`: rollouts, compressed by TRAAC, as training data for TRL. */

import { demandNew, LineFile } from '../../../base/files.js'
import {
  compress,
  type MethodName,
  type TrainingFormat,
  trainingRows,
} from '../../../experiment/index.js'
import { type PromptFlags, promptOf } from '../ask-flags.js'
import { chosenHeads } from '../chosen-heads.js'
import { type DatasetFlags, openFlagged } from '../dataset-flags.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { progressLines } from '../progress.js'
import { type RuleFlags, ruleOf } from '../rule-flags.js'

export interface ExportFlags extends DatasetFlags, ModelFlags, PromptFlags, RuleFlags {
  readonly limit?: number
  readonly format: TrainingFormat
  readonly method?: MethodName
  readonly heads?: string
  readonly rollouts: number
  readonly temperature: number
  readonly maxTokens: number
  readonly seed: number
  readonly context?: number
  readonly threads?: number
  readonly out: string
}

export async function exportCommand(flags: ExportFlags): Promise<void> {
  const dataset = await openFlagged(flags)
  await demandNew(flags.out)
  const path = await modelPath(flags)
  const model = await openModel(path, flags)
  let file: LineFile | null = null
  try {
    const session = await model.createSession({
      contextLength: flags.context,
      threads: flags.threads,
    })
    file = await LineFile.create(flags.out)
    const { limit, rollouts, temperature, maxTokens, seed } = flags
    const how = { limit, rollouts, temperature, maxTokens, seed, ask: promptOf(flags) }
    const { method } = flags
    const heads = method === 'step-graph' ? await chosenHeads(flags, path) : undefined
    const pruning = { method, heads, rule: ruleOf(flags) }
    const problems = compress({ session, dataset, ...how, ...pruning })
    const line = progressLines(process.stderr, flags)
    const total = Math.min(limit ?? Number.POSITIVE_INFINITY, dataset.problems.length)
    let [rows, done, kept, tokens] = [0, 0, 0, 0]
    for await (const problem of problems) {
      for (const row of trainingRows(problem, flags.format)) {
        await file.append(`${JSON.stringify(row)}\n`)
        rows++
      }
      for (const rollout of problem.rollouts) {
        kept += rollout.keptTokens
        tokens += rollout.thinkingTokens
      }
      const { passRate, difficulty } = problem
      const rate = `${Math.round(passRate * rollouts)} of ${rollouts} right, ${difficulty}`
      line(++done, total, () => `${done}/${total} id ${problem.problem.id}: ${rate}`)
    }
    const share = ((100 * kept) / Math.max(1, tokens)).toFixed(1)
    console.log(`${rows} rows in ${flags.out}; ${share} % of the thinking's tokens are left`)
  } finally {
    await file?.close()
    await model.close()
  }
}
