/** What ends the thinking of a model before its own time. */

import { answerCue } from './thinking-formats.js'
import type { Weights } from './weights.js'

/**
 * The tokens: a text, then the closing tag as the format writes it. Where no tag can close what a model writes,
 * it is asked for its answer.
 */
export async function closingTokens(model: Weights, message = ''): Promise<readonly number[]> {
  const before = message === '' ? [] : await model.tokenize(message)
  const close =
    model.info.thinking === null
      ? await model.tokenize(answerCue)
      : await model.tokenize(model.thinking.closing, { parseSpecial: true })
  return [...before, ...close]
}
