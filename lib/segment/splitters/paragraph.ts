import type { Splitter, TextRange } from '../../../types/public.js'
import { stripRange } from '../../base/text.js'

/**
 * Pieces between blank lines, without the white space around them: `re.split(r'\n\n+', thinking)`
 * and `strip()`, the rule of the seed notebook. Pieces without text vanish.
 */
export const paragraph: Splitter = {
  name: 'paragraph',
  split(thinking: string): readonly TextRange[] {
    const ranges: TextRange[] = []
    for (let start = 0; start < thinking.length; ) {
      const blank = thinking.indexOf('\n\n', start)
      const end = blank === -1 ? thinking.length : blank
      const range = stripRange(thinking, start, end)
      if (range.start < range.end) ranges.push(range)
      start = end
      // The rest of the run; what strip would take anyway, without looking for it again.
      while (thinking[start] === '\n') start++
    }
    return ranges
  },
}
