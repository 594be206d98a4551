/** What is left of a thinking, as it was written. Pure. */

import type { PrunedTrace } from '../../../types/public.js'

/**
 * The kept steps with what stood between them: a blank line stays a blank line, a space between sentences a space. In the place
 * of what went stands what stood in front of the first of it.
 */
export function leftText({
  text,
  steps,
  kept,
}: Pick<PrunedTrace, 'text' | 'steps' | 'kept'>): string {
  let left = ''
  for (const [place, index] of kept.entries()) {
    const step = steps[index]
    if (step === undefined) continue
    const last = place === kept.length - 1
    left += step.text + (last ? '' : separator(text, step.charEnd, steps[index + 1]?.charStart))
  }
  return left
}

/** Short pieces that are in no step are left out, and a blank line stands for them. */
function separator(text: string, from: number, to: number | undefined): string {
  const between = text.slice(from, to ?? from)
  return between !== '' && between.trim() === '' ? between : '\n\n'
}
