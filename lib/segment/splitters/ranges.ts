import type { TextRange } from '../../../types/public.js'
import { stripRange } from '../../base/text.js'

/** The pieces that start at `starts` (ascending), without the white space around them. */
export function piecesFrom(text: string, starts: readonly number[]): readonly TextRange[] {
  const from = starts[0] === 0 ? starts : [0, ...starts]
  return from
    .map((start, i) => stripRange(text, start, from[i + 1] ?? text.length))
    .filter(({ start, end }) => start < end)
}
