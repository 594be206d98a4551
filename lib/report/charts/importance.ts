/** The figure of the seed notebook: a bar for each step, green above the median importance, else red. Pure. */

import { median } from './median.js'
import { palette } from './palette.js'
import { type ChartSpec, chart } from './spec.js'

/** What the chart `importance` is drawn of. */
export interface ImportanceInput {
  /** Shape (steps). */
  readonly scores: readonly number[]
  /** Ascending indices; all without it. */
  readonly kept?: readonly number[] | undefined
  /** Of which trace, and scored by what. */
  readonly title?: string | undefined
}

const [above, below] = ['above the median', 'not above']

export function importanceSpec({ scores, kept, title }: ImportanceInput): ChartSpec {
  const middle = median(scores)
  const stays = new Set(kept ?? scores.keys())
  const values = scores.map((score, step) => ({
    step,
    score,
    side: score > middle ? above : below,
    kept: stays.has(step),
  }))
  const many = scores.length > 40
  return chart(title ?? 'Importance of the steps', {
    width: Math.min(1400, Math.max(420, scores.length * 22)),
    height: 220,
    data: { values },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2 },
        encoding: {
          x: {
            field: 'step',
            type: 'ordinal',
            title: kept === undefined ? 'step' : 'step (pale ones are pruned)',
            axis: { labelAngle: 0, ...(many && { labelOverlap: true }) },
            scale: { paddingInner: 0.25 },
          },
          y: { field: 'score', type: 'quantitative', title: 'importance', axis: { tickCount: 4 } },
          color: {
            field: 'side',
            type: 'nominal',
            scale: { domain: [above, below], range: [palette.good, palette.bad] },
          },
          opacity: { condition: { test: 'datum.kept', value: 1 }, value: 0.35 },
        },
      },
      {
        data: { values: [{ median: middle }] },
        mark: { type: 'rule', strokeDash: [5, 4], color: palette.ink },
        encoding: { y: { field: 'median', type: 'quantitative' } },
      },
      {
        data: { values: [{ median: middle }] },
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'middle',
          dx: 4,
          text: 'median',
          color: palette.ink,
          fontSize: 11,
        },
        encoding: { x: { value: 'width' }, y: { field: 'median', type: 'quantitative' } },
      },
    ],
  })
}
