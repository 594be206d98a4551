/** `cot-prune run`: the experiment, from a model file and a data set to a table. */

import { endedBy } from '../../../base/ended-by.js'
import { makeFolder } from '../../../base/files.js'
import {
  type Dataset,
  describeRun,
  type ExperimentOptions,
  type FailedProblem,
  headProfile,
  inOrder,
  type MethodName,
  type PresetName,
  type ProblemResult,
  ResultFolder,
  type RunFile,
  runExperiment,
  type Shard,
  type SweepRule,
  saveHeadProfile,
  summarize,
  summaryContext,
} from '../../../experiment/index.js'
import { buildInfo, type CutPoint, type EvaluationMode, type Model } from '../../../index.js'
import { failedText } from '../../../report/failed-text.js'
import { type AskFlags, askOf } from '../ask-flags.js'
import { calibrateOnLabels } from '../calibration.js'
import { chosenHeads, findHeads, howTo } from '../chosen-heads.js'
import { type DatasetFlags, openFlagged } from '../dataset-flags.js'
import { interruptible } from '../interruptible.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { commandLine, machineText, noteReport } from '../print-report.js'
import { printResults } from '../print-results.js'
import { createProgress, note, type Progress } from '../progress.js'
import { oneContext, openRunSession } from '../run-session.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'
import { withoutSession } from '../workers/absent.js'
import { hasWorkers, modelForOthers, openCrew } from '../workers/crew.js'
import type { WorkersFlags } from '../workers/flags.js'
import { type RunCrew, resultsOfWorkers, runWork } from '../workers/run-work.js'

/** The options as commander hands them over, checked. */
export interface RunFlags extends DatasetFlags, ModelFlags, AskFlags, SegmentFlags, WorkersFlags {
  readonly limit?: number
  readonly shard?: Shard
  readonly heads?: string
  readonly calibrate?: boolean
  readonly thresholds?: readonly number[]
  readonly method?: readonly MethodName[]
  readonly rule?: SweepRule
  readonly protectLast?: number
  readonly evaluate?: EvaluationMode
  readonly askAgain?: boolean
  readonly cut?: CutPoint
  readonly resumeTokens?: number
  readonly hideAnswer?: boolean
  readonly parallel?: number
  readonly batch?: boolean
  readonly samples?: number
  readonly maxTokens?: number
  readonly seed: number
  readonly preset: PresetName
  readonly context?: number
  readonly threads?: number
  readonly out?: string
  readonly resume?: boolean
  readonly perProblem?: boolean
  readonly json?: boolean
}

interface Job {
  readonly flags: RunFlags
  readonly progress: Progress
  readonly signal: AbortSignal
  /** What no worker could do; added to as it is found. */
  readonly failed: FailedProblem[]
}

/** Run it and print the outcome; returns the exit code, and rejects with what went wrong. */
export async function runCommand(flags: RunFlags): Promise<number> {
  const progress = await createProgress(process.stderr, flags)
  const failed: FailedProblem[] = []
  try {
    const stop = () => progress.stop()
    const code = await interruptible({ out: flags.out, stop }, signal =>
      runJob({ flags, progress, signal, failed }),
    )
    return code === 0 && failed.length > 0 ? 1 : code
  } finally {
    progress.stop()
  }
}

async function runJob(job: Job): Promise<void> {
  const { flags, progress, signal } = job
  // before the model, which takes its time: what can be wrong here is wrong at once
  const dataset = await openFlagged(flags)
  if (flags.out !== undefined) await makeFolder(flags.out)
  const file = await modelPath(flags, signal)
  const known = flags.calibrate ? null : await scoringOf(flags, file)
  // who hands the work out needs what the model says, and no GPU
  const loading = hasWorkers(flags) ? { ...flags, gpuLayers: 0 } : flags
  const model = await openModel(file, loading, {
    signal,
    onProgress: fraction => progress.load(fraction),
  })
  try {
    if (flags.calibrate) await calibrateFirst(model, flags, file)
    const scoring = known ?? (await scoringOf(flags, file))
    const options = { ...(await optionsOf(job, model, dataset)), ...scoring }
    const run = await describe(flags, model, options)
    const folder =
      flags.out === undefined || run === null
        ? null
        : await ResultFolder.open(flags.out, run, { resume: flags.resume, signal })
    const crew = async (left: ExperimentOptions) =>
      run !== null && hasWorkers(flags) ? openRunCrew(flags, model, left, run) : null
    const results = await collect(job, options, folder, crew)
    progress.stop()
    const summary = summarize(results, summaryContext(options))
    await printResults(flags, { name: model.info.name || flags.model, results, summary })
    if (flags.out !== undefined) await noteReport(flags.out, flags, summary)
  } finally {
    await model.close()
  }
}

/** What scores the steps; the recommended preset reads chosen heads where the model has some. */
async function scoringOf(
  flags: RunFlags,
  file: string,
): Promise<Pick<ExperimentOptions, 'methods' | 'heads'>> {
  const { method, preset } = flags
  if (method?.includes('step-graph')) {
    return { methods: method, heads: await chosenHeads(flags, file) }
  }
  if (method !== undefined || preset !== 'recommended') return { methods: method }
  const found = await findHeads(flags, file)
  if (found !== null) return { methods: ['step-graph'], heads: found }
  note(`scores are the mean of all heads, since ${howTo(flags)}`, flags)
  return {}
}

/** Find and save the heads of a model that has none; enough traces for that, not for a study. */
async function calibrateFirst(model: Model, flags: RunFlags, file: string): Promise<void> {
  if ((await findHeads(flags, file)) !== null) return
  const session = await model.createSession({ threads: flags.threads })
  try {
    const found = await calibrateOnLabels({ model, session }, { limit: 30 })
    const path = await saveHeadProfile(await headProfile(found, file))
    note(`the heads of this model are saved in ${path}`, flags)
  } finally {
    await session.close()
  }
}

async function optionsOf(job: Job, model: Model, dataset: Dataset): Promise<ExperimentOptions> {
  const { flags, progress, signal } = job
  const { context, threads, parallel, preset, method: methods } = flags
  const asked = { context, threads, parallel, preset, methods, signal }
  return {
    ...(hasWorkers(flags)
      ? { session: withoutSession(model), parallel }
      : await openRunSession(asked, model)),
    slotTokens: oneContext(flags.context, model.info),
    dataset,
    preset: flags.preset,
    thresholds: flags.thresholds,
    rule: flags.rule,
    segmenting: segmentingOf(flags),
    protect: flags.protectLast === undefined ? undefined : { last: flags.protectLast },
    evaluation: flags.evaluate,
    askAgain: flags.askAgain,
    resume: resumeOf(flags),
    hideAnswer: flags.hideAnswer,
    batch: flags.batch,
    pictures: flags.out !== undefined,
    limit: flags.limit,
    shard: flags.shard,
    samples: flags.samples,
    ask: askOf(flags),
    seed: flags.seed,
    maxTokens: flags.maxTokens,
    signal,
    onEvent: event => progress.event(event),
  }
}

const resumeOf = ({ cut, resumeTokens: maxTokens }: RunFlags) =>
  cut === undefined && maxTokens === undefined ? undefined : { cut, maxTokens }

/** What the results depend on, where that is of interest to anybody. */
async function describe(
  flags: RunFlags,
  model: Model,
  options: ExperimentOptions,
): Promise<RunFile | null> {
  if (flags.out === undefined && !hasWorkers(flags)) return null
  return describeRun(options, {
    model: model.info,
    contextLength: flags.context,
    build: buildInfo(),
    command: commandLine(process.argv.slice(2)),
    machine: machineText(),
  })
}

/** Take the results in, one line each, and write the summary whatever happens. */
async function collect(
  { flags, failed }: Job,
  options: ExperimentOptions,
  folder: ResultFolder | null,
  openCrew: (left: ExperimentOptions) => Promise<RunCrew | null>,
): Promise<readonly ProblemResult[]> {
  const finished = folder?.finished ?? []
  const results = [...finished]
  const keep = async (result: ProblemResult) => {
    await folder?.append(result)
    results.push(result)
  }
  const left = { ...options, finished }
  const crew = await openCrew(left)
  const onFailed = (one: FailedProblem) => failed.push(one)
  const end = async () => {
    await endedBy(
      async () => {
        await folder?.close()
        await crew?.close()
      },
      async () => folder?.finish(inOrder(results), failed),
    )
  }
  await endedBy(end, async () => {
    const made =
      crew === null
        ? runExperiment(left)
        : resultsOfWorkers({ options: left, crew, onLeft: keep, onFailed })
    for await (const result of made) await keep(result)
  })
  for (const one of failed) note(failedText(one), flags)
  return inOrder(results)
}

const openRunCrew = (
  flags: RunFlags,
  model: Model,
  options: ExperimentOptions,
  { key }: RunFile,
): Promise<RunCrew> => {
  const { dataset: name, columns, answers, strict, resume = false } = flags
  const dataset = { name, columns, answers, strict }
  const of = { key, resume, dataset, model: modelForOthers(flags, model) }
  return openCrew(flags, runWork(options, of))
}
