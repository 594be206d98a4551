/** `cot-prune run`: the experiment, from a model file and a data set to a table. */

import { makeFolder } from '../../../base/files.js'
import {
  type Dataset,
  describeRun,
  type ExperimentOptions,
  headProfile,
  inOrder,
  type MethodName,
  type PresetName,
  type ProblemResult,
  ResultFolder,
  runExperiment,
  type Shard,
  type SweepRule,
  saveHeadProfile,
  summarize,
  summaryContext,
} from '../../../experiment/index.js'
import {
  buildInfo,
  CotPruneError,
  type CutPoint,
  type EvaluationMode,
  type Model,
  type SessionOptions,
} from '../../../index.js'
import { type AskFlags, askOf } from '../ask-flags.js'
import { calibrateOnLabels } from '../calibration.js'
import { chosenHeads, findHeads, howTo } from '../chosen-heads.js'
import { type DatasetFlags, openFlagged } from '../dataset-flags.js'
import { interruptible } from '../interruptible.js'
import { type ModelFlags, modelPath, openModel } from '../open-model.js'
import { commandLine, machineText, noteReport } from '../print-report.js'
import { printResults } from '../print-results.js'
import { createProgress, note, type Progress } from '../progress.js'
import { type SegmentFlags, segmentingOf } from '../segmenting.js'

/** The options as commander hands them over, checked. */
export interface RunFlags extends DatasetFlags, ModelFlags, AskFlags, SegmentFlags {
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
}

/** Run it and print the outcome; returns the exit code, and rejects with what went wrong. */
export async function runCommand(flags: RunFlags): Promise<number> {
  const progress = await createProgress(process.stderr, flags)
  try {
    const stop = () => progress.stop()
    return await interruptible({ out: flags.out, stop }, signal =>
      runJob({ flags, progress, signal }),
    )
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
  const model = await openModel(file, flags, {
    signal,
    onProgress: fraction => progress.load(fraction),
  })
  try {
    if (flags.calibrate) await calibrateFirst(model, flags, file)
    const scoring = known ?? (await scoringOf(flags, file))
    const options = { ...(await optionsOf(job, model, dataset)), ...scoring }
    const folder = await openFolder(job, model, options)
    const results = await collect(options, folder)
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

/** For each that runs at once the context that one alone would have. */
function sharesOf(
  { context }: Pick<RunFlags, 'context'>,
  { info }: Model,
  parallel: number,
): SessionOptions {
  if (parallel === 1) return { contextLength: context }
  // the answers of one problem beside the chains of others: they share most of their cells
  const branches = Math.min(256, Math.max(2 * parallel, 8))
  const contextLength = parallel * oneContext(context, info)
  // without it each token computes the cells of all chains, and masks those of the others
  return { branches, contextLength, flashAttention: true }
}

/** What one chain may hold. */
const oneContext = (context: number | undefined, info: Model['info']): number =>
  context ?? Math.min(info.trainedContext, 8192)

/** On a GPU as many as there is memory for; on a CPU one, whose records depend on no other problem. */
function parallelOf({ parallel, preset, method }: RunFlags, { info }: Model): readonly number[] {
  if (parallel !== undefined) return [parallel]
  const alone = preset === 'notebook' || method?.includes('confidence-traac') === true
  return info.gpuLayers > 0 && !alone ? [16, 8, 4, 2, 1] : [1]
}

async function openSession(
  { flags, signal }: Job,
  model: Model,
): Promise<Pick<ExperimentOptions, 'session' | 'parallel'>> {
  const { threads } = flags
  let failure: unknown
  for (const parallel of parallelOf(flags, model)) {
    try {
      const shares = sharesOf(flags, model, parallel)
      return { session: await model.createSession({ ...shares, threads, signal }), parallel }
    } catch (error) {
      const full = error instanceof CotPruneError && fullCodes.includes(error.code)
      if (!full) throw error
      failure ??= error
    }
  }
  throw failure
}

/** What a context says for which there is no memory. */
const fullCodes: readonly string[] = ['ERR_OUT_OF_MEMORY', 'ERR_CONTEXT_CREATE']

async function optionsOf(job: Job, model: Model, dataset: Dataset): Promise<ExperimentOptions> {
  const { flags, progress, signal } = job
  return {
    ...(await openSession(job, model)),
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

async function openFolder(
  { flags, signal }: Job,
  model: Model,
  options: ExperimentOptions,
): Promise<ResultFolder | null> {
  if (flags.out === undefined) return null
  const source = {
    model: model.info,
    contextLength: flags.context,
    build: buildInfo(),
    command: commandLine(process.argv.slice(2)),
    machine: machineText(),
  }
  const { out, resume } = flags
  return ResultFolder.open(out, await describeRun(options, source), { resume, signal })
}

/** Take the results in, one line each, and write the summary whatever happens. */
async function collect(
  options: ExperimentOptions,
  folder: ResultFolder | null,
): Promise<readonly ProblemResult[]> {
  const finished = folder?.finished ?? []
  const results = [...finished]
  try {
    for await (const result of runExperiment({ ...options, finished })) {
      await folder?.append(result)
      results.push(result)
    }
  } finally {
    await folder?.finish(inOrder(results))
    await folder?.close()
  }
  return inOrder(results)
}
