/** Pruned trace and a text → how likely the model finds that text behind it. */

import type { Likelihood, PrunedTrace } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import type { Runtime } from '../engine/runtime.js'
import { isPruned, readTrace } from '../trace/read.js'
import { evaluationPrompt } from './evaluation-prompt.js'
import type { ResolvedLikelihoodOptions } from './options.js'

/** The work behind `session.likelihood`; see there. */
export async function likelihood(
  runtime: Runtime,
  trace: PrunedTrace,
  { text, given, place, mode, signal }: ResolvedLikelihoodOptions,
): Promise<Likelihood> {
  if (!isPruned(readTrace(trace))) {
    throw new CotPruneError('ERR_TRACE_INVALID', 'the trace is not pruned: prune() it first')
  }
  const { branches, model } = runtime
  const closed = model.info.thinking !== null
  const { tokens, evicted, behind } = await evaluationPrompt(runtime, trace, {
    mode,
    place,
    // what is given asks for the answer itself
    answerCue: given === '' ? null : closed ? '' : '\n\n',
  })
  const shown = await model.tokenize(given)
  const asked = await model.tokenize(text)
  await branches.dropScratch()
  const { scratch } = branches
  if (evicted.length > 0) {
    await branches.fill(scratch, tokens, { signal })
    await branches.evict(scratch, evicted)
    await branches.extend(scratch, Int32Array.from([...behind, ...shown]), { signal })
  } else {
    await branches.fill(scratch, Int32Array.from([...tokens, ...shown]), { signal })
  }
  const logprobs = await branches.likelihood(scratch, Int32Array.from(asked), signal)
  await branches.dropScratch()
  return { tokens: asked, logprobs, logprob: logprobs.reduce((sum, value) => sum + value, 0) }
}

/** The work behind `session.logprobs`; see there. */
export async function logprobs(
  { branches }: Runtime,
  tokens: Int32Array,
  from: number,
  signal: AbortSignal | null,
): Promise<readonly number[]> {
  await branches.dropScratch()
  await branches.makeRoom(tokens)
  const { scratch } = branches
  await branches.fill(scratch, tokens.subarray(0, from), { signal })
  const found = await branches.likelihood(scratch, tokens.subarray(from), signal)
  await branches.dropScratch()
  return found
}
