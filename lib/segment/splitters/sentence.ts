import type { Splitter } from '../../../types/public.js'
import { piecesFrom } from './ranges.js'

/** Made when it is first used: it loads the locale's rules. */
let segmenter: Intl.Segmenter | undefined

/** Sentences by the rules of Unicode (UAX 29) for English text. */
export const sentence: Splitter = {
  name: 'sentence',
  split(thinking) {
    segmenter ??= new Intl.Segmenter('en', { granularity: 'sentence' })
    return piecesFrom(
      thinking,
      Array.from(segmenter.segment(thinking), ({ index }) => index),
    )
  },
}
