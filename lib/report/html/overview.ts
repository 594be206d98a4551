/** The upper part of the page, which needs no script: what was run, the pictures, the table of all rows. */

import type { ExperimentSummary, FailedProblem, ThresholdSummary } from '../../experiment/index.js'
import { failedText } from '../failed-text.js'
import { percent } from '../numbers.js'
import { passesNote, passesTable } from '../passes-table.js'
import { type Column, columnsOf, notes } from '../threshold-table.js'
import { escaped, isolated } from './escape.js'
import { inlineSvg } from './inline-svg.js'

/** SVG documents; null where there is nothing to draw, left out where it was not drawn. */
export interface Pictures {
  readonly tradeoff?: string | null | undefined
  readonly finish?: string | null | undefined
  readonly heatmap?: string | null | undefined
  readonly stepGraph?: string | null | undefined
}

export function header(summary: ExperimentSummary, model: string | null): string {
  const { dataset, finished, planned, samples, preset, seed } = summary
  const title =
    model === null ? isolated(dataset.name) : `${isolated(model)} on ${isolated(dataset.name)}`
  const times = samples > 1 ? `, ${samples} samples each` : ''
  const open = finished < planned ? ` of ${planned}` : ''
  return `<header>
<p class="eyebrow">cot-prune report · preset ${escaped(preset)} · seed ${seed} · ${finished}${open} results${times}</p>
<h1>${title}</h1>
<p class="lede">${escaped(inShort(summary))}</p>
</header>`
}

/** What the first method did at the middle of its thresholds. */
function inShort({ thresholds, finished }: ExperimentSummary): string {
  const [base] = thresholds
  if (finished === 0 || base === undefined) return 'No problem is finished yet.'
  const rows = thresholds.filter(row => row.method === base.method)
  const row = rows[Math.floor(rows.length / 2)]
  const right = (of: ThresholdSummary) =>
    of.total === 0 ? 'no answer is known to be right' : `${of.correct} of ${of.total} are right`
  const whole = `Unpruned, ${right(base)}`
  if (row === undefined || row === base) return `${whole}.`
  const kept =
    row.tokensKept === null
      ? `${percent(row.stepsKept)} of the steps`
      : `${percent(row.tokensKept)} of the tokens`
  return `${whole}; with ${kept} kept by ${row.method} at ${row.threshold}, ${right(row)}.`
}

export function outcome(
  summary: ExperimentSummary,
  { pictures, failed }: { readonly pictures: Pictures; readonly failed: readonly FailedProblem[] },
): string {
  return `<section aria-labelledby="outcome">
<h2 id="outcome">What pruning did</h2>
${figures(pictures)}
${table(summary)}
${samplesTable(summary)}
<ul class="notes">${[...notes(summary), ...failed.map(failedText)]
    .map(note => `<li>${escaped(note)}</li>`)
    .join('')}</ul>
</section>`
}

const labels: Readonly<Record<keyof Pictures, string>> = {
  tradeoff: 'Accuracy against what is kept, a line for each method; the table has the numbers',
  finish: 'Mean tokens to finish against what is kept; the table has the numbers',
  heatmap: 'Which layer looks at which step',
  stepGraph: 'Which step looks at which',
}

function figures(pictures: Pictures): string {
  const names = ['tradeoff', 'finish', 'heatmap', 'stepGraph'] as const
  const drawn = names.flatMap(name => {
    const svg = pictures[name]
    if (svg == null) return []
    const wide = name === 'heatmap' || name === 'stepGraph' ? ' class="wide" tabindex="0"' : ''
    return [`<figure${wide}>${inlineSvg(svg, name, labels[name])}</figure>`]
  })
  return [
    `<div class="figures">${drawn.join('\n')}</div>`,
    ...(pictures.tradeoff === undefined ? [`<p class="hint">${howToDraw}</p>`] : []),
  ].join('\n')
}

const howToDraw =
  'Charts of accuracy against what is kept need optional packages: <code>npm install vega vega-lite @resvg/resvg-js</code>, then <code>cot-prune report DIR</code>.'

function table(summary: ExperimentSummary): string {
  const columns = columnsOf(summary)
  const [first] = summary.thresholds
  // the baseline is the same for all methods
  const rows = summary.thresholds.filter(row => row.threshold > 0 || row.method === first?.method)
  if (rows.length === 0) return ''
  const head = columns.map(column => sortHeading(column.title, numeric(column))).join('')
  const body = rows.map(row => {
    const cells = columns.map((column, place) => cell(column, row, place))
    return `<tr${row.threshold === 0 ? ' class="base"' : ''}>${cells.join('')}</tr>`
  })
  return `<div class="scroll" tabindex="0" role="group" aria-label="Results"><table class="sortable">
<caption class="visually-hidden">Results of each method at each threshold; a heading sorts</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body.join('\n')}</tbody>
</table></div>`
}

function samplesTable(summary: ExperimentSummary): string {
  const passes = passesTable(summary)
  if (passes === null) return ''
  const head = passes.head.map(title => `<th scope="col">${escaped(title)}</th>`).join('')
  const body = passes.rows.map(
    row => `<tr>${row.map(text => `<td>${escaped(text)}</td>`).join('')}</tr>`,
  )
  return `<h3>Samples of each problem together</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Samples"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body.join('\n')}</tbody>
</table></div>
<p class="hint">${escaped(passesNote)}</p>`
}

export const sortHeading = (title: string, isNumber: boolean, sorted = 'none'): string =>
  `<th scope="col" aria-sort="${sorted}"${isNumber ? ' class="number"' : ''}><button type="button">${escaped(title)}</button></th>`

const numeric = ({ title }: Column): boolean => title !== 'Method'

function cell(column: Column, row: ThresholdSummary, place: number): string {
  const text = column.cell(row)
  if (place === 0) return `<th scope="row">${escaped(text)}</th>`
  if (!numeric(column)) return `<td>${escaped(text)}</td>`
  // a minus for readers, a hyphen for what sorts
  const shown = escaped(text.replaceAll(/-(?=\d)/g, '\u2212'))
  return `<td class="number" data-key="${escaped(text)}">${shown}</td>`
}

/** Pictures that a folder of results does not have the numbers for, and where they come from. */
export function otherPictures(pictures: Pictures): string {
  const ways = [
    ...(pictures.heatmap == null
      ? [
          'Steps against layers: no method of this run read attention, or its pictures were not kept (<code>runExperiment({ pictures: true })</code>). <code>cot-prune score --heatmap FILE</code> draws those of one problem.',
        ]
      : []),
    ...(pictures.stepGraph == null
      ? [
          'Which step looks at which: the method step-graph was not run, or its pictures were not kept. <code>cot-prune score --svg FILE</code> draws that of one problem.',
        ]
      : []),
  ]
  if (ways.length === 0) return ''
  return `<h3>Pictures that are not here</h3><ul class="notes">${ways.map(way => `<li>${way}</li>`).join('')}</ul>`
}
