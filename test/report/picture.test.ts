/** The report of a real run, as people see it: the picture in docs/report.md. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import t from 'tap'
import {
  type ExperimentOptions,
  findHeadProfile,
  openDataset,
  type ProblemResult,
  runExperiment,
  summarize,
  summaryContext,
} from '../../dist/experiment/index.js'
import { loadModel } from '../../dist/index.js'
import { html } from '../../dist/report/index.js'
import { reasonerPath } from '../support/reasoner.js'
import { shoot } from '../support/screenshots.js'

t.setTimeout(300_000)

const executablePath = process.env.COT_PRUNE_CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(executablePath)
  ? false
  : `no browser at ${executablePath}: apt-get install chromium`

t.test('a problem of a real run, with its bars and arcs', { skip }, async t => {
  const model = await loadModel(reasonerPath)
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 4096, threads: 1 })
  const heads = await findHeadProfile(reasonerPath)
  if (heads === null) throw new Error('no heads')
  const options = {
    session,
    dataset: await openDataset('embedded'),
    methods: ['step-graph', 'last-token', 'recency'],
    heads,
    limit: 5,
    thresholds: [0.3, 0.5],
    evaluation: 'resume',
    pictures: true,
  } as const satisfies ExperimentOptions
  const results: ProblemResult[] = []
  for await (const result of runExperiment(options)) results.push(result)
  const path = join(t.testdir(), 'report.html')
  writeFileSync(path, html(results, summarize(results, summaryContext(options)), {}))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1300, height: 860 } })
  await page.goto(`${pathToFileURL(path).href}#problem-2`)
  await page.waitForSelector('html[data-ready]')
  await page.getByRole('button', { name: '0.5', exact: true }).click()
  await page.locator('#detail').evaluate(detail => detail.scrollIntoView())
  t.ok((await page.locator('.arcs .look').count()) > 3)
  t.ok((await page.locator('.steps [data-removed]').count()) > 0)
  await shoot(page, 'report')
})
