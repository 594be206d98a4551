/** Which answers of a problem count as right. Pure. */

import type { Problem } from './types.js'

/**
 * Any of them is right; none where none is known to be.
 *
 * @param expects the answer that the data set gives, or the verified one where somebody looked
 */
export function rightAnswers(
  { answer, alternatives = [], verifiedAnswer }: Problem,
  expects: 'given' | 'verified' = 'verified',
): readonly string[] {
  if (expects === 'given' || verifiedAnswer === undefined) return [answer, ...alternatives]
  return verifiedAnswer === null ? [] : [verifiedAnswer]
}
