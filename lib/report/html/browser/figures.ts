/** The pictures of one trace, as one method sees it. */

import type { PageTrace } from '../page-data.js'
import { type Arcs, arcs } from './arcs.js'
import { type Bars, bars } from './bars.js'
import { el } from './dom.js'
import { layerMap } from './layers.js'

export interface Figures {
  readonly nodes: readonly Node[]
  update(kept: ReadonlySet<number>): void
}

/** @param name of the method at that place */
export function figuresOf(trace: PageTrace, method: number, name: string): Figures {
  const scores = (trace.scores[method] ?? []).map(score => score ?? 0)
  const [looks, layers] = [trace.looks[method] ?? null, trace.layers[method] ?? null]
  const drawn: { readonly svg: SVGSVGElement; readonly words: string }[] = []
  const following: (Bars | Arcs)[] = []
  if (scores.length > 0) {
    const words = `Importance of the steps by ${name}: green above the median (dashed), red not above it, pale where removed.`
    const picture = bars(scores)
    following.push(picture)
    drawn.push({ svg: picture.svg, words })
  }
  if (looks !== null && looks.length > 0) {
    const picture = arcs(looks, trace.steps.length)
    following.push(picture)
    const words =
      'Which step looks at which, the answer last: the stronger, the wider; pale where the step is removed.'
    drawn.push({ svg: picture.svg, words })
  }
  if (layers !== null && layers.length > 0 && scores.length > 0) {
    const words = `On which steps each layer looks, the first layer at the bottom: the darker, the nearer to its highest.`
    drawn.push({ svg: layerMap(layers, scores.length), words })
  }
  return {
    nodes: drawn.map(({ svg, words }) => el('figure', {}, svg, el('figcaption', {}, words))),
    update(kept) {
      for (const picture of following) picture.update(kept)
    },
  }
}
