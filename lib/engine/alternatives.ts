/** What could have stood in the place of a token: from the addon's numbers to plain data. Pure. */

import type { NativeAlternatives } from '../../types/native.js'
import type { Alternative } from '../../types/public.js'

/** Shape (positions, count). */
export function alternativesOf(
  { tokens, logprobs }: NativeAlternatives,
  count: number,
  positions: number,
): readonly (readonly Alternative[])[] {
  if (count === 0 || tokens.length === 0) return []
  return Array.from({ length: positions }, (_, position) =>
    Array.from({ length: count }, (__, i) => ({
      token: tokens[position * count + i] ?? Number.NaN,
      logprob: logprobs[position * count + i] ?? Number.NaN,
    })),
  )
}

/** The likeliest tokens by logits, shape (vocabulary); the lower id first where two are as likely. */
export function likeliest(logits: Float32Array, count: number): readonly Alternative[] {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const total = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0))
  const best: { readonly token: number; readonly logit: number }[] = []
  for (const [token, logit] of logits.entries()) {
    if (best.length === count && !(logit > (best.at(-1)?.logit ?? Number.NaN))) continue
    let place = best.length
    while (place > 0 && logit > (best[place - 1]?.logit ?? Number.NaN)) place--
    best.splice(place, 0, { token, logit })
    if (best.length > count) best.pop()
  }
  return best.map(({ token, logit }) => ({ token, logprob: logit - total }))
}
