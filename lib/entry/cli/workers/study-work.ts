/** A study that workers make: first its problems, each a job, then its parts, those together that read the same. */

import { inOrder, type Job, type Workplace, type WorkSpec } from '../../../cluster/index.js'
import {
  describeStudy,
  type FinishedPart,
  runStudy,
  type SolvedProblem,
  type StudyFile,
  type StudyPart,
  type StudyRecords,
  solveProblems,
} from '../../../experiment/index.js'
import { CotPruneError, type Model } from '../../../index.js'
import type { StudyFlags, StudyQuestion } from '../study/flags.js'
import { inputsOf } from '../study/inputs.js'
import { type Crew, modelForOthers, nameForOthers, openCrew } from './crew.js'
import {
  failureOf,
  fingerprintOf,
  type LocalFlags,
  loadFor,
  nameHere,
  nameOfInput,
  placeInfo,
} from './local.js'

/** What workers are told of it; the data set goes by its name. */
export type StudyQuestionShared = Omit<StudyQuestion, 'dataset' | 'quiet'>

/** A problem by its place, or parts with what they read: records and traces of this study. */
type StudyJob =
  | { readonly solve: number }
  | {
      readonly parts: readonly StudyPart[]
      readonly finished: StudyRecords
      readonly solved: readonly SolvedProblem[]
    }

type StudyResult =
  | { readonly solved: SolvedProblem; readonly parts: null }
  | { readonly solved: null; readonly parts: readonly FinishedPart[] }

export type StudyCrew = Crew<StudyJob, StudyResult>

/* ---- the coordinator ---------------------------------------------------------------------- */

export function openStudyCrew(
  flags: StudyFlags,
  model: Model,
  { key }: StudyFile,
): Promise<StudyCrew> {
  const { traces, resume = false } = flags
  const options: StudyQuestionShared = {
    ...questionOf(flags),
    ...(traces !== undefined && { traces: nameForOthers(traces) }),
  }
  return openCrew(flags, {
    ...{ kind: 'study', key, options, resume },
    model: modelForOthers(flags, model),
    input: { name: nameForOthers(flags.dataset) },
  })
}

/** One by one: what else flags have, such as an address, is nobody's business. */
const questionOf = (flags: StudyFlags): StudyQuestionShared =>
  Object.assign(
    { heads: flags.heads, seed: flags.seed },
    ...shared.map(name => (flags[name] === undefined ? {} : { [name]: flags[name] })),
  )

const shared = [
  ...(['quick', 'parts', 'limit', 'problems', 'maxTokens', 'columns', 'answers'] as const),
  ...(['strict', 'system', 'prompt', 'templateArg', 'thinkingBudget', 'temperature'] as const),
  ...(['topK', 'topP', 'minP', 'repeatPenalty', 'presencePenalty'] as const),
]

export interface StudyByWorkers {
  /** With the parts that are there. */
  readonly study: StudyFile
  readonly crew: StudyCrew
  /** Of the first problems. */
  readonly solved: readonly SolvedProblem[]
  readonly problems: number
  readonly signal: AbortSignal | undefined
  readonly onSolved: (solved: SolvedProblem) => Promise<void> | undefined
  readonly onProgress: (part: StudyPart, done: number, total: number) => void
}

/** As `runStudy`. A job that nobody can do ends it: what other parts read would be missing. */
export async function* partsOfWorkers(
  of: StudyByWorkers,
): AsyncGenerator<FinishedPart, void, undefined> {
  const { study, crew, problems, signal, onSolved, onProgress } = of
  const left = study.asked.filter(name => study.parts[name] === undefined)
  const solved = [...of.solved]
  let finished = study.parts
  const results = async function* (jobs: readonly Job<StudyJob>[]) {
    for await (const { job, outcome } of inOrder(jobs, crew.hands, { signal })) {
      if (outcome.failure !== null) throw failureOf(job.id, outcome.failure)
      yield outcome.result
    }
  }
  for await (const result of results(firstJobs(left, solved.length, problems))) {
    for (const part of result.parts ?? []) {
      finished = { ...finished, [part.name]: part.record }
      yield part
    }
    if (result.solved === null) continue
    await onSolved(result.solved)
    solved.push(result.solved)
    onProgress('traces', solved.length, problems)
  }
  for await (const { parts } of results(laterJobs(left, finished, solved))) yield* parts ?? []
}

/** What later parts read. */
function firstJobs(
  left: readonly StudyPart[],
  solved: number,
  problems: number,
): readonly Job<StudyJob>[] {
  const places = left.some(name => ofTraces.includes(name))
    ? Array.from({ length: problems - solved }, (_, i) => solved + i)
    : []
  const calibration: Job<StudyJob>[] = left.includes('calibration')
    ? [{ id: 'parts-calibration', data: { parts: ['calibration'], finished: {}, solved: [] } }]
    : []
  return [...calibration, ...places.map(solve => ({ id: `solve-${solve}`, data: { solve } }))]
}

const ofTraces: readonly StudyPart[] = [
  ...(['traces', 'own', 'deletion', 'answers', 'resume', 'in-flight'] as const),
]

/** Parts that read the same traces in the same way are one job. */
const groups: readonly (readonly StudyPart[])[] = [
  ['traces'],
  ['labels', 'compression'],
  ['effects'],
  ['next-step'],
  ['own', 'deletion'],
  ['answers'],
  ['resume'],
  ['in-flight'],
]

function laterJobs(
  left: readonly StudyPart[],
  { calibration, traces }: StudyRecords,
  solved: readonly SolvedProblem[],
): readonly Job<StudyJob>[] {
  return groups.flatMap(group => {
    const parts = group.filter(name => left.includes(name))
    if (parts.length === 0) return []
    const reads = parts.some(name => ofTraces.includes(name)) ? solved : []
    const data = { parts, finished: { calibration, traces }, solved: reads }
    return [{ id: `parts-${parts.join('-')}`, data }]
  })
}

/* ---- a worker ----------------------------------------------------------------------------- */

export async function openStudyPlace(
  spec: WorkSpec<'study', StudyQuestionShared>,
  flags: LocalFlags,
  signal: AbortSignal,
): Promise<Workplace> {
  const { traces: named, ...question } = spec.options
  const traces = named === undefined ? undefined : nameHere(named, flags.input, 'input')
  const inputs = await inputsOf({
    ...question,
    dataset: nameOfInput(spec, flags.dataset, 'dataset'),
    quiet: true,
    ...(traces !== undefined && { traces }),
  })
  const model = await loadFor(spec, flags, signal)
  try {
    const contextLength = spec.model.contextLength ?? undefined
    const { threads } = flags
    const session = await model.createSession({ contextLength, threads, signal })
    const options = { ...inputs, model, session, signal }
    const { key } = await describeStudy(options, { contextLength })
    return {
      fingerprint: fingerprintOf(key),
      info: placeInfo(model, key.model, 1),
      do: data => doJob(options, data),
      close: () => model.close(),
    }
  } catch (error) {
    await model.close()
    throw error
  }
}

async function doJob(options: Parameters<typeof runStudy>[0], data: unknown): Promise<StudyResult> {
  if (!isStudyJob(data)) {
    throw new CotPruneError('ERR_QUEUE', 'the queue has a job that is no part of a study')
  }
  if ('solve' in data) {
    const { maxTokens = 4096 } = options
    const how = { ...options, maxTokens, from: data.solve }
    for await (const solved of solveProblems(how)) return { solved, parts: null }
    throw new CotPruneError('ERR_QUEUE', `the study has no problem ${data.solve}`)
  }
  const parts: FinishedPart[] = []
  for await (const part of runStudy({ ...options, ...data })) parts.push(part)
  return { solved: null, parts }
}

/** What came through a queue of the same fingerprint: the seam where it gets its type. */
const isStudyJob = (data: unknown): data is StudyJob =>
  typeof data === 'object' && data !== null && ('solve' in data || 'parts' in data)
