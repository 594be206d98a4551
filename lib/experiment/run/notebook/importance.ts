/**
 * `score_steps_by_attention` of the seed notebook (cell 5) without its forward pass and tokenizer:
 * list the texts to count, count their tokens, then turn one attention row into importances.
 */
import { compensatedSum } from './python.js'
import type { NotebookStep } from './segment.js'

/** The texts whose token counts place a step in the row: what precedes it, and itself. */
export interface StepTexts {
  readonly prefix: string
  readonly step: string
}

/** Tokens of `StepTexts`, each text tokenised alone and without special tokens. */
export interface StepCounts {
  readonly prefix: number
  readonly step: number
}

const ASSISTANT_MARKER = '<|im_start|>assistant'

/**
 * The part of the chat text whose tokens, special ones included, are the offset of the response:
 * up to the marker and one character more. Null where the template has no marker (as DeepSeek's).
 */
export function assistantPrefix(chatText: string): string | null {
  const at = chatText.indexOf(ASSISTANT_MARKER)
  if (at < 0) return null
  const end = at + ASSISTANT_MARKER.length
  const isAstral = (chatText.codePointAt(end) ?? 0) > 0xffff
  return chatText.slice(0, end + (isAstral ? 2 : 1))
}

/** Tokens before the response; 0, which is wrong, for a template without the marker. */
export function assistantOffset(
  chatText: string,
  countWithSpecial: (text: string) => number,
): number {
  const prefix = assistantPrefix(chatText)
  return prefix === null ? 0 : countWithSpecial(prefix)
}

/**
 * For each step the texts to count; null where `fullText` does not contain it. A repeated step is
 * found where it first occurs, be that inside another step.
 */
export function textsToCount(
  steps: readonly NotebookStep[],
  fullText: string,
): readonly (StepTexts | null)[] {
  return steps.map(({ text }) => {
    const start = fullText.indexOf(text)
    return start < 0 ? null : { prefix: fullText.slice(0, start), step: text }
  })
}

/**
 * Shape (steps): attention that falls on each step, as a share of what falls on all of them; all 0
 * where the row gives them nothing. `row`, shape (tokens): the last token's attention, mean over
 * layers and heads, cut off where the seed truncates (steps behind the cut share its last value).
 */
export function importances(
  row: ArrayLike<number>,
  offset: number,
  counts: readonly (StepCounts | null)[],
): readonly number[] {
  const raw = counts.map(count => (count === null ? 0 : spanSum(row, offset, count)))
  const total = compensatedSum(raw)
  return total > 0 ? raw.map(value => value / total) : raw
}

/** Sum over the step's tokens, at least one, clamped into the row. */
function spanSum(row: ArrayLike<number>, offset: number, { prefix, step }: StepCounts): number {
  const start = Math.max(0, Math.min(offset + prefix, row.length - 1))
  const end = Math.max(start + 1, Math.min(offset + prefix + step, row.length))
  return pairwiseSum(row, start, Math.min(end, row.length))
}

const BLOCK = 128
const LANES = 8

/**
 * `np.sum(row[start:end])` of a contiguous float64 array, bit for bit: numpy halves a range down to
 * blocks of 128 and adds a block in 8 lanes (`pairwise_sum` in loops_utils.h.src).
 */
export function pairwiseSum(row: ArrayLike<number>, start: number, end: number): number {
  const length = end - start
  if (length <= BLOCK) return blockSum(row, start, end)
  const half = Math.floor(length / 2)
  const middle = start + half - (half % LANES)
  return pairwiseSum(row, start, middle) + pairwiseSum(row, middle, end)
}

function blockSum(row: ArrayLike<number>, start: number, end: number): number {
  const laneEnd = end - ((end - start) % LANES)
  let total = laneEnd > start ? laneSum(row, start, laneEnd) : 0
  for (let i = laneEnd; i < end; i++) total += row[i] ?? 0
  return total
}

/** The range's length is a multiple of 8 and not 0. */
function laneSum(row: ArrayLike<number>, start: number, end: number): number {
  const at = (i: number): number => row[i] ?? 0
  let [a, b, c, d] = [at(start), at(start + 1), at(start + 2), at(start + 3)]
  let [e, f, g, h] = [at(start + 4), at(start + 5), at(start + 6), at(start + 7)]
  for (let i = start + LANES; i < end; i += LANES) {
    a += at(i)
    b += at(i + 1)
    c += at(i + 2)
    d += at(i + 3)
    e += at(i + 4)
    f += at(i + 5)
    g += at(i + 6)
    h += at(i + 7)
  }
  return a + b + (c + d) + (e + f + (g + h))
}
