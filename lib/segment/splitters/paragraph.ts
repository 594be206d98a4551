import type { Splitter, TextRange } from '../../../types/public.js'
import { stripRange } from '../../base/text.js'

/** A line break, then lines of nothing but blanks; bounded by what each line holds, so that nothing backtracks. */
const blankLines = /\r?\n(?:[ \t]*\r?\n)+/g

/**
 * Pieces between blank lines, without the white space around them. The seed notebook's rule is
 * `re.split(r'\n\n+', thinking)`, which misses blank lines that hold blanks or end as on Windows. Pieces
 * without text vanish.
 */
export const paragraph: Splitter = {
  name: 'paragraph',
  split(thinking: string): readonly TextRange[] {
    const ranges: TextRange[] = []
    const add = (start: number, end: number) => {
      const range = stripRange(thinking, start, end)
      if (range.start < range.end) ranges.push(range)
    }
    let start = 0
    for (const { 0: blank, index } of thinking.matchAll(blankLines)) {
      add(start, index)
      start = index + blank.length
    }
    add(start, thinking.length)
    return ranges
  },
}
