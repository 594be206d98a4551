/**
 * What left the cache in flight, taken from the finished trace in place of the cache: read again, what is left has
 * never seen what went. Beside the run itself it says what the states carried on. Pure.
 */

import type {
  PrunedTrace,
  SegmentedTrace,
  SegmentOptions,
  TextRange,
  Trace,
} from '../../../types/public.js'
import { segment } from '../../index.js'

/** @param segmenting of the steps that were pruned */
export function evictedOffline(trace: Trace, segmenting?: SegmentOptions): PrunedTrace {
  const segmented = asWritten(trace, segmenting)
  const { steps, thinking, tokens } = segmented
  const removedTokens = inOrder((trace.inFlight?.evictions ?? []).flatMap(({ ranges }) => ranges))
  const gone = new Set(
    removedTokens.flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, i) => start + i),
    ),
  )
  const left = (start: number, end: number) =>
    tokens.slice(start, end).filter((_, i) => !gone.has(start + i))
  const stays = steps.map(({ tokenStart, tokenEnd }) => left(tokenStart, tokenEnd).length > 0)
  const kept = steps.filter(({ index }) => stays[index])
  return {
    ...segmented,
    scores: steps.map((_, index) => Number(stays[index])),
    scoring: { kind: 'plain', scorer: 'evicted in flight', seed: 0 },
    rule: { name: 'evicted in flight', value: null },
    kept: kept.map(({ index }) => index),
    removed: steps.filter(({ index }) => !stays[index]).map(({ index }) => index),
    removedTokens,
    prunedText: kept.map(({ text }) => text).join('\n\n'),
    prunedTokens: left(steps[0]?.tokenStart ?? thinking.tokenEnd, thinking.tokenEnd),
  }
}

/** The steps of a finished trace as they were while it was written. */
export function asWritten(
  trace: Trace,
  { splitter = 'auto', ...rest }: SegmentOptions = {},
): SegmentedTrace {
  return segment(trace, { ...rest, splitter: splitter === 'auto' ? 'paragraph' : splitter })
}

/** Neighbours become one. */
function inOrder(ranges: readonly TextRange[]): TextRange[] {
  const merged: { start: number; end: number }[] = []
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last?.end === start) last.end = end
    else merged.push({ start, end })
  }
  return merged
}
