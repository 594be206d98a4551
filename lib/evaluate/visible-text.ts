/** What of a text is its answer: without thinking, and without the tags that some families put around the answer. */

import type { TextRange } from '../../types/public.js'
import { answerTags, thinkingFormats } from '../engine/thinking-formats.js'

/** A part of a text, put together from what was left of it; knows where each character was. */
export class VisibleText {
  readonly text: string
  /** In the original; ascending. */
  readonly #kept: readonly TextRange[]

  private constructor(text: string, kept: readonly TextRange[]) {
    this.text = text
    this.#kept = kept
  }

  static all(text: string): VisibleText {
    return new VisibleText(text, [{ start: 0, end: text.length }])
  }

  /** Without ranges of this text, which ascend. */
  without(ranges: readonly TextRange[]): VisibleText {
    if (ranges.length === 0) return this
    const left: TextRange[] = []
    let at = 0
    for (const { start, end } of ranges) {
      left.push({ start: at, end: start })
      at = end
    }
    left.push({ start: at, end: this.text.length })
    return new VisibleText(
      left.map(({ start, end }) => this.text.slice(start, end)).join(''),
      this.#originsOf(left),
    )
  }

  /** Where a range of this text, not empty, is in the original. */
  originOf({ start, end }: TextRange): TextRange {
    const [first] = this.#originsOf([{ start, end: start + 1 }])
    const [last] = this.#originsOf([{ start: end - 1, end }])
    return { start: first?.start ?? 0, end: last?.end ?? 0 }
  }

  /** In one pass, since both ascend. */
  #originsOf(ranges: readonly TextRange[]): TextRange[] {
    const origins: TextRange[] = []
    let piece = 0
    let offset = 0 // of the piece, in this text
    for (const { start, end } of ranges) {
      for (let at = start; at < end; ) {
        const kept = this.#kept[piece]
        if (kept === undefined) return origins
        const length = kept.end - kept.start
        if (at >= offset + length) {
          offset += length
          piece++
          continue
        }
        const to = Math.min(end, offset + length)
        origins.push({ start: kept.start + at - offset, end: kept.start + to - offset })
        at = to
      }
    }
    return origins
  }
}

/** Every place of a tag. */
function placesOf(text: string, tag: string): TextRange[] {
  const places: TextRange[] = []
  for (let at = text.indexOf(tag); at !== -1; at = text.indexOf(tag, at + tag.length)) {
    places.push({ start: at, end: at + tag.length })
  }
  return places
}

/** Blocks with their tags; one that was never closed takes the rest. */
function blocksOf(text: string, { open, close }: Pair): TextRange[] {
  const blocks: TextRange[] = []
  for (let at = text.indexOf(open); at !== -1; ) {
    const closed = text.indexOf(close, at)
    const end = closed === -1 ? text.length : closed + close.length
    blocks.push({ start: at, end })
    at = text.indexOf(open, end)
  }
  return blocks
}

interface Pair {
  readonly open: string
  readonly close: string
}

/** Without blocks of thinking; stray closing tags vanish. */
export const withoutBlocks = (visible: VisibleText): VisibleText =>
  thinkingFormats.reduce((left, format) => {
    const bare = left.without(blocksOf(left.text, format))
    return bare.without(placesOf(bare.text, format.close))
  }, visible)

/** What is behind the thinking that a text begins with, if it does: its first closing tag has no opening one before. */
export const behindThinking = (visible: VisibleText): VisibleText =>
  thinkingFormats.reduce((left, { open, close }) => {
    const [opened, closed] = [left.text.indexOf(open), left.text.indexOf(close)]
    const begins = closed !== -1 && (opened === -1 || closed < opened)
    return begins ? left.without([{ start: 0, end: closed + close.length }]) : left
  }, visible)

/** Without the tags that stand around an answer, whatever is between them. */
export const withoutAnswerTags = (visible: VisibleText): VisibleText =>
  answerTags
    .flatMap(({ open, close }) => [open, close])
    .reduce((left, tag) => left.without(placesOf(left.text, tag)), visible)

/**
 * What is between the tags that stand around an answer: the last such piece that is closed and has text, else the last
 * that was cut off. Null where there is none.
 */
export function taggedAnswer(visible: VisibleText): VisibleText | null {
  const { text } = visible
  const pieces = answerTags
    .flatMap(tags =>
      blocksOf(text, tags).map(block => {
        const closed = text.slice(0, block.end).endsWith(tags.close)
        const start = block.start + tags.open.length
        return { start, end: closed ? block.end - tags.close.length : block.end, closed }
      }),
    )
    .filter(({ start, end }) => text.slice(start, end).trim() !== '')
    .sort((a, b) => a.start - b.start)
  const piece = pieces.findLast(({ closed }) => closed) ?? pieces.at(-1)
  if (piece === undefined) return null
  return visible.without([
    { start: 0, end: piece.start },
    { start: piece.end, end: text.length },
  ])
}
