/** Which step looks at which, as a picture: a row for each step, arcs from later steps to earlier ones. */

import type { PrunedTrace, StepGraph } from '../../types/public.js'
import { type StrongLook, strongestLooks } from '../base/strongest-looks.js'

const row = 26
const [top, arcsRight, barWidth, textWidth] = [34, 190, 70, 86]
const textLeft = arcsRight + barWidth + 44
const width = Math.round(textLeft + 7.4 * textWidth)
const [ink, faded, accent] = ['#1f2937', '#9ca3af', '#b45309']

/**
 * An SVG document. Kept steps stand out, removed ones are struck through; an arc is as wide as the look, the mean
 * over heads, each of which is scaled to its largest look.
 *
 * @param pruned scored by the graph and pruned
 */
export const stepGraphSvg = (pruned: PrunedTrace, graph: StepGraph): string =>
  drawStepGraph({
    steps: pruned.steps.map(({ text }) => text),
    scores: pruned.scores,
    kept: new Set(pruned.kept),
    answer: pruned.text.slice(pruned.answer.charStart).trim(),
    looks: strongestLooks(graph),
  })

/** What is drawn. */
export interface StepGraphPicture {
  /** Shape (steps). */
  readonly steps: readonly string[]
  /** Shape (steps). */
  readonly scores: readonly number[]
  readonly kept: ReadonlySet<number>
  readonly answer: string
  /** The strongest last. */
  readonly looks: readonly StrongLook[]
}

export function drawStepGraph({ steps, scores, kept, answer, looks }: StepGraphPicture): string {
  const most = Math.max(...scores, Number.MIN_VALUE)
  const rows = steps.map((text, index) =>
    stepRow(index, text, (scores[index] ?? 0) / most, kept.has(index)),
  )
  const last = steps.length
  const height = top + row * (last + 1) + 16
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="12">`,
    '<title>The steps of a chain of thought, and which of them looks at which</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="20" fill="${ink}" font-weight="bold">Which step looks at which</text>`,
    ...looks.map(look => arc(look, kept)),
    ...rows,
    label(middle(last), `answer: ${shortened(answer)}`, `fill="${accent}"`),
    '</svg>',
    '',
  ].join('\n')
}

const middle = (index: number): number => top + row * index + row / 2

function arc({ from, to, share }: StrongLook, kept: ReadonlySet<number>): string {
  const [start, end] = [middle(from), middle(to)]
  const reach = Math.min(arcsRight - 16, 16 + 14 * (from - to))
  const path = `M ${arcsRight} ${start} C ${arcsRight - reach} ${start}, ${arcsRight - reach} ${end}, ${arcsRight} ${end}`
  const colour = kept.has(to) ? accent : faded
  const size = `stroke-width="${(0.5 + 3.5 * share).toFixed(2)}" opacity="${(0.25 + 0.65 * share).toFixed(2)}"`
  return `<path d="${path}" fill="none" stroke="${colour}" ${size}/>`
}

function stepRow(index: number, text: string, share: number, isKept: boolean): string {
  const y = middle(index)
  const fill = isKept ? accent : faded
  const bar = `<rect x="${arcsRight + 36}" y="${y - 6}" width="${(barWidth * share).toFixed(1)}" height="12" fill="${fill}"/>`
  const style = isKept ? `fill="${ink}"` : `fill="${faded}" text-decoration="line-through"`
  const number = `<text x="${arcsRight + 28}" y="${y + 4}" text-anchor="end" fill="${faded}">${index}</text>`
  return `${number}${bar}${label(y, shortened(text), style)}`
}

const label = (y: number, text: string, style: string): string =>
  `<text x="${textLeft}" y="${y + 4}" ${style}>${escaped(text)}</text>`

function shortened(text: string): string {
  const line = [...text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()]
  return line.length <= textWidth ? line.join('') : `${line.slice(0, textWidth - 1).join('')}…`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
