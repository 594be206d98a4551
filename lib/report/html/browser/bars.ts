/** The seed notebook's figure for the trace at hand: green above the median importance, else red, a dashed median. */

import { svgEl } from './dom.js'
import { frame, slotOf } from './slots.js'

const height = 120

export interface Bars {
  readonly svg: SVGSVGElement
  update(kept: ReadonlySet<number>): void
}

export function bars(scores: readonly number[]): Bars {
  const most = Math.max(...scores, Number.MIN_VALUE)
  const middle = medianOf(scores)
  const slot = slotOf(scores.length)
  const used = slot * scores.length
  const y = (score: number) => height - (score / most) * height
  const rects = scores.map((score, step) =>
    svgEl(
      'rect',
      {
        x: step * slot + slot * 0.12,
        y: y(score),
        width: slot * 0.76,
        height: Math.max(0.5, height - y(score)),
        class: score > middle ? 'above' : 'below',
      },
      svgEl('title', {}, `step ${step}: ${score.toPrecision(3)}`),
    ),
  )
  const svg = frame(
    'bars',
    scores.length,
    height,
    `Importance of ${scores.length} steps; the highest is step ${scores.indexOf(most)}`,
    ...rects,
    svgEl('line', { x1: 0, x2: used, y1: y(middle), y2: y(middle), class: 'median' }),
  )
  return {
    svg,
    update(kept) {
      for (const [step, rect] of rects.entries()) rect.toggleAttribute('data-gone', !kept.has(step))
    },
  }
}

function medianOf(scores: readonly number[]): number {
  const sorted = scores.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? 0, sorted[half] ?? 0]
  return low + (high - low) / 2
}
