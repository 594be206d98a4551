/** Thinking to steps: pieces of text from a splitter, mapped to the tokens that were generated. */

import type {
  SegmentedTrace,
  SegmentOptions,
  Splitter,
  Step,
  TextRange,
  Trace,
} from '../../types/public.js'
import { isObject } from '../base/check.js'
import { invalidType, invalidValue } from '../base/errors.js'
import { textWidth } from '../base/text.js'
import { baseOf, charToToken } from '../trace/spans.js'
import { resolveSegmentOptions } from './options.js'
import { splitters } from './splitters/index.js'

/** A step, and where the piece behind it starts, in UTF-16 units of the thinking. */
interface Piece extends TextRange {
  /** null: nothing is behind it. */
  readonly next: number | null
}

/** A splitter may be anybody's: overlapping ranges would count attention twice. */
function checkRanges(ranges: readonly TextRange[], length: number, splitter: string): void {
  let before = 0
  for (const [i, { start, end }] of ranges.entries()) {
    const valid = Number.isInteger(start) && Number.isInteger(end)
    if (!valid || start < before || end < start || end > length) {
      const expected = `a range within [${before}, ${length}): ranges ascend, do not overlap`
      throw invalidValue(`range ${i} of splitter '${splitter}'`, expected, `[${start}, ${end})`)
    }
    before = end
  }
}

function split(thinking: string, splitter: Splitter): readonly TextRange[] {
  const ranges = splitter.split(thinking)
  checkRanges(ranges, thinking.length, splitter.name)
  return ranges.filter(({ start, end }) => start < end)
}

const dropShort = (
  ranges: readonly TextRange[],
  isShort: (range: TextRange) => boolean,
): readonly Piece[] =>
  ranges
    .map(({ start, end }, i) => ({ start, end, next: ranges[i + 1]?.start ?? null }))
    .filter(range => !isShort(range))

/** Short pieces extend the step before; those before the first long piece start its step. */
function joinShort(
  ranges: readonly TextRange[],
  isShort: (range: TextRange) => boolean,
): readonly Piece[] {
  const joined: TextRange[] = []
  let hasLong = false
  for (const range of ranges) {
    const before = joined.at(-1)
    const long = !isShort(range)
    if (before === undefined || (long && hasLong)) joined.push(range)
    else joined[joined.length - 1] = { start: before.start, end: range.end }
    hasLong ||= long
  }
  return dropShort(joined, () => false)
}

/** A token belongs to the step of its first character; what separates steps, to the one before. */
function toStep(trace: Trace, piece: Piece, index: number): Step {
  const { tokenStart: first, tokenEnd: last, charStart: offset } = trace.thinking
  const tokenAt = (char: number) =>
    Math.min(last, Math.max(first, charToToken(trace.tokenEnds, offset + char)))
  const charStart = offset + piece.start
  const charEnd = offset + piece.end
  return {
    index,
    text: trace.text.slice(charStart, charEnd),
    tokenStart: tokenAt(piece.start),
    tokenEnd: piece.next === null ? last : tokenAt(piece.next),
    charStart,
    charEnd,
  }
}

/**
 * Finds the steps of the thinking; `splitter` of the result says by what. Zero steps is a result (`steps: []`), not an
 * error. A step that shares its only token with the step before has no tokens of its own.
 *
 * @throws TypeError or RangeError that names the option, or the range that a custom splitter got
 * wrong
 * @see TRAAC (arXiv 2510.01581), appendix A.3.2 and its released code, for the phrases of 'control-words'
 */
export function segment(trace: Trace, options?: SegmentOptions): SegmentedTrace {
  if (!isObject(trace)) throw invalidType('trace', 'a trace', trace)
  const { splitter, minCharacters, short } = resolveSegmentOptions(options)
  const thinking = trace.text.slice(trace.thinking.charStart, trace.thinking.charEnd)
  // Two units are at least one wide: most pieces need no counting.
  const isShort = ({ start, end }: TextRange) =>
    end - start < 2 * minCharacters && textWidth(thinking, start, end) < minCharacters
  const stepsBy = (by: Splitter): SegmentedTrace => {
    const ranges = split(thinking, by)
    const pieces = short === 'drop' ? dropShort(ranges, isShort) : joinShort(ranges, isShort)
    const steps = pieces.map((piece, index) => toStep(trace, piece, index))
    return { ...withoutOtherGraph(baseOf(trace), steps), splitter: by.name, steps }
  }
  if (splitter !== 'auto') return stepsBy(splitter)
  const segmented = stepsBy(splitters.paragraph)
  if (segmented.steps.length > 1) return segmented
  const others = [stepsBy(splitters.line), stepsBy(splitters.sentence)]
  return others.find(({ steps }) => steps.length > 1) ?? segmented
}

/** A graph that was recorded while the trace was written, of other steps than these, says nothing of these. */
function withoutOtherGraph({ stepGraph, ...trace }: Trace, steps: readonly Step[]): Trace {
  const same =
    stepGraph?.steps.length === steps.length &&
    stepGraph.steps.every(
      ({ start, end }, i) => start === steps[i]?.tokenStart && end === steps[i]?.tokenEnd,
    )
  return stepGraph !== undefined && same ? { ...trace, stepGraph } : trace
}
