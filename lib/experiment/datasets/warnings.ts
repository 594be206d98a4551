/** What looks odd about a data set, said before hours are spent on it. Pure. */

import type { Problem } from './types.js'

/** Below a space, without tab and line breaks. */
const hasControl = (text: string): boolean =>
  Array.from(text).some(character => {
    const code = character.charCodeAt(0)
    return (code < 0x20 && !'\t\n\r'.includes(character)) || code === 0x7f
  })

const sentenceWords = 6
const isSentence = (answer: string): boolean =>
  (answer.match(/\p{L}{2,}/gu)?.length ?? 0) >= sentenceWords

/** So many that it is no accident. */
const share = 0.1

export function warningsOf(problems: readonly Problem[]): string[] {
  const sentences = problems.filter(({ answer }) => isSentence(answer))
  const odd = problems.filter(({ problem, answer }) => hasControl(problem) || hasControl(answer))
  const [sentence] = sentences
  return [
    ...(sentence && sentences.length >= share * problems.length
      ? [
          `${sentences.length} of ${problems.length} expected answers look like sentences, as "${short(sentence.answer)}": no answer will be equal to them; --columns answer=… names another column`,
        ]
      : []),
    ...(odd.length > 0
      ? [
          `${odd.length} of ${problems.length} problems have control characters (id ${odd
            .slice(0, 3)
            .map(({ id }) => id)
            .join(', ')}): a backslash that was not doubled in JSON, as in "\\frac", becomes one`,
        ]
      : []),
  ]
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
