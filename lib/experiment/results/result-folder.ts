/**
 * Results on disk. `run.json` says of what they are, `results.jsonl` has a line for each problem as soon
 * as it is finished, and `results.json` the summary. A process that is killed loses the problem in hand.
 */

import { join } from 'node:path'
import { LineFile, replaceFile } from '../../base/files.js'
import type { Lock } from '../../base/lock.js'
import type { ProblemResult } from '../run/result-types.js'
import {
  checkedData,
  completeLines,
  type FolderOptions,
  fault,
  moveAside,
  openLocked,
  parsedData,
  readIfThere,
  versionOf,
} from './files.js'
import { firstDifference } from './run-key.js'
import { recordShape, resultShape, runShape } from './shapes.js'
import { summarize } from './summary.js'
import type { FailedProblem, RunFile, RunRecord } from './types.js'

const names = { run: 'run.json', lines: 'results.jsonl', record: 'results.json' } as const

/** What a folder has: the run it is of, and the results that are finished. */
export interface SavedRun {
  readonly run: RunFile
  readonly results: readonly ProblemResult[]
  /** What nobody could solve: of a run by several workers. */
  readonly failed: readonly FailedProblem[]
  /** When `results.json` was written, ISO 8601; null where it is not there: the run has not come to an end. */
  readonly date: string | null
}

/** What is gone on with. */
type Begun = Pick<SavedRun, 'run' | 'results'>

/**
 * A folder that results are written into, line by line: `ResultFolder.open` makes or resumes it. What is appended is on the disk.
 * One process writes it, until `close`.
 */
export class ResultFolder {
  /** Those of an earlier process, where this one resumes. */
  readonly finished: readonly ProblemResult[]
  readonly #folder: string
  readonly #lines: LineFile
  readonly #lock: Lock
  readonly #run: RunFile

  private constructor(folder: string, lines: LineFile, lock: Lock, { run, results }: Begun) {
    this.#folder = folder
    this.#lines = lines
    this.#lock = lock
    this.#run = run
    this.finished = results
  }

  /**
   * Make the folder, or go on in it: with `resume` what it has must be of the same run. Without, the
   * files of an earlier run are moved aside, never overwritten.
   *
   * @throws CotPruneError ERR_RESULTS (also where another process writes it, which is named), ERR_DISK_FULL; `signal.reason`
   */
  static async open(
    folder: string,
    run: RunFile,
    { resume = false, signal }: FolderOptions = {},
  ): Promise<ResultFolder> {
    return openLocked(folder, signal, async lock => {
      const saved = resume ? await readSaved(folder, run) : { run, results: [], bytes: 0 }
      if (!resume) for (const name of Object.values(names)) await moveAside(join(folder, name))
      await writeData(join(folder, names.run), run)
      const lines = await LineFile.open(join(folder, names.lines), saved.bytes)
      return new ResultFolder(folder, lines, lock, { ...saved, run })
    })
  }

  /** Append one problem; it is on the disk when the promise resolves. @throws CotPruneError ERR_DISK_FULL, ERR_RESULTS */
  async append(result: ProblemResult): Promise<void> {
    await this.#lines.append(lineOf(result))
    await this.#lines.sync()
  }

  /**
   * Write the summary of all results, old and new.
   *
   * @param failed what nobody could solve; a later run with `resume` tries again
   */
  async finish(
    results: readonly ProblemResult[],
    failed: readonly FailedProblem[] = [],
  ): Promise<void> {
    await writeData(join(this.#folder, names.record), recordOf(this.#run, results, failed))
  }

  /** Let go of the folder; what was appended stays. */
  async close(): Promise<void> {
    await this.#lines.close()
    await this.#lock.release()
  }
}

/**
 * Write the results of a whole run at once, and resolve with what the folder has now. What it had is kept under its time.
 *
 * @param aside `keepAside` where it has the same run: a process that dies leaves the lines as they were, or all of the new ones;
 * `moveAside` where it may have another, whose `run.json` must not stand beside lines that are not its own
 * @throws CotPruneError ERR_RESULTS (also where another process writes it, which is named), ERR_DISK_FULL
 */
export async function writeResults(
  folder: string,
  { run, results, failed }: Omit<SavedRun, 'date'>,
  aside: (path: string) => Promise<void>,
): Promise<SavedRun> {
  const record = recordOf(run, results, failed)
  const lock = await openLocked(folder, undefined, async lock => {
    for (const name of Object.values(names)) await aside(join(folder, name))
    await replaceFile(join(folder, names.lines), linesOf(results))
    await writeData(join(folder, names.run), run)
    await writeData(join(folder, names.record), record)
    return lock
  })
  await lock.release()
  return { run, results, failed, date: record.date }
}

function* linesOf(results: readonly ProblemResult[]): Generator<string> {
  for (const result of results) yield lineOf(result)
}

const lineOf = (result: ProblemResult): string => `${JSON.stringify(result)}\n`

const recordOf = (
  run: RunFile,
  results: readonly ProblemResult[],
  failed: readonly FailedProblem[],
): RunRecord => ({
  version: 1,
  complete: results.length >= run.context.planned,
  date: new Date().toISOString(),
  run,
  summary: summarize(results, run.context),
  ...(failed.length > 0 && { failed }),
})

/** Read what a folder has. @throws CotPruneError ERR_RESULTS */
export async function readResults(folder: string): Promise<SavedRun> {
  const run = await readRun(folder)
  if (run === null)
    throw fault(`${join(folder, names.run)} is missing: this is no folder of results`)
  const { results } = await readLines(join(folder, names.lines))
  const { failed, date } = await readRecord(join(folder, names.record))
  return { run, results, failed: unsolved(failed, results), date }
}

/**
 * Put the results of several folders, the shards of one run, into a new one.
 *
 * @throws CotPruneError ERR_RESULTS where they are not of one run
 */
export async function mergeResults(folders: readonly string[], out: string): Promise<SavedRun> {
  const saved: SavedRun[] = []
  for (const folder of folders) saved.push(await readResults(folder))
  const [first] = saved
  if (first === undefined) throw fault('there is nothing to merge: give at least one folder')
  for (const [place, { run }] of saved.entries()) {
    demandSame(first.run, run, folders[0] ?? '', `in ${folders[place]}`)
  }
  const results = inOrder(saved.flatMap(({ results }) => results))
  const planned = plannedOf(saved.map(({ run }) => run))
  // shards may have been run anywhere, each by a command of its own
  const { command: _, machine: __, ...common } = first.run
  const run = { ...common, shard: null, context: { ...common.context, planned } }
  const failed = unsolved(
    saved.flatMap(one => one.failed),
    results,
  )
  return writeResults(out, { run, results, failed }, moveAside)
}

/** By problem and sample, each once: the first one counts. */
export function inOrder(results: readonly ProblemResult[]): ProblemResult[] {
  const once = new Map<string, ProblemResult>()
  for (const result of results) {
    const place = placeOf(result)
    if (!once.has(place)) once.set(place, result)
  }
  return [...once.values()].sort((a, b) => a.index - b.index || a.sample - b.sample)
}

const placeOf = ({ index, sample }: { readonly index: number; readonly sample: number }): string =>
  `${index} ${sample}`

/** Another shard may have solved it, or a run that went on since. */
function unsolved(
  failed: readonly FailedProblem[],
  results: readonly ProblemResult[],
): readonly FailedProblem[] {
  const solved = new Set(results.map(placeOf))
  return failed.filter(one => !solved.has(placeOf(one)))
}

/** Of the whole run of which these are shards: with the largest of their limits. */
function plannedOf(runs: readonly RunFile[]): number {
  const results = runs.map(({ context, limit }) => {
    const { problems } = context.dataset
    return Math.min(problems, limit ?? problems) * context.samples
  })
  return Math.max(...results)
}

async function readSaved(
  folder: string,
  run: RunFile,
): Promise<Begun & { readonly bytes: number }> {
  const earlier = await readRun(folder)
  const path = join(folder, names.lines)
  if (earlier === null) {
    const { bytes } = await completeLines(path)
    if (bytes === 0) return { run, results: [], bytes }
    throw fault(`${path} has results, but no ${names.run} says of what; choose another folder`)
  }
  demandSame(earlier, run, folder, 'now')
  return { run, ...(await readLines(path)) }
}

function demandSame(earlier: RunFile, run: RunFile, folder: string, where: string): void {
  const found = firstDifference(earlier.key, run.key)
  if (found === null) return
  const { path, left, right } = found
  if (path === 'checker') {
    throw fault(
      `the results in ${folder} were judged by the checker ${left} of answers and those ${where} by ${right}: cot-prune rescore ${folder} judges them again`,
    )
  }
  throw fault(
    `the results in ${folder} are of another run: ${path} is ${left} there and ${right} ${where}; choose another folder, or the same options`,
  )
}

async function readRun(folder: string): Promise<RunFile | null> {
  const path = join(folder, names.run)
  const text = await readIfThere(path)
  if (text === null) return null
  const value = parsedData(text, path)
  if (versionOf(value) === 1) return checkedData(value, runShape, path)
  throw fault(`${path} is not of this version of cot-prune`)
}

async function readRecord(path: string): Promise<Pick<SavedRun, 'failed' | 'date'>> {
  const text = await readIfThere(path)
  if (text === null) return { failed: [], date: null }
  const record = checkedData<RunRecord>(parsedData(text, path), recordShape, path)
  return { failed: record.failed ?? [], date: record.date }
}

async function readLines(path: string) {
  const { lines, bytes } = await completeLines(path)
  const results = lines.map((line, i) => {
    const where = `${path}:${i + 1}`
    return checkedData<ProblemResult>(parsedData(line, where), resultShape, where)
  })
  return { results, bytes }
}

const writeData = (path: string, data: RunFile | RunRecord): Promise<void> =>
  replaceFile(path, `${JSON.stringify(data, null, 2)}\n`)
