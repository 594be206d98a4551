/** The pictures: the data in their specifications, and that they are drawn. */

import t from 'tap'
import { summarize } from '../../dist/experiment/index.js'
import { type ChartSpec, chartSpecs, svg } from '../../dist/report/index.js'
import { context, dataset } from '../support/fake-experiment.js'
import { fakeResults } from '../support/fake-results.js'

const textOf = (_: number, step: number) => `Step ${step}: some words.`
const results = fakeResults({ problems: 8, steps: 6, textOf })
const summary = summarize(results, context(dataset(...results.map(() => ({})))))

/** All data of a specification, wherever it is. */
const dataOf = (spec: ChartSpec | null): Record<string, unknown>[] => {
  const found: Record<string, unknown>[] = []
  JSON.stringify(spec, (key, value) => {
    if (key === 'values' && Array.isArray(value)) found.push(...value)
    return value
  })
  return found
}

t.test('importance: above the median or not, as the seed notebook colours it', async t => {
  const spec = chartSpecs.importance({ scores: [1, 2, 2, 5, 0], kept: [1, 3] })
  const [bars, rest] = [dataOf(spec).slice(0, 5), dataOf(spec).slice(5)]
  t.strictSame(
    bars.map(({ side }) => side === 'above the median'),
    [false, false, false, true, false],
    'equal to the median is not above it',
  )
  t.strictSame(
    bars.map(({ kept }) => kept),
    [false, true, false, true, false],
  )
  t.ok(rest.length > 0)
  t.ok(rest.every(({ median }) => median === 2))
})

t.test('heatmap: a layer is the sum of its heads, scaled to one', async t => {
  const spec = chartSpecs.heatmap({
    headScores: [
      { layer: 3, head: 0, scores: [1, 0] },
      { layer: 3, head: 1, scores: [1, 2] },
      { layer: 5, head: 0, scores: [0, 0] },
    ],
  })
  t.strictSame(dataOf(spec), [
    { layer: 3, step: 0, share: 0.5 },
    { layer: 3, step: 1, share: 0.5 },
    { layer: 5, step: 0, share: 0 },
    { layer: 5, step: 1, share: 0 },
  ])
  t.throws(() => chartSpecs.heatmap({}), { code: 'ERR_TRACE_INVALID', message: /perHead/ })
})

t.test('trade-off: every row of the summary, with its interval', async t => {
  const spec = chartSpecs.tradeoff(summary)
  for (const row of summary.thresholds) {
    const [low, high] = row.interval ?? []
    const point = { kept: row.tokensKept, value: row.accuracy, low, high, threshold: row.threshold }
    t.ok(
      dataOf(spec).some(one => JSON.stringify(one) === JSON.stringify(point)),
      `${row.method} ${row.threshold}`,
    )
  }
  t.equal(chartSpecs.finish(summary), null, 'nothing was resumed')
  const unknown = summary.thresholds.map(row => ({ ...row, accuracy: null, interval: null }))
  t.equal(chartSpecs.tradeoff({ ...summary, thresholds: unknown }), null)
})

t.test('resumed traces: tokens to finish, and the floor as a line', async t => {
  const [base] = summary.thresholds
  if (base === undefined) throw new Error('no rows')
  const rows = [
    { ...base, tokensToFinish: 90 },
    { ...base, threshold: 0.5, tokensKept: 0.5, tokensToFinish: 120 },
    { ...base, method: 'nothing kept', threshold: 1, tokensKept: 0, tokensToFinish: 300 },
  ]
  const values = dataOf(chartSpecs.finish({ ...summary, thresholds: rows })).map(of => of.value)
  t.strictSame([...new Set(values)], [300, 90, 120])
})

t.test('each is drawn as SVG and PNG, without a script, a style or a link', async t => {
  const headScores = [{ layer: 0, head: 0, scores: [1, 2, 3] }]
  const drawn = [
    await svg.importance({ scores: [1, 2, 3], title: 'of <b> & "c"' }),
    await svg.heatmap({ headScores }),
    await svg.tradeoff(summary),
  ]
  for (const picture of drawn) {
    t.match(picture, /^<svg [\s\S]*<\/svg>\n$/)
    t.notMatch(picture, /NaN|undefined|<script|<style|style="|<b>/)
    const links = Array.from((picture ?? '').matchAll(/https?:[^"]*/g), ([link]) => link)
    t.strictSame(
      links.filter(link => !link.startsWith('http://www.w3.org/')),
      [],
    )
    const png = await svg.png(picture ?? '')
    // null where the machine has no font
    if (png !== null) t.equal(Buffer.from(png.subarray(1, 4)).toString(), 'PNG')
  }
})
