/** From a specification to SVG and PNG. Vega and resvg are optional packages: they are loaded here, when a picture is asked for. */

import type { TopLevelSpec } from 'vega-lite'
import { CotPruneError } from '../../base/errors.js'
import type { ChartSpec } from './spec.js'

/** An SVG document. @throws CotPruneError ERR_OPTIONAL_PACKAGE where Vega is not installed */
export async function drawSvg(chart: ChartSpec): Promise<string> {
  const vega = await optional('vega', () => import('vega'))
  const lite = await optional('vega-lite', () => import('vega-lite'))
  // the seam: our specifications are plain JSON, Vega-Lite has a type for each of their parts
  const { spec } = lite.compile(chart as unknown as TopLevelSpec)
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error })
  try {
    return `${await view.toSVG()}\n`
  } finally {
    view.finalize()
  }
}

/** As a PNG, two pixels for each of the SVG's; null where the machine has no font, and texts would be missing. */
export async function drawPng(svg: string): Promise<Uint8Array | null> {
  const { Resvg } = await optional('@resvg/resvg-js', () => import('@resvg/resvg-js'))
  const options = { fitTo: { mode: 'zoom', value: 2 }, background: '#ffffff' } as const
  const letter =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">x</text></svg>'
  if (new Resvg(letter).getBBox() === undefined) return null
  return new Resvg(svg, options).render().asPng()
}

async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const message = `pictures need ${name}, an optional package: npm install vega vega-lite @resvg/resvg-js`
    throw new CotPruneError('ERR_OPTIONAL_PACKAGE', message, { cause: error })
  }
}
