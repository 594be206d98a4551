/** A picture as data: a Vega-Lite specification, and what all of them have in common. */

import type { JsonValue } from '../../../types/public.js'
import { palette } from './palette.js'

/** Plain JSON, with its data inside: it can be saved beside the picture and drawn again elsewhere. */
export type ChartSpec = { readonly [key: string]: JsonValue }

/** Without quotes: resvg reads no list that has some. */
const font = 'system-ui, Segoe UI, Helvetica Neue, Arial, DejaVu Sans, sans-serif'

const config: ChartSpec = {
  font,
  background: '#ffffff',
  view: { stroke: null },
  title: { color: palette.ink, fontSize: 14, fontWeight: 600, anchor: 'start', offset: 12 },
  axis: {
    labelColor: palette.muted,
    titleColor: palette.muted,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titlePadding: 8,
    domainColor: palette.line,
    gridColor: palette.line,
    ticks: false,
    labelPadding: 6,
  },
  legend: {
    labelColor: palette.ink,
    titleColor: palette.muted,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    orient: 'top',
    title: null,
    symbolOpacity: 1,
    titleLimit: 400,
  },
}

export function chart(title: string, spec: ChartSpec): ChartSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    padding: 12,
    config,
    ...spec,
  }
}
