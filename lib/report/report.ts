/** Everything about one pruned and evaluated trace in one piece of plain data. Pure. */

import type { Evaluation, ModelInfo, PrunedTrace, Report } from '../../types/public.js'
import { buildInfo, ownAnswer } from '../index.js'

/** What `report` takes. */
export interface ReportInput {
  /** A loaded model, or what its `info` said. */
  readonly model: { readonly info: ModelInfo }
  readonly trace: PrunedTrace
  /** What `session.evaluate(trace)` gave. */
  readonly after: Evaluation
}

/** Put a pruned trace and its evaluation together, with the provenance of both. */
export function report(input: ReportInput): Report {
  const { model, trace, after } = input
  return {
    version: 1,
    build: buildInfo(),
    model: model.info,
    trace,
    before: ownAnswer(trace),
    after,
    counts: {
      steps: trace.steps.length,
      keptSteps: trace.kept.length,
      thinkingTokens: trace.thinking.tokenEnd - trace.thinking.tokenStart,
      keptTokens: trace.prunedTokens.length,
    },
  }
}
