/** What of a trace is scored, pruned and asked about: all of it, what is before a cut, or all but its answer. */

import type { CutPoint, PrunedTrace, SegmentedTrace } from '../../../types/public.js'
import {
  answerSteps,
  cutTrace,
  ownAnswer,
  type PruneOptions,
  prune,
  type ScoredTrace,
} from '../../index.js'

export interface Subject {
  /** null: nothing is left. */
  readonly trace: SegmentedTrace | null
  /** Steps of it that state the answer: it could be repeated. */
  readonly leaks: boolean
}

/** The answers that must not be seen: the trace's own, and the right one. */
export const answersOf = (
  trace: SegmentedTrace | null,
  expected: readonly string[],
): readonly string[] =>
  [trace && ownAnswer(trace).value, ...expected].filter(answer => answer !== null)

const statesOneOf = (trace: SegmentedTrace, answers: readonly string[]): boolean =>
  answers.some(answer => answerSteps(trace, answer).length > 0)

export function cutSubject(
  trace: SegmentedTrace,
  point: CutPoint,
  answers: readonly string[],
): Subject {
  const cut = cutTrace(trace, point, { answers })
  return {
    trace: cut,
    leaks: cut !== null && point !== 'before-answer' && statesOneOf(cut, answers),
  }
}

/** Without the steps that state an answer; what else there is keeps its place in the text. */
export function hiddenSubject(trace: SegmentedTrace, answers: readonly string[]): Subject {
  const hidden = new Set(answers.flatMap(answer => answerSteps(trace, answer)))
  return { trace: hidden.size < trace.steps.length ? trace : null, leaks: false }
}

/**
 * As `prune`, of the steps that do not state an answer: those are gone for every rule and every score alike, and no rule
 * counts them.
 */
export function pruneHidden(
  scored: ScoredTrace,
  answers: readonly string[],
  options: PruneOptions,
): PrunedTrace {
  const hidden = new Set(answers.flatMap(answer => answerSteps(scored, answer)))
  const seen = scored.steps.filter(({ index }) => !hidden.has(index))
  const { headScores: _, ...rest } = scored
  const pruned = prune(
    {
      ...rest,
      steps: seen.map((step, index) => ({ ...step, index })),
      scores: seen.map(({ index }) => scored.scores[index] ?? Number.NaN),
    },
    options,
  )
  const kept = pruned.kept.map(i => seen[i]?.index ?? Number.NaN)
  const stays = new Set(kept)
  const gone = scored.steps.filter(({ index }) => hidden.has(index))
  const ranges = [
    ...pruned.removedTokens,
    ...gone.map(({ tokenStart, tokenEnd }) => ({ start: tokenStart, end: tokenEnd })),
  ]
  return {
    ...pruned,
    ...scored,
    kept,
    removed: scored.steps.map(({ index }) => index).filter(index => !stays.has(index)),
    removedTokens: ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start),
  }
}

/** Nothing of the thinking: what the model makes of the problem alone, within the same budget. */
export const pruneAll = (scored: ScoredTrace): PrunedTrace =>
  prune(scored, { rule: { name: 'nothing', keep: (_, steps) => steps.map(() => false) } })

/* ---- derived again ------------------------------------------------------------------------ */

const numbers = (text: string): Set<string> =>
  new Set(Array.from(text.matchAll(/(?<![\w.])\d+(?:\.\d+)?/g), ([found]) => found))

/**
 * How many numbers only removed steps had, and how many of them the model wrote again: what a step was worth shows in
 * what is derived anew.
 */
export function derivedAgain(
  { steps, kept, messages, prompt }: PrunedTrace,
  written: string,
): { readonly lost: number; readonly again: number } {
  const stays = new Set(kept)
  const textOf = (keep: boolean) =>
    steps.filter(({ index }) => stays.has(index) === keep).map(({ text }) => text)
  const asked = messages?.map(({ content }) => content).join('\n') ?? prompt.text
  const seen = numbers([asked, ...textOf(true)].join('\n'))
  const lost = [...numbers(textOf(false).join('\n'))].filter(number => !seen.has(number))
  const again = numbers(written)
  return { lost: lost.length, again: lost.filter(number => again.has(number)).length }
}
