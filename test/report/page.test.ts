/** The report in a browser: it opens from the disk, asks nobody, and its slider removes what `prune` removes. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { type ProblemResult, type SweepRule, summarize } from '../../dist/experiment/index.js'
import { prune, scoreWith, segment } from '../../dist/index.js'
import { html, svg } from '../../dist/report/index.js'
import { context, dataset } from '../support/fake-experiment.js'
import { fakeResults } from '../support/fake-results.js'
import { fakeTrace } from '../support/fake-session.js'

const executablePath = process.env.COT_PRUNE_CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(executablePath)
  ? false
  : `no browser at ${executablePath}: apt-get install chromium, or set COT_PRUNE_CHROMIUM`

const browser: Promise<Browser> = skip
  ? Promise.reject(new Error(skip))
  : chromium.launch({ executablePath, args: ['--no-sandbox'] })
browser.catch(() => {})
t.teardown(async () => (skip ? undefined : (await browser).close()))

/** Looked at by people; ignored by git. */
const screenshots = join(packageFolder, '.tap', 'report')

const hostile = [
  '<script>globalThis.pwned = 1</script>',
  '"><img src=x onerror="globalThis.pwned = 2">',
  "</style></script><!-- <b onclick='x'>",
  'two\u2028lines and a\u0000 null and a lone \ud800 half',
  'right to left \u202eoverridden',
  'w'.repeat(10_000),
]
const textOf = (problem: number, step: number) =>
  problem === 0 ? (hostile[step] ?? `plain ${step}`) : `Step ${step} of ${problem}: some words.`

type PageOptions = Parameters<Browser['newPage']>[0]

const uneven = (_: number, step: number) => `Step ${step}: ${'words '.repeat(1 + (step % 5))}`

interface Opened {
  readonly page: Page
  /** Everything that a quiet page does not do. */
  readonly noise: string[]
}

async function opened(file: string, options: PageOptions = {}): Promise<Opened> {
  const page = await (await browser).newPage({
    viewport: { width: 1400, height: 1000 },
    ...options,
  })
  const noise: string[] = []
  const url = pathToFileURL(file).href
  page.on('console', message => noise.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => noise.push(String(error)))
  page.on('request', request => {
    if (request.url() !== url) noise.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  await page.waitForSelector('html[data-ready]')
  return { page, noise }
}

const written = async (path: string, results: readonly ProblemResult[], rule?: SweepRule) => {
  const set = dataset(...results.map(() => ({})))
  const summary = summarize(results, { ...context(set), planned: results.length })
  const pictures = { tradeoff: await svg.tradeoff(summary), finish: await svg.finish(summary) }
  const preset = rule === 'uniformity' ? 'traac-paper' : 'recommended'
  writeFileSync(path, html(results, { ...summary, preset }, { pictures }))
  return path
}

/** What is struck through at each place of the slider. */
const removedEverywhere = `(() => {
  const slider = document.getElementById('threshold')
  const result = []
  for (let i = 0; i <= Number(slider.max); i++) {
    slider.value = String(i)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    const gone = [...document.querySelectorAll('.steps [data-step]')]
      .filter(row => getComputedStyle(row.querySelector('.text')).textDecorationLine === 'line-through')
    result.push([document.getElementById('threshold-value').textContent, gone.map(row => Number(row.dataset.step)).join()])
  }
  return result
})()`

mkdirSync(screenshots, { recursive: true })
const results = fakeResults({ problems: 12, steps: 9, textOf, pictures: true })
const file = await written(join(t.testdir(), 'report.html'), results)

t.test('opens without a word on the console and without a request', { skip }, async t => {
  const { page, noise } = await opened(file)
  t.equal(await page.locator('#problem-list tbody tr').count(), 12)
  t.equal(await page.locator('.figures svg').count(), 1)
  t.strictSame(noise, [])
  await page.close()
})

t.test(
  'arcs and layers of the method that is looked at, pale where steps are removed',
  { skip },
  async t => {
    const { page } = await opened(file)
    const [result] = results.slice(1)
    if (result === undefined) throw new Error('no result')
    await page.getByRole('button', { name: 'p-1', exact: true }).click()
    await page.locator('#detail h3', { hasText: /^p-1 / }).waitFor()
    t.equal(
      await page.locator('.arcs .look').count(),
      9,
      'eight steps at the one before, the answer at the first',
    )
    t.equal(await page.locator('.layers').count(), 0)
    await page.getByRole('button', { name: '0.5', exact: true }).click()
    const row = result.thresholds.find(of => of.threshold === 0.5)
    const pale = [...Array.from({ length: 8 }, (_, i) => i), 0].filter(
      to => !row?.kept.includes(to),
    )
    t.equal(await page.locator('.arcs [data-gone]').count(), pale.length)
    t.match(
      await page.locator('.arcs title').last().textContent(),
      /the answer looks at step 0: 100 %/,
    )
    await page.locator('#method').selectOption({ label: 'recency' })
    t.equal(await page.locator('.arcs').count(), 0)
    t.equal(await page.locator('.layers rect').count(), 3 * 9)
    const tops = await page
      .locator('.layers rect')
      .evaluateAll(cells =>
        cells
          .filter(cell => cell.getAttribute('style')?.includes('--share: 1'))
          .map(cell => [Number(cell.getAttribute('x')), Number(cell.getAttribute('y'))]),
      )
    t.strictSame(
      tops,
      [
        [0, 18],
        [48, 9],
        [96, 0],
      ],
      'the first layer is at the bottom',
    )
    await page.screenshot({ path: join(screenshots, 'layers.png') })
    await page.close()
  },
)

for (const rule of ['threshold', 'uniformity'] as const) {
  t.test(`the slider strikes through what prune removes: ${rule}`, { skip }, async t => {
    const all = fakeResults({ problems: 2, steps: 23, textOf: uneven, rule })
    const path = await written(join(t.testdir(), 'report.html'), all, rule)
    const { page } = await opened(path)
    const [result] = all
    if (result === undefined) throw new Error('no result')
    await page.getByRole('button', { name: 'p-0', exact: true }).click()
    await page.locator('#detail h3', { hasText: /^p-0 / }).waitFor()
    const trace = segment(fakeTrace('p', result.trace.text), {
      minCharacters: 1,
      splitter: 'paragraph',
    })
    const by = (place: number) => ({
      ...scoreWith(trace, 'length'),
      scores: result.methods[place]?.scores ?? [],
    })
    for (const [place, { method }] of result.methods.entries()) {
      await page.locator('#method').selectOption({ label: method })
      const seen = (await page.evaluate(removedEverywhere)) as readonly [string, string][]
      t.equal(seen.length, 101)
      const expected = seen.map(([text]) => {
        const value = Number(text)
        const first = prune(
          by(0),
          rule === 'threshold' ? { threshold: value } : { uniformity: value },
        )
        const tokenBudget = first.prunedTokens.length
        const { removed } = place === 0 ? first : prune(by(place), { tokenBudget })
        return [text, removed.join()]
      })
      t.strictSame(seen, expected, method)
      t.ok(new Set(seen.map(([, gone]) => gone)).size > 5, 'the slider does something')
    }
    await page.close()
  })
}

t.test('sorts by its headings, and filters', { skip }, async t => {
  const { page } = await opened(file)
  const column = (selector: string) => page.locator(selector).allTextContents()
  const tokens = page.locator('#problem-list thead th', { hasText: 'Tokens' })
  await tokens.getByRole('button').click()
  t.equal(await tokens.getAttribute('aria-sort'), 'ascending')
  const ascending = (await column('#problem-list tbody td:nth-child(5)')).map(Number)
  t.strictSame(
    ascending,
    ascending.toSorted((a, b) => a - b),
  )
  await tokens.getByRole('button').click()
  const descending = (await column('#problem-list tbody td:nth-child(5)')).map(Number)
  t.strictSame(descending, ascending.toReversed())

  const kept = page.locator('table.sortable thead th', { hasText: 'Accuracy' })
  await kept.getByRole('button').click()
  const accuracies = (await column('table.sortable tbody td:nth-child(3)')).map(Number.parseFloat)
  t.ok(accuracies.length > 3)
  t.strictSame(
    accuracies,
    accuracies.toSorted((a, b) => a - b),
  )

  await page.locator('input[value=lost]').check()
  const lost = results
    .filter(({ thresholds: [base, ...rows] }) => {
      const row = rows.find(({ method, threshold }) => method === 'attention' && threshold === 0.3)
      return base?.correct === true && row?.correct === false
    })
    .map(({ id }) => id)
  t.ok(lost.length > 0)
  t.strictSame((await column('#problem-list tbody tr:not([hidden]) th')).sort(), lost.sort())
  await page.close()
})

t.test('what a model wrote is text, and breaks no layout', { skip }, async t => {
  for (const width of [1400, 390]) {
    const { page, noise } = await opened(file, { viewport: { width, height: 900 } })
    await page.getByRole('button', { name: 'p-0', exact: true }).click()
    await page.locator('#detail h3', { hasText: /^p-0 / }).waitFor()
    const shown = await page.locator('.steps .text').allTextContents()
    t.strictSame(
      shown.slice(0, hostile.length).map(text => text.length),
      hostile.map(text => text.length),
    )
    t.equal(shown[0], hostile[0])
    t.equal(await page.evaluate('globalThis.pwned'), undefined)
    t.equal(await page.locator('img').count(), 0)
    const wide = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    t.equal(wide, 0, `nothing is wider than ${width} pixels`)
    t.strictSame(noise, [])
    await page.screenshot({ path: join(screenshots, `hostile-${width}.png`) })
    await page.close()
  }
})

t.test('axe finds nothing serious, in light and in dark', { skip }, async t => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await opened(file, { colorScheme })
    await page.screenshot({ path: join(screenshots, `${colorScheme}.png`), fullPage: true })
    await page.evaluate(axe)
    const found = await page.evaluate(`axe.run().then(({ violations }) => violations
      .map(({ id, impact, nodes }) => [impact, id, nodes[0].html.slice(0, 120)]))`)
    t.strictSame(found, [], colorScheme)
    await page.close()
  }
})

t.test('with the keyboard alone, and on paper', { skip }, async t => {
  const { page, noise } = await opened(file)
  const title = () => page.locator('#detail h3').textContent()
  const before = await title()
  await page.locator('#next').focus()
  await page.keyboard.press('Enter')
  await page
    .locator('#detail h3')
    .and(page.getByText(before ?? '', { exact: true }))
    .waitFor({ state: 'detached' })
  await page.locator('#threshold').focus()
  await page.keyboard.press('Home')
  t.equal(await page.locator('.steps [data-removed]').count(), 0, 'nothing goes at 0')
  t.match(await page.locator('#threshold').getAttribute('aria-valuetext'), /^0, answers of the run/)
  await page.emulateMedia({ media: 'print' })
  t.equal(await page.locator('#next').isVisible(), false)
  await page.screenshot({ path: join(screenshots, 'print.png'), fullPage: true })
  t.strictSame(noise, [])
  await page.close()
})
