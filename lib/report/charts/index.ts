/** The pictures, as SVG documents. */

import type { ExperimentSummary } from '../../experiment/index.js'
import { drawPng, drawSvg } from './draw.js'
import { type HeatmapInput, heatmapSpec } from './heatmap.js'
import { type ImportanceInput, importanceSpec } from './importance.js'
import type { ChartSpec } from './spec.js'
import { finishSpec, tradeoffSpec } from './tradeoff.js'

export type { HeatmapInput } from './heatmap.js'
export type { ImportanceInput } from './importance.js'
export type { ChartSpec } from './spec.js'

const drawn = async (spec: ChartSpec | null): Promise<string | null> =>
  spec === null ? null : drawSvg(spec)

/** Each draws one picture; `png` makes an image of any of them. All throw ERR_OPTIONAL_PACKAGE where a package is missing. */
export const svg = {
  /** A bar for each step, green above the median importance, else red, as in the seed notebook. */
  importance: (input: ImportanceInput): Promise<string> => drawSvg(importanceSpec(input)),
  /** Steps against layers, of a trace that was scored with `perHead`. */
  heatmap: (input: HeatmapInput): Promise<string> => drawSvg(heatmapSpec(input)),
  /** Accuracy against kept tokens; null where no answer is known to be right. */
  tradeoff: (summary: ExperimentSummary): Promise<string | null> => drawn(tradeoffSpec(summary)),
  /** Tokens to finish against kept tokens; null where traces were not resumed. */
  finish: (summary: ExperimentSummary): Promise<string | null> => drawn(finishSpec(summary)),
  /** Null where the machine has no font. */
  png: drawPng,
} as const

/** The charts of `svg` as Vega-Lite specifications: plain data, for whoever draws otherwise. */
export const chartSpecs = {
  /** As `svg.importance`. */
  importance: importanceSpec,
  /** As `svg.heatmap`. @throws CotPruneError ERR_TRACE_INVALID where there are scores neither of heads nor of layers */
  heatmap: heatmapSpec,
  /** As `svg.tradeoff`. */
  tradeoff: tradeoffSpec,
  /** As `svg.finish`. */
  finish: finishSpec,
} as const
