/** Pruned trace and a text → how likely the model finds that text behind it. */

import type { Likelihood, PrunedTrace, TokenLogprobs } from '../../types/public.js'
import { CotPruneError } from '../base/errors.js'
import { alternativesOf, likeliest } from '../engine/alternatives.js'
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
  const pieces = await branches.likelihood(scratch, Int32Array.from(asked), signal)
  const logprobs = pieces.flatMap(piece => Array.from(piece.logprobs))
  await branches.dropScratch()
  return { tokens: asked, logprobs, logprob: logprobs.reduce((sum, value) => sum + value, 0) }
}

/** The work behind `session.logprobs` and `session.tokenLogprobs`; see there. */
export async function tokenLogprobs(
  { branches }: Runtime,
  tokens: Int32Array,
  { from, alternatives: count }: { readonly from: number; readonly alternatives: number },
  signal: AbortSignal | null,
): Promise<TokenLogprobs> {
  await branches.dropScratch()
  await branches.makeRoom(tokens)
  const { scratch } = branches
  await branches.fill(scratch, tokens.subarray(0, from), { signal })
  const pieces = await branches.likelihood(scratch, tokens.subarray(from), signal, count)
  const next = count === 0 ? [] : likeliest(await branches.logits(scratch), count)
  await branches.dropScratch()
  return {
    logprobs: pieces.flatMap(piece => Array.from(piece.logprobs)),
    alternatives: pieces.flatMap(piece =>
      alternativesOf(piece.alternatives, count, piece.logprobs.length),
    ),
    next,
  }
}
