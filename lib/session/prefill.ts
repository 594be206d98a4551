/** A trace from elsewhere → the cache, as if it had been generated here. */

import type { Trace } from '../../types/public.js'
import { home } from '../engine/branches.js'
import type { Runtime } from '../engine/runtime.js'
import { checkModel } from '../trace/check-model.js'
import { readTrace } from '../trace/read.js'

/** The work behind `session.prefill`; see there. */
export async function prefill(
  runtime: Runtime,
  given: Trace,
  signal: AbortSignal | null,
): Promise<void> {
  const trace = readTrace(given)
  checkModel(runtime, trace)
  const { branches } = runtime
  await branches.dropScratch()
  await branches.fill(home, Int32Array.from([...trace.prompt.tokens, ...trace.tokens]), { signal })
}
