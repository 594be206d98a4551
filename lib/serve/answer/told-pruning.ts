/** Our own field of an answer, `cot_prune`: how the thinking ended, its steps, what was evicted, what that saved. */

import { codePointLength } from '../../base/text.js'
import type { ScoredTrace, SegmentedTrace, TextRange, Trace } from '../../index.js'
import type { ToldHistory } from '../run/history.js'
import type { EndState } from './deltas.js'

export interface ToldPruning {
  readonly end: EndState
  /** Where the thinking was ended for the model. */
  readonly forced_end: { readonly by: 'budget' | 'early_exit'; readonly tokens: number } | null
  readonly steps?: readonly ToldStep[]
  readonly scored_by?: string
  readonly splitter?: string
  readonly in_flight?: ToldInFlight
  readonly history?: ToldHistory
}

export interface ToldStep {
  readonly index: number
  /** Half-open range of `reasoning_content`, in code points. */
  readonly start: number
  readonly end: number
  readonly tokens: number
  /** Higher matters more; null where it was not scored. */
  readonly score: number | null
  /** Of its tokens, those that left the cache while it was thought. */
  readonly evicted_tokens: number
}

interface ToldInFlight {
  readonly looks: number
  readonly evicted_tokens: number
  /** Most cells in use at once, and how many more there would have been. */
  readonly peak_cells: number
  readonly cells_saved: number
  /** Decoded for looks alone. */
  readonly decoded_tokens: number
}

export interface TellPruning {
  readonly trace: Trace
  readonly state: EndState
  /** Whether an answer was sure enough to end the thinking. */
  readonly exited: boolean
  readonly history: ToldHistory | null
  /** Where steps were asked for. */
  readonly steps: SegmentedTrace | ScoredTrace | null
}

export function tellPruning({ trace, state, exited, history, steps }: TellPruning): ToldPruning {
  const forced = trace.forcedClose ?? trace.inFlight?.exit ?? null
  return {
    end: state,
    forced_end: forced && { by: exited ? 'early_exit' : 'budget', tokens: forced.start },
    ...(steps !== null && toldSteps(steps)),
    ...(trace.inFlight && { in_flight: toldInFlight(trace, trace.inFlight) }),
    ...(history && { history }),
  }
}

const lengthOf = (ranges: readonly TextRange[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0)

const evictedOf = ({ inFlight }: Trace): readonly TextRange[] =>
  inFlight?.evictions.flatMap(({ ranges }) => ranges) ?? []

function toldInFlight(trace: Trace, record: NonNullable<Trace['inFlight']>): ToldInFlight {
  const all = trace.prompt.tokens.length + trace.tokens.length
  const { looks, peakCachedTokens, decodedTokens } = record
  return {
    looks,
    evicted_tokens: lengthOf(evictedOf(trace)),
    peak_cells: peakCachedTokens,
    cells_saved: Math.max(0, all - peakCachedTokens),
    decoded_tokens: decodedTokens,
  }
}

function toldSteps(
  trace: SegmentedTrace | ScoredTrace,
): Pick<ToldPruning, 'steps' | 'scored_by' | 'splitter'> {
  const { charStart, charEnd } = trace.thinking
  const thinking = trace.text.slice(charStart, charEnd)
  // the reasoning is told without the white space around it
  const first = charStart + thinking.length - thinking.trimStart().length
  const last = charStart + thinking.trimEnd().length
  const place = (char: number) =>
    codePointLength(trace.text, first, Math.max(first, Math.min(char, last)))
  const evicted = evictedOf(trace)
  const scores = 'scores' in trace ? trace.scores : []
  return {
    steps: trace.steps.map(step => ({
      index: step.index,
      start: place(step.charStart),
      end: place(step.charEnd),
      tokens: step.tokenEnd - step.tokenStart,
      score: scores[step.index] ?? null,
      evicted_tokens: lengthOf(
        evicted
          .map(({ start, end }) => ({
            start: Math.min(Math.max(start, step.tokenStart), step.tokenEnd),
            end: Math.max(Math.min(end, step.tokenEnd), step.tokenStart),
          }))
          .filter(({ start, end }) => end > start),
      ),
    })),
    splitter: trace.splitter,
    ...('scoring' in trace && { scored_by: scoredBy(trace) }),
  }
}

function scoredBy({ scoring }: ScoredTrace): string {
  if (scoring.kind === 'plain') return scoring.scorer
  return scoring.kind === 'attention' ? String(scoring.observer) : 'step-graph'
}
