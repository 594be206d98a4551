/** What each step is worth without any label: leave it out and look at what becomes less likely. */

import type { Model, SegmentedTrace, Session } from '../../index.js'
import { extractAnswer } from '../../index.js'

/** What `stepEffects` takes. */
export interface StepEffectsInput {
  readonly model: Pick<Model, 'tokenize' | 'info'>
  readonly session: Pick<Session, 'logprobs' | 'prefill'>
  readonly trace: SegmentedTrace
  /** The right one. @default the trace's own */
  readonly answer?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Shape (steps) each, natural logarithms: above 0 where the step is missed, below where it was in the way. */
export interface StepEffects {
  /** How much less likely the thinking behind it is without it; 0 for the last step. */
  readonly rest: readonly number[]
  /** The same of the answer, behind everything else; NaN where there is none. */
  readonly answer: readonly number[]
}

/** What is shown before the answer that is asked for. */
export const answerOpening = 'The answer is \\boxed{'

/**
 * How much less likely what follows is without each step. One prefill of the trace, then for each step one of what is behind it. The session's
 * cache is left with the trace.
 *
 * @throws as `session.prefill`; `signal.reason`
 */
export async function stepEffects(input: StepEffectsInput): Promise<StepEffects> {
  const { model, session, trace, signal } = input
  const { prompt, tokens, thinking, answer, steps } = trace
  const own = extractAnswer(trace.text.slice(answer.charStart)).value
  const right = input.answer ?? own
  const closing =
    answer.tokenStart > thinking.tokenEnd
      ? tokens.slice(thinking.tokenEnd, answer.tokenStart)
      : await model.tokenize(model.info.thinking?.closing ?? '\n</think>\n\n', {
          parseSpecial: true,
        })
  const asked = right === null ? [] : await model.tokenize(`${right}}`)
  const conclusion = [...closing, ...(await model.tokenize(answerOpening)), ...asked]

  /** Log-probabilities of the thinking from `behind` on and of the answer, without the tokens of a step. */
  const likelihoods = async (left: { readonly tokenStart: number } | null, behind: number) => {
    const before = [...prompt.tokens, ...tokens.slice(0, left?.tokenStart ?? behind)]
    const rest = [...tokens.slice(behind, thinking.tokenEnd), ...conclusion]
    const found = await session.logprobs([...before, ...rest], { from: before.length, signal })
    return {
      thinking: found.slice(0, thinking.tokenEnd - behind),
      answer: sum(found.slice(found.length - asked.length)),
    }
  }

  await session.prefill(trace, { signal })
  const first = steps[0]?.tokenEnd ?? thinking.tokenEnd
  const whole = await likelihoods(null, first)
  const rest: number[] = []
  const missed: number[] = []
  for (const step of steps) {
    const without = await likelihoods(step, step.tokenEnd)
    rest.push(sum(whole.thinking.slice(step.tokenEnd - first)) - sum(without.thinking))
    missed.push(right === null ? Number.NaN : whole.answer - without.answer)
  }
  return { rest, answer: missed }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
