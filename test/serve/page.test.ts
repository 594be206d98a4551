/** The page in a browser, end to end on the embedded model. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { prune, readTrace, type ScoredTrace } from '../../dist/index.js'
import { reasonerPath } from '../support/reasoner.js'
import { shoot } from '../support/screenshots.js'
import { openServer, problem } from '../support/serving.js'
import { tinyModel } from '../support/tiny-models.mjs'

const executablePath = process.env.COT_PRUNE_CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(executablePath)
  ? false
  : `no browser at ${executablePath}: apt-get install chromium, or set COT_PRUNE_CHROMIUM`
t.setTimeout(240_000)

const browser: Promise<Browser> = skip
  ? Promise.reject(new Error(skip))
  : chromium.launch({ executablePath, args: ['--no-sandbox'] })
browser.catch(() => {})
t.teardown(async () => (skip ? undefined : (await browser).close()))

interface Opened {
  readonly page: Page
  /** Everything that a quiet page does not do. */
  readonly noise: string[]
}

interface Look {
  readonly colorScheme?: 'dark' | 'light'
  readonly contextLength?: number
}

async function open(t: Test, { contextLength = 2048, ...look }: Look = {}): Promise<Opened> {
  const models = [
    { path: reasonerPath, id: 'embedded' },
    { path: tinyModel({ bias: { '<｜end▁of▁sentence｜>': -100 } }), id: 'endless' },
  ]
  const how = { token: 'secret', contextLength, threads: 2 }
  const server = await openServer(t, { models, ...how })
  const page = await (await browser).newPage({ viewport: { width: 1400, height: 1100 }, ...look })
  t.teardown(() => page.close())
  const noise: string[] = []
  page.on('console', message => noise.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => noise.push(String(error)))
  page.on('request', request => {
    if (!request.url().startsWith(server.apiUrl.replace('/v1', ''))) noise.push(request.url())
  })
  await page.goto(server.pageUrl ?? '')
  await page.waitForSelector('html[data-ready]')
  return { page, noise }
}

async function think(page: Page, text: string, maxTokens = 900): Promise<void> {
  await page.fill('#problem', text)
  await page.fill('#max-tokens', String(maxTokens))
  await page.click('#think')
}

/** Steps that are struck through, the reader's own eyes. */
const removed = (page: Page) =>
  page.$$eval('.steps [data-removed]', rows =>
    rows.map(row => Number(row.getAttribute('data-step'))),
  )

t.test('asked, watched, pruned, answered again, compared, saved', { skip }, async t => {
  const { page, noise } = await open(t)
  await think(page, problem(0))
  await page.waitForSelector('#arcs[data-steps]')
  await page.waitForSelector('#arcs[data-steps]:not([data-steps="1"])')
  t.ok((await page.locator('#arcs svg path').count()) > 0, 'arcs grow while it thinks')
  await page.waitForSelector('#result:not([hidden])', { timeout: 60_000 })
  t.match(await page.textContent('#thinking'), /I note[\s\S]*boxed/)
  const methods = await page.$$eval('#method option', options => options.map(o => o.textContent))
  t.strictSame(methods, ['step-graph', 'last-token', 'confidence', 'length', 'recency', 'random'])

  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')])
  const trace = JSON.parse(readFileSync(await download.path(), 'utf8')) as ScoredTrace
  readTrace(trace)
  for (const percent of [0, 30, 60, 90]) {
    await page.locator('#threshold').fill(String(percent))
    const expected = prune(trace, { threshold: percent / 100 }).removed
    t.strictSame(await removed(page), expected, `what prune removes at ${percent}`)
  }
  await page.locator('#threshold').fill('40')
  await page.click('#again')
  await page.waitForSelector('#answers tbody tr')
  t.equal(await page.locator('#answers tbody tr').count(), 1)
  t.match(await page.textContent('#answers tbody'), /step-graph0\.4/)
  await page.click('#compare')
  await page.locator('#answers tbody tr').nth(5).waitFor()
  const tokens = await page.$$eval('#answers tbody tr', rows =>
    rows.map(row => Number(row.querySelectorAll('td')[2]?.textContent)),
  )
  t.ok(Math.max(...tokens) - Math.min(...tokens) <= 1, 'as many tokens each')
  await page.selectOption('#method', 'recency')
  t.match(await page.textContent('#threshold-help'), /as many tokens/)

  await shoot(page, 'serve')
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  // the page's own policy forbids scripts of others: axe comes by the debugger
  const results = await page.evaluate(`${readFileSync(axe, 'utf8')}; axe.run()`)
  const { violations } = results as {
    readonly violations: readonly { readonly id: string; readonly impact: string }[]
  }
  t.strictSame(
    violations.filter(({ impact }) => impact !== 'minor').map(({ id }) => id),
    [],
  )
  t.strictSame(noise, [])
})

t.test('stopped, and asked again; what is wrong is said', { skip }, async t => {
  const { page } = await open(t, { colorScheme: 'dark', contextLength: 32_768 })
  await page.selectOption('#model', 'endless')
  // half a minute of it: a browser that is kept waiting still finds it thinking
  await think(page, problem(1), 30_000)
  await page.locator('#thinking', { hasText: /\S/ }).waitFor()
  await page.click('#stop')
  await page.locator('#status', { hasText: 'Stopped.' }).waitFor()
  await page.selectOption('#model', 'embedded')
  await think(page, 'word '.repeat(33_000))
  await page.waitForSelector('#status[data-error]')
  t.match(await page.textContent('#status'), /tokens/)
  await think(page, `<img src=x onerror="document.title = 'pwned'"> ${problem(2)}`)
  await page.waitForSelector('#result:not([hidden])', { timeout: 60_000 })
  t.not(await page.title(), 'pwned')
})

t.test('without the token there is no page, and nobody frames it', async t => {
  const server = await openServer(t, { token: 'secret' })
  const base = server.apiUrl.replace('/v1', '')
  t.equal((await fetch(`${base}/`)).status, 401)
  t.equal((await fetch(`${base}/?token=other`)).status, 401)
  const page = await fetch(server.pageUrl ?? '')
  t.equal(page.status, 200)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
  t.equal(page.headers.get('referrer-policy'), 'no-referrer')
  t.equal((await fetch(`${base}/page/solve?token=secret`, { method: 'POST' })).status, 401)
  const none = await openServer(t, { page: false })
  t.equal(none.pageUrl, null)
  t.equal((await fetch(none.apiUrl.replace('/v1', '/'))).status, 404)
})
