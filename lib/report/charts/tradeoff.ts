/** What all methods keep against what it does: accuracy, and the tokens to finish of traces that were resumed. Pure. */

import type { JsonValue } from '../../../types/public.js'
import type { ExperimentSummary, ThresholdSummary } from '../../experiment/index.js'
import { colourOf, palette } from './palette.js'
import { type ChartSpec, chart } from './spec.js'

/** Pixels between the marks of methods that keep as many tokens: intervals would lie on each other. */
const aside = 5

interface Curve {
  readonly method: string
  readonly rows: readonly ThresholdSummary[]
}

interface Axes {
  readonly title: string
  readonly field: 'accuracy' | 'tokensToFinish'
  readonly y: ChartSpec
}

/** Accuracy against kept tokens, with Wilson intervals; null where no answer is known. */
export function tradeoffSpec(summary: ExperimentSummary): ChartSpec | null {
  return curves(summary, {
    title: 'Accuracy against what is kept',
    field: 'accuracy',
    y: {
      title: 'accuracy, 95 % interval',
      axis: { format: '.0%', tickCount: 5, minExtent: 40 },
      scale: { domain: [0, 1] },
    },
  })
}

/** Mean tokens that the model needed to finish; null where traces were not resumed. */
export function finishSpec(summary: ExperimentSummary): ChartSpec | null {
  return curves(summary, {
    title: 'Tokens to finish',
    field: 'tokensToFinish',
    y: {
      title: 'mean tokens to finish',
      axis: { tickCount: 5, minExtent: 40 },
      scale: { zero: true },
    },
  })
}

function curves(summary: ExperimentSummary, { title, field, y }: Axes): ChartSpec | null {
  const { thresholds } = summary
  // the notebook's steps are texts without tokens
  const byTokens = thresholds.some(row => row.tokensKept !== null)
  const keptOf = (row: ThresholdSummary) => (byTokens ? row.tokensKept : row.stepsKept)
  const floor = thresholds.find(row => row.method === 'nothing kept')
  const rows = thresholds.filter(
    row => row !== floor && row[field] !== null && keptOf(row) !== null,
  )
  if (rows.length === 0) return null
  const methods = [...new Set(rows.map(({ method }) => method))]
  const all: Curve[] = methods.map(method => ({
    method,
    rows: rows.filter(row => row.method === method),
  }))
  const colour = {
    scale: { domain: methods, range: methods.map((_, place) => colourOf(place)) },
    // in one row, the names of many methods are wider than the picture
    legend: methods.length > 1 ? { symbolType: 'circle', symbolSize: 70, columns: 5 } : null,
  }
  return chart(title, {
    width: 520,
    height: 280,
    encoding: {
      x: {
        field: 'kept',
        type: 'quantitative',
        title: byTokens ? 'tokens of the thinking that are kept' : 'steps that are kept',
        axis: { format: '.0%', tickCount: 5, grid: false },
        scale: { domain: [0, 1.02], nice: false },
      },
    },
    layer: [
      ...floorLayers(floor, field, y),
      ...all.flatMap(({ method, rows }, place) => {
        const xOffset = Math.round((place - (methods.length - 1) / 2) * aside)
        const values = rows.map(row => ({
          kept: keptOf(row),
          value: row[field],
          low: field === 'accuracy' ? (row.interval?.[0] ?? null) : null,
          high: field === 'accuracy' ? (row.interval?.[1] ?? null) : null,
          threshold: row.threshold,
        }))
        const of = { datum: method, type: 'nominal', ...colour }
        const value: ChartSpec = { field: 'value', type: 'quantitative', ...y }
        return [
          {
            data: { values },
            mark: { type: 'rule', xOffset, x2Offset: xOffset, strokeWidth: 1.5, opacity: 0.45 },
            encoding: {
              y: { ...value, field: 'low' },
              y2: { field: 'high' },
              color: of,
            },
          },
          {
            data: { values },
            mark: { type: 'line', xOffset, strokeWidth: place === 0 ? 2.5 : 1.5 },
            encoding: { y: value, color: of },
          },
          {
            data: { values },
            mark: { type: 'point', filled: true, size: place === 0 ? 60 : 40, opacity: 1, xOffset },
            encoding: { y: value, color: of },
          },
        ] satisfies JsonValue[]
      }),
    ],
  })
}

/** What the model makes of the problem alone. */
function floorLayers(
  floor: ThresholdSummary | undefined,
  field: Axes['field'],
  y: ChartSpec,
): ChartSpec[] {
  const value = floor?.[field] ?? null
  if (value === null) return []
  const encoding = { y: { field: 'value', type: 'quantitative', ...y } }
  return [
    {
      data: { values: [{ value }] },
      mark: { type: 'rule', strokeDash: [5, 4], color: palette.muted },
      encoding: { ...encoding, x: { value: 0 }, x2: { value: 'width' } },
    },
    {
      data: { values: [{ value }] },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'bottom',
        dx: 4,
        dy: -4,
        fontSize: 11,
        color: palette.muted,
        text: 'nothing kept',
      },
      encoding: { ...encoding, x: { value: 0 } },
    },
  ]
}
