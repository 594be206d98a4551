/** Which step looks at which: arcs below the places that the bars stand on. */

import type { PageLooks } from '../page-data.js'
import { svgEl } from './dom.js'
import { frame, middleOf, slotOf } from './slots.js'

const height = 90

export interface Arcs {
  readonly svg: SVGSVGElement
  update(kept: ReadonlySet<number>): void
}

/** @param steps how many there are */
export function arcs(looks: PageLooks, steps: number): Arcs {
  const farthest = Math.max(1, ...looks.map(([from, to]) => from - to))
  const paths = looks.map(([from, to, share]) => {
    // the answer has no bar: it looks from the right edge
    const start = from >= steps ? slotOf(steps) * steps - 1 : middleOf(from, steps)
    const end = middleOf(to, steps)
    const depth = 12 + (height - 20) * Math.sqrt((from - to) / farthest)
    const path = svgEl(
      'path',
      { d: `M ${start} 2 C ${start} ${depth}, ${end} ${depth}, ${end} 2`, class: 'look' },
      svgEl(
        'title',
        {},
        `${nameOf(from, steps)} looks at step ${to}: ${share} % of the strongest look`,
      ),
    )
    path.style.setProperty('--share', String(share / 100))
    return { to, path }
  })
  const words = `Arcs between ${steps} steps and the answer; the strongest is from ${strongest(looks, steps)}`
  const svg = frame('arcs', steps, height, words, ...paths.map(({ path }) => path))
  return {
    svg,
    update(kept) {
      for (const { to, path } of paths) path.toggleAttribute('data-gone', !kept.has(to))
    },
  }
}

const nameOf = (step: number, steps: number): string =>
  step >= steps ? 'the answer' : `step ${step}`

function strongest(looks: PageLooks, steps: number): string {
  const last = looks.at(-1)
  return last === undefined ? 'nowhere' : `${nameOf(last[0], steps)} to step ${last[1]}`
}
