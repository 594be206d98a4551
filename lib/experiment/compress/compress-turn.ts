/** One turn that thinks → its pruned text, and the record of what went. */

import type { PrunedTrace, ScoredTrace, SegmentedTrace } from '../../../types/public.js'
import { CotPruneError, ownAnswer, prune, segment } from '../../index.js'
import { withCertainty } from './certainty.js'
import { leftText } from './left-text.js'
import type { CompressPlan, Worker } from './options.js'
import { RowError, renderingFault } from './row-fault.js'
import { pruneRule } from './rule.js'
import type { ThinkingTurn } from './turns.js'
import type { TurnCheck, TurnRecord } from './types.js'

export interface CompressedTurn {
  /** The thinking, pruned; null where nothing went. */
  readonly thinking: string | null
  readonly record: TurnRecord
  readonly readTokens: number
}

/** A single step has nothing to be compared with. */
export const isScored = ({ steps }: SegmentedTrace): boolean => steps.length > 1

const lengthOf = ({ prompt, tokens }: SegmentedTrace) => prompt.tokens.length + tokens.length

/** @param worker null where there is nothing to score */
export async function compressTurn(
  {
    turn,
    trace,
    index,
  }: { readonly turn: number | null; readonly trace: SegmentedTrace; readonly index: number },
  worker: Worker | null,
  plan: CompressPlan,
): Promise<CompressedTurn> {
  const before = trace.thinking.tokenEnd - trace.thinking.tokenStart
  const whole = { turn, steps: trace.steps.length, tokens: { before, after: before } }
  if (worker === null || !isScored(trace)) {
    return { thinking: null, record: { ...whole, scores: [], removed: [] }, readTokens: 0 }
  }
  const scored = await scoreOf(trace, index, worker, plan)
  const pruned = prune(scored, { ...pruneRule(plan.rule), protect: plan.protect })
  const check = plan.check?.(index) ? await askAgain(pruned, worker, plan) : null
  return {
    thinking: pruned.removed.length === 0 ? null : leftText(pruned),
    record: { ...whole, ...recordOf(pruned, before), ...(check && { check }) },
    readTokens: lengthOf(trace),
  }
}

/** Before anything of it is read. @throws RowError */
export async function traceOfTurn(turn: ThinkingTurn, plan: CompressPlan): Promise<SegmentedTrace> {
  const trace = await traceOf(turn, plan)
  const length = lengthOf(trace)
  if (!isScored(trace) || length <= plan.contextLength) return trace
  const what = `${length} tokens do not fit into a context of ${plan.contextLength}`
  throw new RowError('too-long', `${what}: it takes a larger one`)
}

/** @throws RowError where the vocabulary makes another text of the thinking: then its steps are not the row's */
async function traceOf(
  { text, range, messages, answer }: ThinkingTurn,
  { model, ask, segmenting }: CompressPlan,
): Promise<SegmentedTrace> {
  const { templateArguments } = ask
  const thinking = text.slice(range.start, range.end)
  const input = { messages, thinking, answer, templateArguments }
  const trace = await model.traceOf(input).catch((error: unknown) => {
    throw renderingFault(error, model.info.chatTemplate !== null)
  })
  const { charStart, charEnd } = trace.thinking
  if (trace.text.slice(charStart, charEnd).includes(thinking)) return segment(trace, segmenting)
  throw new RowError('text', "the model's vocabulary cannot spell this thinking as it is written")
}

/** In a cache that holds nothing: a row's scores do not depend on the row before it, nor on who was killed when. */
async function scoreOf(
  trace: SegmentedTrace,
  index: number,
  { session, method }: Worker,
  { seed, signal }: CompressPlan,
): Promise<ScoredTrace> {
  await session.clear()
  const read = await withCertainty(method.name, trace, session, signal)
  return method.score(read, (seed + index) >>> 0)
}

function recordOf(
  { steps, scores, removed, removedTokens }: PrunedTrace,
  before: number,
): Pick<TurnRecord, 'tokens' | 'scores' | 'removed'> {
  const gone = removedTokens.reduce((sum, { start, end }) => sum + end - start, 0)
  return {
    tokens: { before, after: before - gone },
    scores: scores.map(score => Number(score.toPrecision(6))),
    removed: removed.map(step => ({ step, text: steps[step]?.text ?? '' })),
  }
}

/**
 * Behind the whole thinking, too: a model may never have come to the row's answer. Null where nothing went, the row states no
 * answer, or there is no room for another one.
 */
async function askAgain(
  pruned: PrunedTrace,
  { session }: Worker,
  { signal }: CompressPlan,
): Promise<TurnCheck | null> {
  const own = ownAnswer(pruned).value
  if (own === null || pruned.removed.length === 0) return null
  const whole = prune(pruned, { ratio: 0 })
  try {
    const how = { mode: 'continue', maxTokens: 512, independent: true, signal } as const
    const answers = await session.evaluateAll([whole, pruned], how)
    const [ofWhole = null, ofPruned = null] = answers.map(({ answer }) => answer.value)
    return { own, whole: ofWhole, pruned: ofPruned }
  } catch (error) {
    if (CotPruneError.is(error, 'ERR_CONTEXT_FULL')) return null
    throw error
  }
}
