/** The ways to find an answer in a text, each with the place where it is written. */

import type { Extraction } from '../../types/public.js'
import { boxed } from './find/boxes.js'
import { ending } from './find/endings.js'
import { type Found, found } from './find/found.js'
import { hash, labelled, said } from './find/phrases.js'
import { valueBehind } from './find/written-value.js'

/** An answer, and how it was found. */
export interface FoundAnswer extends Found {
  readonly extraction: Exclude<Extraction, 'none'>
}

type Way = (text: string) => FoundAnswer | null

const way =
  (extraction: FoundAnswer['extraction'], find: (text: string) => Found | null): Way =>
  text => {
    const answer = find(text)
    return answer && { ...answer, extraction }
  }

/** Marks that are made for an answer and nothing else. */
const marks: readonly Way[] = [
  way('boxed', boxed),
  way('hash', hash),
  way('final-answer', labelled),
]

/** What a text marks or names as its answer: of several marks the last one, be it of whatever kind. */
export function findMarked(text: string): FoundAnswer | null {
  const marked = marks.flatMap(find => find(text) ?? []).sort((a, b) => a.start - b.start)
  return marked.at(-1) ?? way('answer-is', said)(text)
}

/** What has no mark, by what the text ends with. */
export const findAnswer: Way = text => findMarked(text) ?? ending(text)

/** What stands alone, `B`, `(B)`, `x^2+1`, `12 cm`, is the answer: nothing else is between its tags. */
function alone(text: string): Found | null {
  const written = text.trim()
  const start = text.indexOf(written)
  const letter = /^\(?([A-Z])\)?[.,;:]?$/.exec(written)?.[1]
  if (letter !== undefined) {
    const at = start + written.indexOf(letter)
    return found(text, at, at + 1)
  }
  if (/^\S+$/.test(written)) return found(text, start, start + written.length)
  const value = valueBehind(text, start)
  return value !== null && /^[\s$*_.\p{L}]{0,20}$/u.test(text.slice(value.end)) ? value : null
}

/** Between tags that stand around an answer. */
export const findTagged: Way = text =>
  way('boxed', boxed)(text) ?? way('tagged', alone)(text) ?? findAnswer(text)
