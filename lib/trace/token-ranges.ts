/** Ascending token indices, or positions, as half-open ranges and back. */

import type { TextRange } from '../../types/public.js'

/** Neighbours are one range. */
export function toRanges(values: readonly number[]): TextRange[] {
  const ranges: { start: number; end: number }[] = []
  for (const value of values) {
    const last = ranges.at(-1)
    if (last?.end === value) last.end++
    else ranges.push({ start: value, end: value + 1 })
  }
  return ranges
}

export const fromRanges = (ranges: readonly TextRange[]): number[] =>
  ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))
