/** The answer that a text gives, how it was found and where it stands: looser ways only where stricter ones fail. */

import type { AnswerPlace, ExtractedAnswer, Trace } from '../../types/public.js'
import { thinkingFormats } from '../engine/thinking-formats.js'
import { type FoundAnswer, findAnswer, findMarked, findTagged } from './answer-ways.js'
import {
  behindThinking,
  taggedAnswer,
  VisibleText,
  withoutAnswerTags,
  withoutBlocks,
} from './visible-text.js'

function placeIn(visible: VisibleText, find: (text: string) => FoundAnswer | null = findAnswer) {
  const found = find(visible.text)
  return found && { ...found, ...visible.originOf(found) }
}

/** Between the tags that stand around an answer, else anywhere. */
function read(visible: VisibleText): AnswerPlace | null {
  const tagged = taggedAnswer(visible)
  const inside = tagged === null ? null : placeIn(tagged, findTagged)
  return inside ?? placeIn(withoutAnswerTags(visible))
}

const withoutPlace = (place: AnswerPlace | null): ExtractedAnswer =>
  place === null
    ? { value: null, extraction: 'none' }
    : { value: place.value, extraction: place.extraction }

/** The place in a text that stands behind the thinking already. */
const placeBehind = (text: string): AnswerPlace | null => read(withoutBlocks(VisibleText.all(text)))

/** The answer of a text that stands behind the thinking already, as `extractAnswer` finds it. */
export const answerIn = (text: string): ExtractedAnswer => withoutPlace(placeBehind(text))

/** The answer that `extractAnswer` finds, and where in the text it is written; null where there is none. */
export function answerPlace(text: string): AnswerPlace | null {
  const whole = VisibleText.all(text)
  const visible = withoutBlocks(behindThinking(whole))
  // a thinking that was closed, with nothing behind it, has no answer
  const isClosed = thinkingFormats.some(({ close }) => text.includes(close))
  return read(visible.text.trim() === '' && !isClosed ? whole : visible)
}

/**
 * Finds the answer behind the thinking, or in the whole text where nothing closes it. Marks that are made for an answer come
 * first, the last of them: a box, `####`, a label such as `Answer:`; then what "the answer is" says, in some languages; then
 * what the text ends with: a sentence that concludes, an equation at the end of a line, the last number of the last 200
 * characters. Between tags that stand around an answer, where there are some. What stands in further blocks of thinking,
 * closed or cut off, is no answer. Unlike the seed's, without the limit to numbers of three digits. Linear in the length. Pure.
 *
 * @see the page docs/answers.md
 */
export const extractAnswer = (text: string): ExtractedAnswer => withoutPlace(answerPlace(text))

/** The answer of a text only where it is marked or named as one: a worked solution of a data set has numbers all over. */
export function markedAnswer(text: string): ExtractedAnswer {
  const found = findMarked(text)
  return found === null
    ? { value: null, extraction: 'none' }
    : { value: found.value, extraction: found.extraction }
}

/** The answer that `ownAnswer` finds, and where in the trace's text it is written; null where there is none. */
export function ownAnswerPlace(trace: Trace): AnswerPlace | null {
  const { charStart, charEnd } = trace.answer
  const answer = trace.text.slice(charStart, charEnd)
  if (answer.trim() === '') return answerPlace(trace.text)
  const place = placeBehind(answer)
  return place && { ...place, start: charStart + place.start, end: charStart + place.end }
}

/** The answer that a trace itself gave: behind the thinking, or anywhere where nothing is there. */
export const ownAnswer = (trace: Trace): ExtractedAnswer => withoutPlace(ownAnswerPlace(trace))
