/** `cot-prune run`: the experiment, from a model file and a data set to a table. */

import type { ModelInfo } from '../../types/public.js'
import {
  type Dataset,
  type ExperimentSummary,
  openDataset,
  type PresetName,
  type ProblemResult,
  presets,
  runExperiment,
  type SummaryContext,
  summarize,
} from '../experiment/index.js'
import { buildInfo, loadModel } from '../index.js'
import { renderSteps, renderTable } from '../report/index.js'
import { modelPath } from './model.js'
import { ResultFolder } from './output.js'
import { createProgress, type Progress } from './progress.js'

/** The options as commander hands them over, checked. */
export interface RunFlags {
  readonly model: string
  readonly dataset: string
  readonly limit?: number
  readonly thresholds?: readonly number[]
  readonly maxTokens?: number
  readonly seed: number
  readonly preset: PresetName
  readonly context?: number
  readonly threads?: number
  readonly gpuLayers?: number
  readonly out?: string
  readonly json?: boolean
}

interface Job {
  readonly flags: RunFlags
  readonly dataset: Dataset
  readonly folder: ResultFolder | null
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Run it and print the outcome; returns the exit code, and rejects with what went wrong. */
export async function runCommand(flags: RunFlags): Promise<number> {
  const dataset = await openDataset(flags.dataset)
  const interruption = new AbortController()
  // Once: a second Ctrl-C ends the process at once.
  const interrupt = () => interruption.abort()
  process.once('SIGINT', interrupt)
  const folder = flags.out === undefined ? null : await ResultFolder.open(flags.out)
  const progress = await createProgress(process.stderr)
  try {
    await runJob({ flags, dataset, folder, progress, signal: interruption.signal })
    return 0
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    const kept = folder ? `; what is finished is in ${flags.out}` : ''
    progress.stop()
    process.stderr.write(`cot-prune: interrupted${kept}\n`)
    return 130
  } finally {
    progress.stop()
    await folder?.close()
    process.off('SIGINT', interrupt)
  }
}

async function runJob(job: Job): Promise<void> {
  const { flags, dataset, progress, signal } = job
  const model = await loadModel(await modelPath(flags.model), {
    gpuLayers: flags.gpuLayers,
    signal,
    onProgress: fraction => progress.load(fraction),
  })
  try {
    const preset = presets[flags.preset]
    const session = await model.createSession({
      contextLength: flags.context,
      threads: flags.threads,
      signal,
    })
    const context: SummaryContext = {
      preset,
      dataset,
      seed: flags.seed,
      maxTokens: flags.maxTokens ?? preset.maxTokens,
      planned: Math.min(flags.limit ?? dataset.problems.length, dataset.problems.length),
    }
    const problems = runExperiment({
      session,
      dataset,
      preset,
      thresholds: flags.thresholds,
      limit: flags.limit,
      seed: flags.seed,
      maxTokens: flags.maxTokens,
      signal,
      onEvent: event => progress.event(event),
    })
    const results = await collect(job, problems, context, model.info)
    progress.stop()
    await print(flags, model.info, results, summarize(results, context))
  } finally {
    await model.close()
  }
}

/** Take the results in, one line each, and write the summary whatever happens. */
async function collect(
  job: Job,
  problems: AsyncIterable<ProblemResult>,
  context: SummaryContext,
  model: ModelInfo,
): Promise<readonly ProblemResult[]> {
  const results: ProblemResult[] = []
  try {
    for await (const result of problems) {
      results.push(result)
      await job.folder?.append(result)
    }
  } finally {
    await job.folder?.finish({
      version: 1,
      complete: results.length === context.planned,
      date: new Date().toISOString(),
      build: buildInfo(),
      model,
      options: { ...job.flags },
      summary: summarize(results, context),
    })
  }
  return results
}

async function print(
  flags: RunFlags,
  model: ModelInfo,
  results: readonly ProblemResult[],
  summary: ExperimentSummary,
): Promise<void> {
  if (flags.json) {
    console.log(JSON.stringify(summary, null, 2))
    return
  }
  const name = model.name || flags.model
  const { dataset, preset, seed, finished } = summary
  console.log(
    `${name}, ${dataset.name} (${finished} of ${dataset.problems} problems), preset ${preset}, seed ${seed}`,
  )
  console.log(await renderTable(summary))
  const first = results[0]
  if (!first || first.steps.length === 0) return
  const row = first.thresholds[Math.floor(first.thresholds.length / 2)]
  console.log(`\nSteps of problem ${first.id}, pruned at threshold ${row?.threshold}:`)
  console.log(renderSteps(first.steps, { kept: row?.kept ?? [] }))
}
