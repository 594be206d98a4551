/** `extract_answer` and the prompt of `reevaluate` in the seed notebook (cell 5). */
import { DIGIT, ignoreCase, int, LINE_END, lastCodePoints, SPACES, WORD } from './python.js'

/**
 * In the order in which they are tried. `[:\s]*` stands for the seed's `\s*[:\s]*`: the same
 * texts, but not quadratic in white space.
 */
const PATTERNS = [
  String.raw`\\${ignoreCase('boxed')}\{(${DIGIT}+)\}`,
  `${ignoreCase('the answer is')}[:${SPACES}]*(${DIGIT}+)`,
  `${ignoreCase('final answer')}[:${SPACES}]*(${DIGIT}+)`,
  `= (${DIGIT}+)[${SPACES}]*${LINE_END}`,
].map(source => new RegExp(source, 'gu'))

/** `\b(\d{1,3})\b` */
const SHORT_NUMBER = new RegExp(`(?<!${WORD})(${DIGIT}{1,3})(?!${WORD})`, 'gu')

const MAX_ANSWER = 999n
const TAIL_CHARACTERS = 200

/**
 * The last number of the first pattern whose last number is at most 999; else the last number of
 * up to three digits in the text's last 200 characters, be it cut out of a longer one; else null.
 */
export function extractNotebookAnswer(text: string): number | null {
  for (const pattern of PATTERNS) {
    const value = lastInt(text, pattern)
    if (value !== null && value <= MAX_ANSWER) return Number(value)
  }
  const value = lastInt(lastCodePoints(text, TAIL_CHARACTERS), SHORT_NUMBER)
  return value === null ? null : Number(value)
}

function lastInt(text: string, pattern: RegExp): bigint | null {
  const digits = [...text.matchAll(pattern)].at(-1)?.[1]
  return digits === undefined ? null : int(digits)
}

/** What `reevaluate` asks: the pruned text with, since `prune_steps` appends it, the old answer. */
export function repromptText(problem: string, prunedReasoning: string): string {
  return (
    `Problem: ${problem}\n\nReasoning:\n${prunedReasoning}\n\n` +
    'Based on the above, the final answer is:'
  )
}
