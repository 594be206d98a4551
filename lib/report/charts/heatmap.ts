/** Steps against layers: on which steps each layer looks. Pure. */

import type { ScoredTrace } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import type { MethodPictures } from '../../experiment/index.js'
import { palette } from './palette.js'
import { type ChartSpec, chart } from './spec.js'

/** What the chart `heatmap` is drawn of: a trace that was scored with `perHead`, or scores of layers. */
export interface HeatmapInput extends Pick<ScoredTrace, 'headScores'> {
  /** In place of the scores of heads: those of layers. */
  readonly layers?: MethodPictures['layers']
  readonly title?: string | undefined
}

/** @throws CotPruneError ERR_TRACE_INVALID where there are scores neither of heads nor of layers */
export function heatmapSpec({ headScores = [], layers, title }: HeatmapInput): ChartSpec {
  const rows = layers ?? layersOf(headScores)
  if (rows.length === 0) {
    throw new CotPruneError(
      'ERR_TRACE_INVALID',
      'a heatmap needs trace.headScores: score the trace with { perHead: true }',
    )
  }
  const values = rows.flatMap(({ layer, shares }) => {
    // layers differ by orders of magnitude in what they leave to the steps at all
    const all = shares.reduce((sum, value) => sum + value, 0)
    return shares.map((value, step) => ({ layer, step, share: all > 0 ? value / all : 0 }))
  })
  const steps = rows[0]?.shares.length ?? 0
  return chart(title ?? 'Which layer looks at which step', {
    width: Math.min(1400, Math.max(320, steps * 22)),
    height: Math.max(120, rows.length * 14),
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

/** The mean over heads, but for a factor. */
function layersOf(headScores: NonNullable<ScoredTrace['headScores']>) {
  const layers = [...new Set(headScores.map(({ layer }) => layer))]
  return layers.map(layer => {
    const heads = headScores.filter(head => head.layer === layer)
    const shares = (heads[0]?.scores ?? []).map((_, step) =>
      heads.reduce((sum, { scores }) => sum + (scores[step] ?? 0), 0),
    )
    return { layer, shares }
  })
}
