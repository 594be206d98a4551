/** A trace that is there already, read as if it were being written with pruning in flight. */

import type { InFlightRecord, Trace } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { home } from '../../engine/branches.js'
import type { Runtime } from '../../engine/runtime.js'
import { checkModel } from '../../trace/check-model.js'
import { readTrace } from '../../trace/read.js'
import { LivePruning } from './live-pruning.js'
import type { ResolvedInFlight, ResolvedPruning } from './options.js'

/** What the model makes of a text whose cache is pruned while it is read. */
export interface Reread {
  /** Shape (tokens): the log-probability of each, behind what was cached then. */
  readonly logprobs: readonly number[]
  readonly inFlight: InFlightRecord
}

/**
 * The work behind `session.reread`; see there. Looks come where they would have come.
 *
 * @throws CotPruneError as `generate`
 */
export async function reread(
  runtime: Runtime,
  given: Trace,
  pruning: ResolvedPruning,
  signal: AbortSignal | null,
): Promise<Reread> {
  const trace = readTrace(given)
  checkModel(runtime, trace)
  const { branches } = runtime
  const options: ResolvedInFlight = {
    ...{ stepGraph: null, earlyExit: null, pruning },
    ...{ seed: trace.sampling.seed, signal },
  }
  await branches.dropScratch()
  await branches.fill(home, Int32Array.from(trace.prompt.tokens), { signal })
  const live = await LivePruning.open(runtime, options, null, upTo(trace, 0))
  if (live === null) throw new CotPruneError('ERR_DECODE', 'nothing to prune by')
  const logprobs: number[] = []
  try {
    const { tokenEnd } = trace.thinking
    while (logprobs.length < trace.tokens.length) {
      const start = logprobs.length
      const most =
        start < tokenEnd ? Math.min(live.untilLook, tokenEnd - start) : Number.POSITIVE_INFINITY
      const end = Math.min(trace.tokens.length, start + Math.min(most, live.room))
      if (end <= start) throw full(branches.contextLength)
      const tokens = Int32Array.from(trace.tokens.slice(start, end))
      const pieces = await branches.likelihood(home, tokens, signal)
      for (const piece of pieces) logprobs.push(...piece.logprobs)
      live.append(tokens.length)
      if (end < tokenEnd) await live.happen(upTo(trace, end))
    }
  } finally {
    await live.close()
  }
  return { logprobs, inFlight: live.record }
}

const full = (contextLength: number): CotPruneError =>
  new CotPruneError(
    'ERR_CONTEXT_FULL',
    `the trace does not fit a context of ${contextLength} with this pruning; open the session with a larger contextLength`,
  )

/** While its thinking is being written. */
function upTo(trace: Trace, count: number): Trace {
  const charEnd = trace.tokenEnds[count - 1] ?? 0
  const behind = { tokenStart: count, tokenEnd: count, charStart: charEnd, charEnd }
  const start = Math.min(trace.thinking.tokenStart, count)
  const charStart = Math.min(trace.thinking.charStart, charEnd)
  return {
    ...trace,
    tokens: trace.tokens.slice(0, count),
    tokenEnds: trace.tokenEnds.slice(0, count),
    logprobs: trace.logprobs.slice(0, count),
    certainties: trace.certainties?.slice(0, count),
    text: trace.text.slice(0, charEnd),
    thinking: { tokenStart: start, tokenEnd: count, charStart, charEnd },
    answer: behind,
    finish: 'cancelled',
  }
}
