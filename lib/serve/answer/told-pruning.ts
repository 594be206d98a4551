/** Our own field of an answer, `cot_prune`: what is told of its thinking, as JSON of other languages has it. */

import { codePointLength } from '../../base/text.js'
import type { ChatAnswer, Told } from '../../chat/index.js'

/** The field `cot_prune` of an answer, as JSON has it: what became of the thinking (docs/serve.md). Counts are of tokens or of KV cells. */
export interface ToldPruning {
  readonly end: Told['end']
  /** Where the thinking was ended for the model. */
  readonly forced_end: Told['forcedEnd']
  readonly steps?: readonly ToldStep[]
  readonly scored_by?: string
  readonly splitter?: string
  readonly in_flight?: ToldInFlight
  readonly history?: ToldHistory
}

/** A step of the thinking, as JSON has it. */
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

/** What pruning in flight did to the cache, as JSON has it. */
export interface ToldInFlight {
  readonly looks: number
  readonly evicted_tokens: number
  /** Most cells in use at once, and how many more there would have been. */
  readonly peak_cells: number
  readonly cells_saved: number
  /** Decoded for looks alone. */
  readonly decoded_tokens: number
}

/** What became of the reasoning of earlier turns, as JSON has it. */
export interface ToldHistory {
  readonly history: NonNullable<Told['history']>['history']
  readonly turns: number
  readonly reasoning_tokens: number
  readonly kept_tokens: number
}

export function toldPruning({ told, reasoning }: ChatAnswer): ToldPruning {
  const { end, forcedEnd, steps, inFlight, history } = told
  return {
    end,
    forced_end: forcedEnd,
    ...(steps && toldSteps(steps, reasoning)),
    ...(inFlight && { in_flight: toldInFlight(inFlight) }),
    ...(history && { history: toldHistory(history) }),
  }
}

function toldSteps(
  { steps, splitter, scoredBy }: NonNullable<Told['steps']>,
  reasoning: string,
): Pick<ToldPruning, 'steps' | 'splitter' | 'scored_by'> {
  const place = (char: number) => codePointLength(reasoning, 0, char)
  return {
    steps: steps.map(({ index, start, end, tokens, score, evictedTokens }) => ({
      index,
      start: place(start),
      end: place(end),
      tokens,
      score,
      evicted_tokens: evictedTokens,
    })),
    splitter,
    ...(scoredBy !== null && { scored_by: scoredBy }),
  }
}

const toldInFlight = (told: NonNullable<Told['inFlight']>): ToldInFlight => ({
  looks: told.looks,
  evicted_tokens: told.evictedTokens,
  peak_cells: told.peakCells,
  cells_saved: told.cellsSaved,
  decoded_tokens: told.decodedTokens,
})

const toldHistory = (told: NonNullable<Told['history']>): ToldHistory => ({
  history: told.history,
  turns: told.turns,
  reasoning_tokens: told.reasoningTokens,
  kept_tokens: told.keptTokens,
})
