import type { Splitter } from '../../../types/public.js'
import { piecesFrom } from './ranges.js'

/** One step a line; lines without text vanish. */
export const line: Splitter = {
  name: 'line',
  split: thinking =>
    piecesFrom(
      thinking,
      Array.from(thinking.matchAll(/\n/g), hit => hit.index + 1),
    ),
}
