/** Places of steps in pictures that stand below each other. */

import { svgEl } from './dom.js'

const width = 800

/** Width of a step's place. */
export const slotOf = (steps: number): number => Math.min(48, width / Math.max(1, steps))

export const middleOf = (step: number, steps: number): number => (step + 0.5) * slotOf(steps)

/** A picture as wide as its steps. @param words what it shows, for those who do not see it */
export function frame(
  name: string,
  steps: number,
  height: number,
  words: string,
  ...children: SVGElement[]
): SVGSVGElement {
  const used = slotOf(steps) * steps
  const svg = svgEl(
    'svg',
    {
      viewBox: `0 0 ${used} ${height}`,
      class: name,
      role: 'img',
      preserveAspectRatio: 'none',
      'aria-label': words,
    },
    ...children,
  )
  svg.style.maxWidth = `${Math.max(280, used)}px`
  return svg
}
