/**
 * A study on disk. `study.json` has every part that is finished, `traces.jsonl` the problems that are solved: a process
 * that is killed loses the part in hand, and of the traces the one in hand.
 */

import { join } from 'node:path'
import { LineFile, replaceFile } from '../../../base/files.js'
import type { Lock } from '../../../base/lock.js'
import { among, flag, optional, orNull, record, text } from '../../../base/plain-data.js'
import { readTrace } from '../../../index.js'
import { messageOf } from '../../datasets/dataset-fault.js'
import {
  checkedData,
  completeLines,
  type FolderOptions,
  fault,
  moveAside,
  openLocked,
  parsedData,
  readIfThere,
} from '../../results/files.js'
import { firstDifference } from '../../results/run-key.js'
import type { SolvedProblem } from '../solve-problems.js'
import { studyPartNames } from './part-names.js'
import { parseStudy, studyFileName, studyJson } from './read-study.js'
import type { FinishedPart } from './run-study.js'
import type { StudyFile } from './types.js'

const tracesName = 'traces.jsonl'
const reportName = 'report.md'

/** A folder that a study is written into, part by part: `StudyFolder.open` makes or resumes it. */
export class StudyFolder {
  /** Of an earlier process, where this one resumes. */
  readonly solved: readonly SolvedProblem[]
  readonly #folder: string
  readonly #traces: LineFile
  readonly #lock: Lock
  #study: StudyFile

  private constructor(
    folder: string,
    traces: LineFile,
    lock: Lock,
    { study, solved }: { readonly study: StudyFile; readonly solved: readonly SolvedProblem[] },
  ) {
    this.#folder = folder
    this.#traces = traces
    this.#lock = lock
    this.#study = study
    this.solved = solved
  }

  /**
   * Make the folder, or go on in it: with `resume` what it has must be of the same key. Without, an earlier study is
   * moved aside, never overwritten. One process writes it, until `close`.
   *
   * @throws CotPruneError ERR_RESULTS (also where another process writes it, which is named), ERR_DISK_FULL; `signal.reason`
   */
  static async open(
    folder: string,
    study: StudyFile,
    { resume = false, signal }: FolderOptions = {},
  ): Promise<StudyFolder> {
    return openLocked(folder, signal, async lock => {
      const paths = [studyFileName, tracesName, reportName].map(name => join(folder, name))
      const [path = '', traces = ''] = paths
      const parts = resume ? await finishedParts(path, study) : {}
      if (!resume) for (const earlier of paths) await moveAside(earlier)
      const { solved, bytes } = resume ? await readSolved(traces, parts) : { solved: [], bytes: 0 }
      // what an earlier process was asked for, and finished, stays in the report
      const asked = studyPartNames.filter(
        name => study.asked.includes(name) || name in (parts ?? {}),
      )
      const begun = { ...study, asked, parts: parts ?? {} }
      const lines = await LineFile.open(traces, bytes)
      const opened = new StudyFolder(folder, lines, lock, { study: begun, solved })
      await opened.#write()
      return opened
    })
  }

  /** The study as it is on the disk. */
  get study(): StudyFile {
    return this.#study
  }

  /** It is on the disk when the promise resolves, as all that is added. */
  async addSolved(solved: SolvedProblem): Promise<void> {
    await this.#traces.append(`${JSON.stringify(solved)}\n`)
    await this.#traces.sync()
  }

  /** Add a part to `study.json`; it is on the disk when the promise resolves. */
  async add({ name, record }: FinishedPart): Promise<void> {
    this.#study = { ...this.#study, parts: { ...this.#study.parts, [name]: record } }
    await this.#write()
  }

  /** Write `report.md`. */
  async report(markdown: string): Promise<void> {
    await replaceFile(join(this.#folder, reportName), markdown)
  }

  /** Let go of the folder; what was added stays. */
  async close(): Promise<void> {
    await this.#traces.close()
    await this.#lock.release()
  }

  #write(): Promise<void> {
    return replaceFile(join(this.#folder, studyFileName), studyJson(this.#study))
  }
}

/** null where there is no study. */
async function finishedParts(path: string, study: StudyFile): Promise<StudyFile['parts'] | null> {
  const json = await readIfThere(path)
  if (json === null) return null
  const earlier = parseStudy(json, path)
  const found = firstDifference(earlier.key, study.key)
  if (found === null) return earlier.parts
  throw fault(
    `${path} is another study: ${found.path} is ${found.left} there and ${found.right} now; choose another folder, or the same options`,
  )
}

const solvedShape = record({
  id: text,
  correct: orNull('a boolean', flag),
  undecided: optional(among(true)),
  end: among('closed', 'cut', 'never-opened'),
})

async function readSolved(path: string, parts: StudyFile['parts'] | null) {
  const { lines, bytes } = await completeLines(path)
  if (parts === null && bytes > 0) {
    throw fault(`${path} has traces, but no ${studyFileName} says of what; choose another folder`)
  }
  return { solved: lines.map((line, i) => solvedOf(line, `${path}:${i + 1}`)), bytes }
}

function solvedOf(line: string, where: string): SolvedProblem {
  const solved = checkedData<SolvedProblem>(parsedData(line, where), solvedShape, where)
  try {
    readTrace(solved.trace)
  } catch (cause) {
    throw fault(`${where} is damaged: ${messageOf(cause)}`, cause)
  }
  return solved
}
