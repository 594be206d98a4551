/** On which steps each layer looks: a row for each layer, at the places that the bars stand on. */

import type { PageLayers } from '../page-data.js'
import { svgEl } from './dom.js'
import { frame, slotOf } from './slots.js'

const most = 280

export function layerMap(layers: PageLayers, steps: number): SVGSVGElement {
  const row = Math.min(9, most / Math.max(1, layers.length))
  const slot = slotOf(steps)
  const cells = layers.flatMap(({ layer, shares }, place) =>
    shares.map((share, step) => {
      const cell = svgEl(
        'rect',
        // the first layer is at the bottom, where it is in a model's picture
        { x: step * slot, y: (layers.length - 1 - place) * row, width: slot, height: row },
        svgEl('title', {}, `layer ${layer}, step ${step}: ${share} % of its highest`),
      )
      cell.style.setProperty('--share', String(share / 100))
      return cell
    }),
  )
  const words = `Which of ${layers.length} layers looks at which of ${steps} steps; layer ${layers[0]?.layer ?? 0} at the bottom`
  return frame('layers', steps, row * layers.length, words, ...cells)
}
