/** Answers as lines of their own, for whoever wants to judge them by other means. Pure. */

import type { AnswerDecision } from '../../../types/public.js'
import type { AnswerSource, ProblemResult, ThresholdResult } from '../run/result-types.js'

/** A line of `--export-answers`. */
export interface ExportedAnswer {
  readonly id: string
  readonly index: number
  readonly sample: number
  readonly method: string
  readonly threshold: number
  readonly problem: string
  /** Any of them is right; none where none is known. */
  readonly expected: readonly string[]
  /** The text that the answer was read from; null where it was read from none. */
  readonly text: string | null
  readonly source: AnswerSource
  readonly found: string | null
  readonly extraction: ThresholdResult['extraction']
  readonly correct: boolean | null
  readonly decision: AnswerDecision | null
}

/** Answers for another checker to judge: a line for each problem, sample, method and threshold. Pure. */
export function exportedAnswers(results: readonly ProblemResult[]): ExportedAnswer[] {
  return results.flatMap(result => {
    const { id, index, sample, problem, expected, alternatives = [] } = result
    return result.thresholds.map(row => ({
      id,
      index,
      sample,
      method: row.method,
      threshold: row.threshold,
      problem,
      expected: expected === null ? [] : [expected, ...alternatives],
      text: textOf(result, row),
      source: row.source,
      found: row.predicted,
      extraction: row.extraction,
      correct: row.correct,
      decision: row.decision ?? null,
    }))
  })
}

function textOf({ trace }: ProblemResult, { source, output }: ThresholdResult): string | null {
  if (source === 'none') return null
  if (source !== 'trace') return output
  const { start, end } = trace.answer ?? { start: 0, end: 0 }
  const answer = trace.text.slice(start, end)
  return answer.trim() === '' ? trace.text : answer
}
