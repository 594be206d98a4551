import type { Splitter } from '../../../types/public.js'
import { piecesFrom } from './ranges.js'

/** Made when it is first used: it loads the locale's rules. */
let segmenter: Intl.Segmenter | undefined

/** UTF-16 units that are looked at together: the time for a text grows with the square of its length. */
const windowLength = 4096

/**
 * Where sentences start within one line, which is as far as a rule looks. Of a window that ends in
 * the middle the last two sentences are found again: the last is cut, and whether the one before it
 * ends where it seems to depends on what follows.
 */
function startsInLine(line: string, offset: number, starts: number[]): void {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'sentence' })
  let length = windowLength
  for (let from = 0; from < line.length; ) {
    const window = line.slice(from, from + length)
    const found = Array.from(segmenter.segment(window), ({ index }) => index)
    const last = from + length >= line.length
    const sure = last ? found : found.slice(0, -2)
    for (const index of sure) starts.push(offset + from + index)
    if (last) return
    from += found[sure.length] ?? 0
    // a sentence that fills the window needs a larger one
    length = sure.length > 0 ? windowLength : 2 * length
  }
}

/** Sentences by the rules of Unicode (UAX 29) for English text; a line break always ends one. */
export const sentence: Splitter = {
  name: 'sentence',
  split(thinking) {
    const starts: number[] = []
    for (let start = 0; start < thinking.length; ) {
      const lineBreak = thinking.indexOf('\n', start)
      const end = lineBreak === -1 ? thinking.length : lineBreak + 1
      startsInLine(thinking.slice(start, end), start, starts)
      start = end
    }
    return piecesFrom(thinking, starts)
  },
}
