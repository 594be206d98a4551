/** What a way of finding answers finds. Pure. */

import type { TextRange } from '../../../types/public.js'
import { stripRange } from '../../base/text.js'
import { canonicalAnswer } from '../canonical.js'

/** An answer, and where it is written: [start, end) in UTF-16 units, without the marks around it. */
export interface Found extends TextRange {
  readonly value: string
}

/** What people write where an answer is to stand. */
const placeholder =
  /^(?:(?:your |the )?(?:final )?(?:answer|result|solution)|\.{3}|\\l?dots|…|_+|\?+|x{3,})$/i

/** Longer ones are no answers. */
const mostCharacters = 4000

/** What is written at [start, end), or null where nothing is left of it. */
export function found(text: string, start: number, end: number): Found | null {
  if (end - start > mostCharacters) return null
  const value = canonicalAnswer(text.slice(start, end))
  if (value === '' || placeholder.test(value)) return null
  return { value, ...stripRange(text, start, end) }
}
