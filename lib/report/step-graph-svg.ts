/** Which step looks at which, as a picture: a row for each step, arcs from later steps to earlier ones. */

import type { PrunedTrace, StepGraph } from '../../types/public.js'

const row = 26
const [top, arcsRight, barWidth, textWidth] = [34, 190, 70, 86]
const textLeft = arcsRight + barWidth + 44
const width = Math.round(textLeft + 7.4 * textWidth)
/** Looks below this share of the largest one are left out. */
const faintest = 0.12
const [ink, faded, accent] = ['#1f2937', '#9ca3af', '#b45309']

/** One look: step `from` at step `to`; the last `from` is the answer. */
interface Look {
  readonly from: number
  readonly to: number
  /** Of the largest one. */
  readonly share: number
}

/**
 * An SVG document. Kept steps stand out, removed ones are struck through; an arc is as wide as the look, the mean
 * over heads, each of which is scaled to its largest look.
 *
 * @param pruned scored by the graph and pruned
 */
export function stepGraphSvg(pruned: PrunedTrace, graph: StepGraph): string {
  const kept = new Set(pruned.kept)
  const most = Math.max(...pruned.scores, Number.MIN_VALUE)
  const rows = pruned.steps.map(({ index, text }) =>
    stepRow(index, text, (pruned.scores[index] ?? 0) / most, kept.has(index)),
  )
  const answer = pruned.text.slice(pruned.answer.charStart).trim()
  const last = pruned.steps.length
  const height = top + row * (last + 1) + 16
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="12">`,
    '<title>The steps of a chain of thought, and which of them looks at which</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="20" fill="${ink}" font-weight="bold">Which step looks at which</text>`,
    ...looksOf(graph).map(look => arc(look, kept)),
    ...rows,
    label(middle(last), `answer: ${shortened(answer)}`, `fill="${accent}"`),
    '</svg>',
    '',
  ].join('\n')
}

const middle = (index: number): number => top + row * index + row / 2

function looksOf({ looks }: StepGraph): Look[] {
  const scaled = looks.map(head => {
    const most = Math.max(...head.flat(), Number.MIN_VALUE)
    return head.map(values => values.map(value => value / most))
  })
  const count = looks[0]?.length ?? 0
  const all = Array.from({ length: count }, (_, from) =>
    Array.from({ length: Math.min(from, count - 1) }, (_, to) => {
      const sum = scaled.reduce((total, head) => total + (head[from]?.[to] ?? 0), 0)
      return { from, to, share: sum / scaled.length }
    }),
  ).flat()
  const most = all.reduce((largest, { share }) => Math.max(largest, share), Number.MIN_VALUE)
  return all
    .map(look => ({ ...look, share: look.share / most }))
    .filter(({ share }) => share >= faintest)
    .sort((a, b) => a.share - b.share)
}

function arc({ from, to, share }: Look, kept: ReadonlySet<number>): string {
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
