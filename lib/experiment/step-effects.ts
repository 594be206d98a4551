/** What each step is worth without any label: delete it alone and look at the right answer. */

import type { SegmentedTrace, Session } from '../index.js'
import { extractAnswer, prune, scoreWith } from '../index.js'

export interface StepEffectsInput {
  readonly session: Pick<Session, 'likelihood'>
  /** With an answer in a box. */
  readonly trace: SegmentedTrace
  readonly signal?: AbortSignal | undefined
}

const given = 'The answer is \\boxed{'

/**
 * Log-probability of the trace's own answer behind all steps, minus that without the step: above 0 where
 * the answer needs it, below 0 where it is in the way. Shape (steps).
 */
export async function stepEffects(input: StepEffectsInput): Promise<readonly number[]> {
  const { session, trace, signal } = input
  const { value } = extractAnswer(trace.text.slice(trace.answer.charStart))
  if (value === null) return trace.steps.map(() => Number.NaN)
  const scored = scoreWith(trace, 'recency')
  const without = async (left: number | null): Promise<number> => {
    const rule = {
      name: 'all-but-one',
      keep: () => trace.steps.map(({ index }) => index !== left),
    }
    const text = `${value}}`
    return (await session.likelihood(prune(scored, { rule }), { given, text, signal })).logprob
  }
  const whole = await without(null)
  const effects: number[] = []
  for (const { index } of trace.steps) effects.push(whole - (await without(index)))
  return effects
}
