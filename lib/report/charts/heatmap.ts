/** Steps against layers: on which steps each layer looks. Pure. */

import type { ScoredTrace } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { palette } from './palette.js'
import { type ChartSpec, chart } from './spec.js'

export type HeatmapInput = Pick<ScoredTrace, 'headScores'> & {
  readonly title?: string | undefined
}

/** @throws CotPruneError ERR_TRACE_INVALID where there are no scores per head */
export function heatmapSpec({ headScores, title }: HeatmapInput): ChartSpec {
  if (headScores === undefined || headScores.length === 0) {
    throw new CotPruneError(
      'ERR_TRACE_INVALID',
      'a heatmap needs trace.headScores: score the trace with { perHead: true }',
    )
  }
  const layers = [...new Set(headScores.map(({ layer }) => layer))]
  const values = layers.flatMap(layer => {
    const heads = headScores.filter(head => head.layer === layer)
    const steps = heads[0]?.scores.length ?? 0
    const sums = Array.from({ length: steps }, (_, step) =>
      heads.reduce((sum, { scores }) => sum + (scores[step] ?? 0), 0),
    )
    // layers differ by orders of magnitude in what they leave to the steps at all
    const all = sums.reduce((sum, value) => sum + value, 0)
    return sums.map((value, step) => ({ layer, step, share: all > 0 ? value / all : 0 }))
  })
  const steps = headScores[0]?.scores.length ?? 0
  return chart(title ?? 'Which layer looks at which step', {
    width: Math.min(1400, Math.max(320, steps * 22)),
    height: Math.max(120, layers.length * 14),
    data: { values },
    mark: { type: 'rect' },
    encoding: {
      x: {
        field: 'step',
        type: 'ordinal',
        title: 'step',
        axis: { labelAngle: 0, labelOverlap: true },
      },
      y: { field: 'layer', type: 'ordinal', title: 'layer', sort: 'descending' },
      color: {
        field: 'share',
        type: 'quantitative',
        scale: { range: ['#f3f5fa', palette.accent] },
        legend: { title: "share of the layer's scores", format: '.0%', orient: 'right' },
      },
    },
  })
}
