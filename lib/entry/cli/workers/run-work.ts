/** A run that workers do: how it is told to them, what one of them needs for it, and its results. */

import { inOrder, type Settled, type Workplace, type WorkSpec } from '../../../cluster/index.js'
import {
  type DatasetOptions,
  describeRun,
  type ExperimentEvent,
  type ExperimentOptions,
  type FailedProblem,
  openDataset,
  openSolver,
  type PlannedUnit,
  type ProblemResult,
  plannedUnits,
} from '../../../experiment/index.js'
import { buildInfo, CotPruneError } from '../../../index.js'
import { openRunSession } from '../run-session.js'
import { type Crew, nameForOthers, type Work } from './crew.js'
import { fingerprintOf, type LocalFlags, loadFor, nameOfInput, placeInfo } from './local.js'

/** The options of a run that a session and a data set are added to. */
export type SharedOptions = Omit<
  ExperimentOptions,
  'session' | 'dataset' | 'limit' | 'shard' | 'finished' | 'signal' | 'onEvent'
>

/** What workers are told of a run. */
export interface RunOptions {
  readonly dataset: DatasetOptions
  readonly experiment: SharedOptions
}

/** Where a problem is: in the data set that the worker has. */
type Place = Pick<PlannedUnit, 'index' | 'sample'>

export type RunCrew = Crew<Place, ProblemResult>

/* ---- the coordinator ---------------------------------------------------------------------- */

export function runWork(
  options: ExperimentOptions,
  of: Pick<Work<'run', RunOptions>, 'key' | 'model' | 'resume'> & {
    readonly dataset: DatasetOptions & { readonly name: string }
  },
): Work<'run', RunOptions> {
  const {
    session: _,
    dataset: __,
    limit,
    shard,
    finished,
    signal,
    onEvent,
    ...experiment
  } = options
  const { name, ...dataset } = of.dataset
  return {
    kind: 'run',
    key: of.key,
    model: of.model,
    input: { name: nameForOthers(name) },
    options: { dataset, experiment },
    resume: of.resume,
  }
}

export interface RunByWorkers {
  /** Those with `finished` are not made again. */
  readonly options: ExperimentOptions
  readonly crew: RunCrew
  readonly onFailed: (failed: FailedProblem) => void
  /** Results that were there when the run was interrupted, behind one that was not. */
  readonly onLeft: (result: ProblemResult) => Promise<void>
}

/** As `runExperiment`, in the same order. */
export async function* resultsOfWorkers({
  options,
  crew: { hands },
  onFailed,
  onLeft,
}: RunByWorkers): AsyncGenerator<ProblemResult, void, undefined> {
  const units = plannedUnits(options)
  const ids = new Map(units.map(unit => [jobId(unit), unit.id]))
  const jobs = units.map(({ index, sample }) => ({
    id: jobId({ index, sample }),
    data: { index, sample },
  }))
  const total = units.length
  const tell = (event: ExperimentEvent) => options.onEvent?.(event)
  const [first] = units
  if (first) tell({ type: 'problem', index: first.index, done: 0, total, id: first.id })
  const left = async (settled: readonly Settled<Place, ProblemResult>[]) => {
    for (const { outcome } of settled) if (outcome.result !== null) await onLeft(outcome.result)
  }
  let done = 0
  const { signal } = options
  for await (const { job, outcome } of inOrder(jobs, hands, { signal, onLeft: left })) {
    done++
    if (outcome.failure !== null) {
      onFailed({ ...job.data, id: ids.get(job.id) ?? '', ...outcome.failure })
      continue
    }
    yield outcome.result
    tell({ type: 'result', done, total, result: outcome.result })
  }
}

const jobId = ({ index, sample }: Place): string => `p${index}-${sample}`

/* ---- a worker ----------------------------------------------------------------------------- */

export async function openRunPlace(
  spec: WorkSpec<'run', RunOptions>,
  flags: LocalFlags,
  signal: AbortSignal,
): Promise<Workplace> {
  const { dataset: how, experiment } = spec.options
  const dataset = await openDataset(nameOfInput(spec, flags.dataset, 'dataset'), how)
  const model = await loadFor(spec, flags, signal)
  try {
    const contextLength = spec.model.contextLength ?? undefined
    const asked = { ...experiment, context: contextLength, threads: flags.threads, signal }
    const { session, parallel = 1 } = await openRunSession(asked, model)
    const options = { ...experiment, session, parallel, dataset, signal }
    const run = await describeRun(options, { model: model.info, contextLength, build: buildInfo() })
    const solver = await openSolver(options)
    return {
      fingerprint: fingerprintOf(run.key),
      info: placeInfo(model, run.key.model, parallel),
      do: data => solver.solve(placeOf(data)),
      async close() {
        await solver.close().finally(() => model.close())
      },
    }
  } catch (error) {
    await model.close()
    throw error
  }
}

/** @throws CotPruneError ERR_QUEUE: it is not of this program */
function placeOf(data: unknown): Place {
  if (typeof data === 'object' && data !== null && 'index' in data && 'sample' in data) {
    const { index, sample } = data
    if (typeof index === 'number' && typeof sample === 'number') return { index, sample }
  }
  throw new CotPruneError('ERR_QUEUE', 'the queue has a job that is no problem of a run')
}
