/** What both loops share: asking the model for a chain of thought, and describing it. */

import type { Trace } from '../../../types/public.js'
import { codePointLength } from '../../base/text.js'
import { rightAnswers } from '../datasets/right-answers.js'
import { generationOptions, messagesFor } from './ask-options.js'
import type { ProblemResult, ThinkingEnd } from './result-types.js'
import type { Plan, Unit } from './types.js'

/** What is known of a problem's result before anything is scored. */
export type Asked = Omit<ProblemResult, 'splitter' | 'steps' | 'methods' | 'thresholds' | 'millis'>

/** 32-bit, and another one for each problem and sample, whatever part of a run this is. */
export function seedOf(plan: Plan, { index, sample }: Unit): number {
  return (plan.seed + index + sample * plan.dataset.problems.length) >>> 0
}

/** Generate the chain of thought for one problem, as in a session that has done nothing before. */
export async function generateTrace(plan: Plan, unit: Unit): Promise<Trace> {
  const { index, problem } = unit
  await plan.session.clear()
  plan.emit({ type: 'stage', index, stage: 'generate' })
  // in a batch nothing goes along: what is looked at is read behind the trace
  const alone = plan.parallel === 1
  const heads = plan.methods.find(method => method.heads !== undefined)?.heads?.heads
  const generation = plan.session.generate(messagesFor(problem, plan.ask), {
    ...generationOptions(plan.ask),
    // costs nothing that one would notice, and only this scorer reads it
    ...(plan.methods.some(({ name }) => name === 'confidence-traac') && { certainty: 20 }),
    // rows that come with the tokens need not be decoded again
    ...(heads && alone && { stepGraph: { heads, segmenting: plan.preset.segmenting } }),
    maxTokens: plan.preset.maxTokens,
    seed: seedOf(plan, unit),
    signal: plan.signal,
  })
  let tokens = 0
  for await (const chunk of generation) {
    tokens += chunk.tokens.length
    plan.emit({ type: 'tokens', index, tokens })
  }
  return generation.finish()
}

/** The part of a `ProblemResult` that both loops have in common. */
export function describeProblem(plan: Plan, unit: Unit, trace: Trace): Asked {
  const { problem, index, sample } = unit
  const [expected = null, ...alternatives] = rightAnswers(problem, plan.preset.expects)
  return {
    version: 1,
    index,
    sample,
    id: problem.id,
    problem: problem.problem,
    expected,
    ...(alternatives.length > 0 && { alternatives }),
    seed: seedOf(plan, unit),
    trace: {
      text: trace.text,
      tokens: trace.tokens.length,
      characters: codePointLength(trace.text),
      finish: trace.finish,
      thinking: thinkingEnd(trace),
      ...(trace.looping && { looping: true }),
      ...(trace.forcedClose && { forcedClose: true }),
      answer: { start: trace.answer.charStart, end: trace.answer.charEnd },
      millis: trace.millis,
    },
  }
}

/** A prompt that closed the thinking leaves none, and nothing of it was cut. */
export function thinkingEnd({ thinking, answer, finish }: Trace): ThinkingEnd {
  const none = thinking.tokenEnd === 0 && answer.tokenStart === 0
  if (answer.tokenStart > thinking.tokenEnd || (none && answer.tokenEnd > 0)) return 'closed'
  return finish === 'length' ? 'cut' : 'never-opened'
}
