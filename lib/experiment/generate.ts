/** What both loops share: asking the model for a chain of thought, and describing it. */

import type { Trace } from '../../types/public.js'
import { codePointLength } from '../text.js'
import type { Plan, Problem, ProblemResult } from './types.js'

/** What is known of a problem's result before anything is scored. */
export type Asked = Omit<ProblemResult, 'steps' | 'thresholds' | 'millis'>

/** The seed of problem `index`: 32-bit, and another one for each problem. */
export function seedOf(plan: Plan, index: number): number {
  return (plan.seed + index) >>> 0
}

/** Generate the chain of thought for one problem. */
export async function generateTrace(plan: Plan, prompt: string, index: number): Promise<Trace> {
  plan.emit({ type: 'stage', index, stage: 'generate' })
  const generation = plan.session.generate([{ role: 'user', content: prompt }], {
    ...plan.preset.sampling,
    maxTokens: plan.maxTokens,
    seed: seedOf(plan, index),
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
export function describeProblem(plan: Plan, problem: Problem, index: number, trace: Trace): Asked {
  return {
    version: 1,
    index,
    id: problem.id,
    problem: problem.problem,
    expected: expectedAnswer(plan, problem),
    seed: seedOf(plan, index),
    trace: {
      text: trace.text,
      tokens: trace.tokens.length,
      characters: codePointLength(trace.text),
      finish: trace.finish,
      millis: trace.millis,
    },
  }
}

/** The answer that counts for a preset; null where none is known to be right. */
export function expectedAnswer(plan: Plan, problem: Problem): string | null {
  const { answer, verifiedAnswer } = problem
  return plan.preset.expects === 'given' || verifiedAnswer === undefined ? answer : verifiedAnswer
}
