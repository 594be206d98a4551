/** What is told of a chat's thinking: how it ended, its steps, what was evicted, what that saved. */

import type { ScoredTrace, SegmentedTrace, TextRange, Trace } from '../index.js'
import type { EndState } from './deltas.js'
import type { ToldHistory } from './history.js'

export interface Told {
  readonly end: EndState
  /** Where the thinking was ended for the model: behind so many tokens. */
  readonly forcedEnd: { readonly by: 'budget' | 'early_exit'; readonly tokens: number } | null
  /** null: nobody asked for them, or there was no thinking. */
  readonly steps: ToldSteps | null
  readonly inFlight: ToldInFlight | null
  /** null: no earlier turn had any reasoning that was put in again. */
  readonly history: ToldHistory | null
}

export interface ToldSteps {
  readonly splitter: string
  /** An observer, a scorer or 'step-graph'; null where there is no step. */
  readonly scoredBy: string | null
  readonly steps: readonly ToldStep[]
}

/** A step of the reasoning, and what became of it. */
export interface ToldStep {
  readonly index: number
  /** Half-open range of the reasoning, as `slice` counts. */
  readonly start: number
  readonly end: number
  /** That it has. */
  readonly tokens: number
  /** Higher matters more; null where it was not scored. */
  readonly score: number | null
  /** Of its tokens, those that left the cache while it was thought. */
  readonly evictedTokens: number
}

/** What pruning in flight did to the cache, in KV cells and tokens. */
export interface ToldInFlight {
  readonly looks: number
  readonly evictedTokens: number
  /** Most cells in use at once, and how many more there would have been. */
  readonly peakCells: number
  readonly cellsSaved: number
  /** Decoded for looks alone. */
  readonly decodedTokens: number
}

export interface TellOptions {
  readonly trace: Trace
  readonly state: EndState
  /** Whether an answer was sure enough to end the thinking. */
  readonly exited: boolean
  readonly history: ToldHistory | null
  /** Where steps were asked for. */
  readonly steps: SegmentedTrace | ScoredTrace | null
}

export function tell({ trace, state, exited, history, steps }: TellOptions): Told {
  const forced = trace.forcedClose ?? trace.inFlight?.exit ?? null
  return {
    end: state,
    forcedEnd: forced && { by: exited ? 'early_exit' : 'budget', tokens: forced.start },
    steps: steps && tellSteps(steps),
    inFlight: trace.inFlight ? tellInFlight(trace, trace.inFlight) : null,
    history,
  }
}

const lengthOf = (ranges: readonly TextRange[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0)

const evictedOf = ({ inFlight }: Trace): readonly TextRange[] =>
  inFlight?.evictions.flatMap(({ ranges }) => ranges) ?? []

function tellInFlight(trace: Trace, record: NonNullable<Trace['inFlight']>): ToldInFlight {
  const all = trace.prompt.tokens.length + trace.tokens.length
  const { looks, peakCachedTokens, decodedTokens } = record
  return {
    looks,
    evictedTokens: lengthOf(evictedOf(trace)),
    peakCells: peakCachedTokens,
    cellsSaved: Math.max(0, all - peakCachedTokens),
    decodedTokens,
  }
}

function tellSteps(trace: SegmentedTrace | ScoredTrace): ToldSteps {
  const { charStart, charEnd } = trace.thinking
  const thinking = trace.text.slice(charStart, charEnd)
  // the reasoning is told without the white space around it
  const first = charStart + thinking.length - thinking.trimStart().length
  const last = charStart + thinking.trimEnd().length
  const place = (char: number) => Math.max(first, Math.min(char, last)) - first
  const evicted = evictedOf(trace)
  const scores = 'scores' in trace ? trace.scores : []
  return {
    splitter: trace.splitter,
    scoredBy: 'scoring' in trace ? scoredBy(trace) : null,
    steps: trace.steps.map(step => ({
      index: step.index,
      start: place(step.charStart),
      end: place(step.charEnd),
      tokens: step.tokenEnd - step.tokenStart,
      score: scores[step.index] ?? null,
      evictedTokens: lengthOf(
        evicted
          .map(({ start, end }) => ({
            start: Math.min(Math.max(start, step.tokenStart), step.tokenEnd),
            end: Math.max(Math.min(end, step.tokenEnd), step.tokenStart),
          }))
          .filter(({ start, end }) => end > start),
      ),
    })),
  }
}

function scoredBy({ scoring }: ScoredTrace): string {
  if (scoring.kind === 'plain') return scoring.scorer
  return scoring.kind === 'attention' ? String(scoring.observer) : 'step-graph'
}
