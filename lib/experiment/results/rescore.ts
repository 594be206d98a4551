/** Old results, judged by the checker of today: nothing is generated again. */

import type { ExtractedAnswer } from '../../../types/public.js'
import { answerChecker, answerIn, extractAnswer } from '../../index.js'
import type { ProblemResult, ThresholdResult } from '../run/result-types.js'
import { judged } from '../run/rows.js'
import { fault, keepAside, moveAside } from './files.js'
import { readResults, type SavedRun, writeResults } from './result-folder.js'
import type { RunFile } from './types.js'

/** A row that is judged otherwise than before. */
export interface Rescored {
  readonly id: string
  readonly sample: number
  readonly method: string
  readonly threshold: number
  readonly before: Pick<ThresholdResult, 'predicted' | 'correct'>
  readonly after: Pick<ThresholdResult, 'predicted' | 'correct' | 'decision'>
}

/** A folder of results, judged again. */
export interface RescoredRun extends SavedRun {
  /** Rows of all results. */
  readonly rows: number
  /** Those of which the answer or the verdict is another one. */
  readonly changed: readonly Rescored[]
}

/**
 * Find and judge the answers of a folder of results again, from the texts that it has. The folder gets the new results, and
 * the lines that it had stay beside them under their time; with `out` they go into another folder.
 *
 * @throws CotPruneError ERR_RESULTS for no folder of results, and for one of the notebook preset, which has its own patterns
 */
export async function rescoreResults(folder: string, out = folder): Promise<RescoredRun> {
  const { run, results, failed } = await readResults(folder)
  if (run.key.preset.loop === 'notebook') {
    throw fault(
      `${folder} is of preset '${run.key.preset.name}', whose answers are found and compared as the notebook does`,
    )
  }
  const close = run.key.thinking?.close ?? null
  const rescored = results.map(result => rescoreResult(result, close))
  const judgedNow: RunFile = { ...run, key: { ...run.key, checker: answerChecker } }
  const aside = out === folder ? keepAside : moveAside
  const written = await writeResults(out, { run: judgedNow, results: rescored, failed }, aside)
  return {
    ...written,
    rows: rescored.reduce((sum, { thresholds }) => sum + thresholds.length, 0),
    changed: results.flatMap((result, i) => changesOf(result, rescored[i])),
  }
}

/**
 * Find and judge the answers of one result again, from the texts that it has. Pure.
 *
 * @param close the tag that ends the thinking; null where the model has none
 * @returns the result with `predicted`, `extraction`, `decision` and `correct` as they are judged now; a row without a text stays as it is
 */
export function rescoreResult(result: ProblemResult, close: string | null): ProblemResult {
  const { expected, alternatives = [] } = result
  const right = expected === null ? [] : [expected, ...alternatives]
  return {
    ...result,
    thresholds: result.thresholds.map(row => {
      const answer = answerOf(result, row, close)
      if (answer === null) return row
      return {
        ...row,
        predicted: answer.value,
        extraction: answer.extraction,
        ...judged(answer, row.correct === null ? [] : right),
      }
    }),
  }
}

/** null where a row has no text to find one in. */
function answerOf(
  { trace }: ProblemResult,
  { source, output, resumed }: ThresholdResult,
  close: string | null,
): ExtractedAnswer | null {
  if (source === 'trace') {
    const { start, end } = trace.answer ?? { start: 0, end: 0 }
    const behind = trace.text.slice(start, end)
    return behind.trim() === '' ? extractAnswer(trace.text) : answerIn(behind)
  }
  if (source !== 'evaluation' || output === null) return null
  return resumed === undefined ? answerIn(output) : resumedAnswer(output, resumed.finish, close)
}

/** As `evaluate` does: what stands behind the thinking, and no thought that was cut. */
function resumedAnswer(
  output: string,
  finish: 'end' | 'length' | 'stop',
  close: string | null,
): ExtractedAnswer {
  const at = close === null ? -1 : output.indexOf(close)
  const behind = at === -1 ? '' : output.slice(at + (close ?? '').length)
  if (behind.trim() !== '') return answerIn(behind)
  return finish === 'length' && close !== null
    ? { value: null, extraction: 'none' }
    : extractAnswer(output)
}

function changesOf(before: ProblemResult, after: ProblemResult | undefined): Rescored[] {
  const { id, sample } = before
  return before.thresholds.flatMap((row, i) => {
    const now = after?.thresholds[i]
    if (now === undefined) return []
    const same = now.predicted === row.predicted && now.correct === row.correct
    const { method, threshold, predicted, correct } = row
    return same
      ? []
      : [{ id, sample, method, threshold, before: { predicted, correct }, after: now }]
  })
}
