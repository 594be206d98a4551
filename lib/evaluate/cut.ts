/** A trace, cut before its end, for the model to go on from there. Pure. */

import type { CutPoint, SegmentedTrace, StepGraph } from '../../types/public.js'
import { checkKnown, integer, isObject, number } from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'
import { ownAnswer } from './answer.js'
import { answerSteps } from './answer-steps.js'

/** What `cutTrace` takes beside the place. */
export interface CutOptions {
  /** Answers that 'before-answer' must leave nothing of. @default the one that the trace itself gives */
  readonly answers?: readonly string[] | undefined
}

/**
 * Checks where a trace is to be cut, as `cutTrace` takes it.
 *
 * @param name what errors call it
 * @throws TypeError or RangeError that names the option
 */
export function resolveCut(point: unknown, name = 'point'): CutPoint {
  const expected = "'before-answer', { steps } or { share }"
  if (point === 'before-answer') return point
  if (typeof point === 'string') throw invalidValue(name, expected, point)
  if (!isObject(point)) throw invalidType(name, expected, point)
  checkKnown(name, point, ['steps', 'share'])
  const { steps, share }: Partial<Record<'steps' | 'share', unknown>> = point
  if ((steps === undefined) === (share === undefined)) throw invalidValue(name, expected, point)
  if (share !== undefined) {
    return { share: number(`${name}.share`, share, { min: 0, max: 1, open: true }) }
  }
  return { steps: integer(`${name}.steps`, steps, { min: 0, max: 2 ** 31 - 1 }) }
}

/**
 * The steps before a point, with the thinking still open behind them. 'before-answer': before the first step that
 * states the answer, in any spelling, as `answerSteps` finds it. Where the problem itself has that number, quoting it
 * is no answer: then only a step counts in which it is a result. A thinking that never states it is left whole.
 *
 * @returns the trace as it was when its first steps were written, its thinking open; null where no step is left
 * @throws TypeError or RangeError that names the option
 */
export function cutTrace(
  trace: SegmentedTrace,
  point: CutPoint = 'before-answer',
  options: CutOptions = {},
): SegmentedTrace | null {
  const count = stepsBefore(trace, resolveCut(point), options)
  return count <= 0 ? null : firstSteps(trace, Math.min(count, trace.steps.length))
}

function stepsBefore(trace: SegmentedTrace, point: CutPoint, { answers }: CutOptions): number {
  const { steps, thinking } = trace
  if (point === 'before-answer') {
    const own = ownAnswer(trace).value
    return statesAnswer(trace, answers ?? (own === null ? [] : [own])) ?? steps.length
  }
  if ('steps' in point) return steps.length - point.steps
  const end = thinking.tokenStart + point.share * (thinking.tokenEnd - thinking.tokenStart)
  return steps.filter(({ tokenEnd }) => tokenEnd <= end).length
}

/** The first step that states one of some answers; null where none does. */
export function statesAnswer(trace: SegmentedTrace, answers: readonly string[]): number | null {
  const found = answers.flatMap(answer => firstStatement(trace, answer) ?? [])
  return found.length === 0 ? null : Math.min(...found)
}

function firstStatement(trace: SegmentedTrace, answer: string): number | null {
  const asked = trace.messages?.map(({ content }) => content).join('\n') ?? trace.prompt.text
  const stated = answerSteps(trace, answer)
  if (answerSteps({ steps: [{ index: 0, text: asked }] }, answer).length === 0) {
    return stated[0] ?? null
  }
  const steps = trace.steps.map(({ index, text }) => ({ index, text: resultsIn(text) }))
  return answerSteps({ steps }, answer)[0] ?? null
}

/** What a step says that it found: behind equals signs, in boxes, in sentences that conclude. */
function resultsIn(text: string): string {
  const sentences = text.split(/(?<=[.!?。！？])\s+|\n/)
  const concluding =
    /\\boxed|\banswer\b|\bresult\b|\btotal\b|\b(?:so|thus|therefore|hence)\b|答案|所以|因此/i
  return sentences
    .map(sentence =>
      concluding.test(sentence)
        ? sentence
        : sentence
            .split(/[=≈]|\\approx/)
            .slice(1)
            .join(' ; '),
    )
    .join('\n')
}

/** The trace as it was when its first steps were written, and nothing else. */
function firstSteps(trace: SegmentedTrace, count: number): SegmentedTrace {
  const { version, model, messages, prompt, sampling, millis, splitter, templateArguments } = trace
  const { certainties, stepGraph } = trace
  const end = trace.steps[count]?.tokenStart ?? trace.thinking.tokenEnd
  const tokenEnds = trace.tokenEnds.slice(0, end)
  const charEnd = tokenEnds.at(-1) ?? 0
  const atEnd = { tokenStart: end, tokenEnd: end, charStart: charEnd, charEnd }
  return {
    version,
    model,
    messages,
    prompt,
    ...(templateArguments && { templateArguments }),
    tokens: trace.tokens.slice(0, end),
    tokenEnds,
    logprobs: trace.logprobs.slice(0, end),
    ...(certainties && { certainties: certainties.slice(0, end) }),
    text: trace.text.slice(0, charEnd),
    thinking: { ...trace.thinking, tokenEnd: end, charEnd },
    answer: atEnd,
    finish: 'cancelled',
    sampling,
    millis,
    splitter,
    steps: trace.steps.slice(0, count),
    ...(stepGraph && { stepGraph: firstLooks(stepGraph, count) }),
  }
}

/** Nothing is behind the last step, so that nothing looks back at it. */
const firstLooks = (
  { heads, steps, looks, decodedTokens }: StepGraph,
  count: number,
): StepGraph => ({
  heads,
  steps: steps.slice(0, count),
  looks: looks.map(rows => [
    ...rows.slice(0, count).map(row => row.slice(0, count)),
    Array.from({ length: count }, () => 0),
  ]),
  decodedTokens,
})
