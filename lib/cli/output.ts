/** Result files: a line for each problem as it finishes, and the summary at the end. */

import { type FileHandle, mkdir, open, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildInfo, ModelInfo } from '../../types/public.js'
import type { ExperimentSummary, ProblemResult } from '../experiment/index.js'

/** The content of `results.json`. */
export interface RunRecord {
  readonly version: 1
  /** False where the run was interrupted or failed. */
  readonly complete: boolean
  /** ISO 8601, UTC. */
  readonly date: string
  readonly build: BuildInfo
  readonly model: ModelInfo
  readonly options: Readonly<Record<string, unknown>>
  readonly summary: ExperimentSummary
}

/** An open `results.jsonl`, and `results.json` beside it. */
export class ResultFolder {
  readonly #folder: string
  readonly #lines: FileHandle

  private constructor(folder: string, lines: FileHandle) {
    this.#folder = folder
    this.#lines = lines
  }

  /** Make the folder; the lines of an earlier run are moved aside, never overwritten. */
  static async open(folder: string): Promise<ResultFolder> {
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'results.jsonl')
    const earlier = await stat(path).catch(() => null)
    if (earlier !== null && earlier.size > 0) {
      const time = earlier.mtime.toISOString().replaceAll(/[:.]/g, '-')
      await rename(path, join(folder, `results-${time}.jsonl`))
    }
    return new ResultFolder(folder, await open(path, 'a'))
  }

  /** Append one problem; it is in the file when the promise resolves. */
  async append(result: ProblemResult): Promise<void> {
    await this.#lines.appendFile(`${JSON.stringify(result)}\n`)
  }

  async finish(record: RunRecord): Promise<void> {
    await writeFile(join(this.#folder, 'results.json'), `${JSON.stringify(record, null, 2)}\n`)
  }

  async close(): Promise<void> {
    await this.#lines.close()
  }
}
