/** Where the thinking of a text stands, by the tags that any known format has. Pure. */

import type { TextRange } from '../../../types/public.js'
import type { ThinkingFormat } from '../../index.js'

export type Tags = Pick<ThinkingFormat, 'open' | 'close'>

export interface FoundThinking {
  /** Between the tags; to the end where none closes it. */
  readonly thinking: TextRange
  /** Where what is behind it begins. */
  readonly answerStart: number
  readonly closed: boolean
}

/**
 * The first thinking of a text; null where no tag is in it. Without an opening tag it begins at the start: templates that open
 * the thinking in the prompt leave such text.
 *
 * @param formats of several that begin at the same place the first counts
 */
export function findThinking(text: string, formats: readonly Tags[]): FoundThinking | null {
  let best: FoundThinking | null = null
  for (const format of formats) {
    const found = findOne(text, format)
    if (found !== null && isBetter(found, best)) best = found
  }
  return best
}

/** A tag that nothing closes may be a word of the text. */
function isBetter(found: FoundThinking, best: FoundThinking | null): boolean {
  if (best === null) return true
  if (found.closed !== best.closed) return found.closed
  return found.thinking.start < best.thinking.start
}

function findOne(text: string, { open, close }: Tags): FoundThinking | null {
  const opened = text.indexOf(open)
  const closed = text.indexOf(close)
  if (opened === -1 && closed === -1) return null
  // the first closing tag ends the thinking, whatever opens behind it
  const isOpened = opened !== -1 && (closed === -1 || opened < closed)
  const start = isOpened ? opened + open.length : 0
  if (closed === -1) {
    return { thinking: { start, end: text.length }, answerStart: text.length, closed: false }
  }
  return { thinking: { start, end: closed }, answerStart: closed + close.length, closed: true }
}
