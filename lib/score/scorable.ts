/** What every way to score starts from: a trace with steps, at least one, and no scores. */

import type { SegmentedTrace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { hasSteps, readTrace } from '../trace/read.js'
import { baseOf } from '../trace/spans.js'

/**
 * Checks a trace and leaves out scores and choices of an earlier scoring: those of its tokens and
 * heads would be taken for the new one's.
 *
 * @throws CotPruneError ERR_TRACE_INVALID, ERR_NO_STEPS
 */
export function scorable(trace: SegmentedTrace): SegmentedTrace {
  if (!hasSteps(readTrace(trace))) {
    throw new CotPruneError('ERR_TRACE_INVALID', 'the trace has no steps list: segment() it first')
  }
  const { splitter, steps } = trace
  if (steps.length === 0) {
    throw new CotPruneError('ERR_NO_STEPS', 'the trace has no steps to score')
  }
  return { ...baseOf(trace), splitter, steps }
}
