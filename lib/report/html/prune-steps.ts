/**
 * The slider: the experiment's own sweep, at any threshold. This file runs in the page as well, with what it imports
 * (bundle.ts puts it there), so that what is struck through is what `prune` removes and no second opinion. Pure.
 */

import type { PrunedTrace, ScoredTrace } from '../../../types/public.js'
import { sweep } from '../../experiment/index.js'
import type { PagePruning, PrunableSteps, PrunedSteps, PruneSteps } from './page-data.js'

/** Null where a score is no number: then there is nothing to prune by. */
export const pruneSteps: PruneSteps = (steps, method, threshold, pruning) => {
  const hidden = new Set(steps.hidden)
  const seen = [...steps.tokens.keys()].filter(index => !hidden.has(index))
  const scored = steps.scores.map(scores => seen.map(index => scores[index] ?? null))
  const [first, own] = [scored[0], scored[method]]
  if (seen.length === 0 || !allNumbers(first) || !allNumbers(own)) return null
  const lengths = seen.map(index => steps.tokens[index] ?? 1)
  const traces = [first, ...(method === 0 ? [] : [own])].map((scores, place) => ({
    method: String(place),
    trace: traceOf(lengths, scores),
  }))
  const pruned = sweep(traces, [threshold], pruning).at(-1)?.pruned
  return pruned === undefined ? null : describe(pruned, seen, steps)
}

const allNumbers = (scores: readonly (number | null)[] | undefined): scores is readonly number[] =>
  scores?.every(score => score !== null) === true

/** Nothing of a text is read here, and its steps tile the tokens. */
function traceOf(lengths: readonly number[], scores: readonly number[]): ScoredTrace {
  let at = 0
  const steps = lengths.map((length, index) => {
    const tokenStart = at
    at += length
    return { index, text: '', tokenStart, tokenEnd: at, charStart: 0, charEnd: 0 }
  })
  const tokens = Array.from({ length: at }, () => 0)
  return {
    ...withoutModel,
    tokens,
    tokenEnds: tokens,
    logprobs: tokens,
    thinking: { tokenStart: 0, tokenEnd: at, charStart: 0, charEnd: 0 },
    answer: { tokenStart: at, tokenEnd: at, charStart: 0, charEnd: 0 },
    steps,
    scores,
  }
}

const withoutModel = {
  version: 1,
  model: { name: '', architecture: '', parameters: 0, vocabularySize: 0 },
  messages: null,
  prompt: { text: '', tokens: [] },
  text: '',
  finish: 'end',
  sampling: {
    temperature: 0,
    topK: 0,
    topP: 1,
    minP: 0,
    repeatPenalty: 1,
    repeatWindow: 0,
    seed: 0,
  },
  millis: { prompt: 0, generation: 0 },
  splitter: 'paragraph',
  scoring: { kind: 'plain', scorer: '', seed: 0 },
} as const

function describe(pruned: PrunedTrace, seen: readonly number[], all: PrunableSteps): PrunedSteps {
  const gone = new Set(pruned.removed)
  const cut = pruned.removedTokens.flatMap(({ start, end }) =>
    pruned.steps
      .filter(step => !gone.has(step.index) && step.tokenStart < end && step.tokenEnd > start)
      .map(step => ({
        step: seen[step.index] ?? 0,
        tokens: Math.min(end, step.tokenEnd) - Math.max(start, step.tokenStart),
      })),
  )
  return {
    kept: pruned.kept.map(index => seen[index] ?? 0),
    cut: cut[0] ?? null,
    keptTokens: pruned.prunedTokens.length,
    tokens: all.tokens.reduce((sum: number, tokens) => sum + (tokens ?? 1), 0),
  }
}

/** Where the run kept something else than this would, for any of its rows. */
export function differs(
  steps: PrunableSteps,
  thresholds: readonly number[],
  pruning: PagePruning,
  kept: readonly (readonly (readonly number[])[])[],
): boolean {
  return kept.some((rows, method) =>
    rows.some((row, place) => {
      const pruned = pruneSteps(steps, method, thresholds[place] ?? 0, pruning)
      return pruned === null || pruned.kept.join() !== row.join()
    }),
  )
}
