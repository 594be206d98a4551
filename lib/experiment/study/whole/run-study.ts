/** A study, part by part: what is finished is handed out at once, and not made again. */

import { array, checkKnown, integer, keysOf, number } from '../../../base/check.js'
import { CotPruneError, type Model } from '../../../index.js'
import { replaySession } from '../replay.js'
import { resumeShares } from '../resume-curve.js'
import { type SolvedProblem, solveProblems } from '../solve-problems.js'
import { inFlightNames, type StudyPart, withNeeded } from './part-names.js'
import { type Study, type StudyInput, studyParts } from './parts.js'
import type { Outcome, StudyData, StudyRecord, StudyRecords } from './types.js'

/** What `runStudy`, `probeStudy` and `estimateStudy` take. */
export interface StudyOptions
  extends Omit<StudyInput, 'maxTokens' | 'seed' | 'shares' | 'inFlight'> {
  /** Those that they need are made, too. */
  readonly parts: readonly StudyPart[]
  /** @default 4096 */
  readonly maxTokens?: number | undefined
  /** Problem i is generated with seed + i. @default 0 */
  readonly seed?: number | undefined
  /** Where traces are cut in part 'resume', beside before the answer. @default 0.3, 0.5, 0.7, 0.9 */
  readonly shares?: readonly number[] | undefined
  /** @default all of `inFlightNames` */
  readonly inFlight?: StudyInput['inFlight'] | undefined
  /** Parts that are there already, of the same options. @default none */
  readonly finished?: StudyRecords | undefined
  /** Traces that are there already, of the first problems. @default none */
  readonly solved?: readonly SolvedProblem[] | undefined
  /** Called behind each problem that was solved; it is waited for. */
  readonly onSolved?: ((solved: SolvedProblem) => void | Promise<void>) | undefined
  /** Called as a part goes on; what is counted depends on the part. */
  readonly onProgress?: ((part: StudyPart, done: number, total: number) => void) | undefined
}

/** A part that is finished, as `runStudy` hands it out. */
export interface FinishedPart {
  readonly name: StudyPart
  readonly record: StudyRecord
}

const optionKeys = keysOf<StudyOptions>({
  model: true,
  session: true,
  dataset: true,
  labelled: true,
  parts: true,
  heads: true,
  ask: true,
  maxTokens: true,
  seed: true,
  shares: true,
  inFlight: true,
  finished: true,
  solved: true,
  signal: true,
  onSolved: true,
  onProgress: true,
})

/** What a study is of, without what it is computed with. */
export type StudyPlan = Omit<StudyOptions, 'session'>

/** The options with every default, checked. @throws TypeError or RangeError that names the option */
export const resolveStudy = (options: StudyOptions) => ({
  ...resolvePlan(options),
  session: options.session,
})

/** The same where nothing is to be computed. @throws TypeError or RangeError that names the option */
export function resolvePlan(options: StudyPlan): Omit<StudyInput, 'session'> & {
  readonly parts: readonly StudyPart[]
} {
  checkKnown('options', options, optionKeys)
  const { model, dataset, labelled, parts, heads, ask, signal } = options
  const { maxTokens = 4096, seed = 0, shares = resumeShares, inFlight = inFlightNames } = options
  const share = { min: 0, max: 1, open: true }
  return {
    ...{ model, dataset, labelled, heads, ask, signal, inFlight },
    parts: withNeeded(parts),
    maxTokens: integer('options.maxTokens', maxTokens, { min: 1, max: 2 ** 31 - 1 }),
    seed: integer('options.seed', seed, { min: 0, max: 2 ** 32 - 1 }),
    shares: array('options.shares', shares, 'an array of shares').map((value, i) =>
      number(`options.shares[${i}]`, value, share),
    ),
  }
}

/** @throws CotPruneError ERR_CAPTURE_UNAVAILABLE */
export function demandCapture({ info }: Pick<Model, 'info'>): void {
  if (info.attentionLayers.length > 0) return
  throw new CotPruneError(
    'ERR_CAPTURE_UNAVAILABLE',
    `${info.name || info.path} (${info.architecture}) has no layer that attends to the whole context: no score of a study can be read from it`,
  )
}

/**
 * Yields each part as soon as it is there; those of `finished` are not. What a model cannot show comes as a sentence.
 *
 * @throws TypeError or RangeError that names the option; CotPruneError ERR_CAPTURE_UNAVAILABLE
 */
export async function* runStudy(
  options: StudyOptions,
): AsyncGenerator<FinishedPart, void, undefined> {
  const { parts, ...input } = resolveStudy(options)
  demandCapture(input.model)
  const shared = {}
  let records: StudyRecords = { ...options.finished }
  let solved: readonly SolvedProblem[] = options.solved ?? []
  for (const name of parts) {
    if (records[name]) continue
    input.signal?.throwIfAborted()
    const start = performance.now()
    // a part that is made again, in another process, must not differ by what was in the cache
    await input.session.clear()
    const at = (done: number, total: number) => options.onProgress?.(name, done, total)
    if (needsTraces(name)) solved = await solveAll(input, solved, options, at)
    const study: Study = {
      ...input,
      solved,
      shared,
      replay: replaySession(
        input.session,
        solved.map(({ trace }) => trace),
      ),
      calibration: () => calibrationOf(records),
      at,
    }
    const outcome = await make(name, study)
    const record = { ...outcome, seconds: (performance.now() - start) / 1000 }
    records = { ...records, [name]: record }
    yield { name, record }
  }
}

const needsTraces = (name: StudyPart): boolean => withNeeded([name]).includes('traces')

/** The pair of a name and its part, which the compiler cannot see in a loop over names. */
const make = <P extends StudyPart>(name: P, study: Study): Promise<Outcome<StudyData[P]>> =>
  studyParts[name](study)

function calibrationOf({ calibration }: StudyRecords): StudyData['calibration'] {
  if (calibration?.skipped === null) return calibration.data
  throw new CotPruneError('ERR_RESULTS', 'the study has no calibration, which its parts read')
}

async function solveAll(
  input: StudyInput,
  before: readonly SolvedProblem[],
  { onSolved }: StudyOptions,
  at: (done: number, total: number) => void,
): Promise<readonly SolvedProblem[]> {
  const solved = [...before]
  for await (const one of solveProblems({ ...input, from: before.length })) {
    await onSolved?.(one)
    solved.push(one)
    at(solved.length, input.dataset.problems.length)
  }
  return solved
}
