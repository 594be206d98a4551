/** The report of a folder: its files, what damages it, and how it goes without the optional packages. */

import { execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { describeRun, ResultFolder } from '../../dist/experiment/index.js'
import { buildInfo } from '../../dist/index.js'
import { writeReport } from '../../dist/report/index.js'
import { dataset } from '../support/fake-experiment.js'
import { fakeResults } from '../support/fake-results.js'
import { fakeSession } from '../support/fake-session.js'

const run = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')

/** A folder as `run --out` leaves it. */
async function folderOf(parent: string, drawn = false): Promise<string> {
  const results = fakeResults({
    pictures: drawn,
    problems: 3,
    steps: 5,
    textOf: (p, s) => `Step ${s} of ${p}, words.`,
  })
  const model = join(parent, 'model.gguf')
  writeFileSync(model, 'weights')
  const options = {
    session: fakeSession({ reply: () => '' }),
    dataset: dataset({}, {}, {}),
    thresholds: [0.3, 0.5],
  }
  const described = await describeRun(options, {
    model: { name: 'fake-model', path: model, chatTemplate: null, thinking: null },
    contextLength: undefined,
    build: buildInfo(),
    command: "cot-prune run --out 'a b'",
    machine: 'a machine',
  })
  const path = join(parent, 'results')
  const folder = await ResultFolder.open(path, described)
  for (const result of results) await folder.append(result)
  await folder.finish(results)
  await folder.close()
  return path
}

const pictures = ['importance', 'tradeoff']

t.test('the page, and each picture as specification, SVG and PNG', async t => {
  const folder = await folderOf(t.testdir())
  const { path, files, missing } = await writeReport(folder)
  t.equal(path, join(folder, 'report.html'))
  // a machine without fonts has no PNG, and says so
  const forms = missing.length === 0 ? ['vl.json', 'svg', 'png'] : ['vl.json', 'svg']
  const expected = pictures.flatMap(name => forms.map(form => join(folder, `${name}.${form}`)))
  t.strictSame([...files].sort(), [path, ...expected].sort())
  const spec = JSON.parse(readFileSync(join(folder, 'tradeoff.vl.json'), 'utf8'))
  t.match(spec.$schema, 'vega-lite')
  const page = readFileSync(path, 'utf8')
  const { run: described } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))
  for (const fact of [described.key.model, described.key.dataset, described.build.llamaCommit]) {
    t.match(page, fact)
  }
  t.match(page, described.build.patchSha256)
  t.match(page, 'cot-prune run --out &#39;a b&#39;')
  t.match(page, 'a machine')
  t.match(page, /fake-model<\/bdi> on /)
  const before = readFileSync(path, 'utf8')
  await writeReport(folder)
  t.equal(readFileSync(path, 'utf8'), before, 'the same results make the same page')
  t.notOk(readdirSync(folder).some(name => name.endsWith('.new')))
})

t.test('arcs and layers of the first trace, where the run kept them', async t => {
  const parent = t.testdir({ plain: {} })
  const folder = await folderOf(parent, true)
  const { path, files, missing } = await writeReport(folder)
  t.ok(files.includes(join(folder, 'step-graph.svg')))
  t.ok(files.includes(join(folder, 'heatmap.vl.json')))
  if (missing.length === 0) t.ok(files.includes(join(folder, 'heatmap.png')))
  t.match(readFileSync(join(folder, 'step-graph.svg'), 'utf8'), /Step 4 of 0, words/)
  const heat = JSON.parse(readFileSync(join(folder, 'heatmap.vl.json'), 'utf8'))
  t.equal(heat.data.values.length, 3 * 5)
  const page = readFileSync(path, 'utf8')
  t.match(page, 'Which step looks at which')
  t.notMatch(page, 'Pictures that are not here')
  const plain = await writeReport(await folderOf(join(parent, 'plain')))
  t.match(readFileSync(plain.path, 'utf8'), 'Pictures that are not here')
})

t.test('a folder without results, and a damaged line, are named', async t => {
  const parent = t.testdir()
  mkdirSync(join(parent, 'empty'))
  await t.rejects(writeReport(join(parent, 'empty')), {
    code: 'ERR_RESULTS',
    message: /run\.json is missing: this is no folder of results/,
  })
  const folder = await folderOf(parent)
  const lines = join(folder, 'results.jsonl')
  const whole = readFileSync(lines)
  appendFileSync(lines, '{"version":1,"index":3}\n')
  await t.rejects(writeReport(folder), {
    code: 'ERR_RESULTS',
    message: /results\.jsonl:4 is damaged: sample must be an integer/,
  })
  writeFileSync(lines, whole)
  appendFileSync(lines, 'null\n')
  await t.rejects(writeReport(folder), {
    code: 'ERR_RESULTS',
    message: /jsonl:4 is damaged: it must be an object/,
  })
  writeFileSync(lines, whole)
  appendFileSync(lines, '{"version":\n')
  await t.rejects(writeReport(folder), { code: 'ERR_RESULTS', message: /jsonl:4 is damaged/ })
  writeFileSync(lines, whole)
  appendFileSync(lines, '{"version":')
  t.match(await writeReport(folder), { path: String }, 'the end of a killed process is no line')
})

/** Resolves none of the optional packages, as where they were not installed. */
const hook = `import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent(\`
  export function resolve(name, context, next) {
    if (/^(vega|vega-lite|@resvg\\\\/resvg-js)$/.test(name)) {
      throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' })
    }
    return next(name, context)
  }\`))`

t.test('without the optional packages the page comes, and both say what to install', async t => {
  const parent = t.testdir()
  const folder = await folderOf(parent)
  const without = join(parent, 'without.mjs')
  writeFileSync(without, hook)
  const { stdout, stderr } = await run(process.execPath, [
    '--import',
    without,
    cli,
    'report',
    folder,
  ])
  t.equal(stdout, `${join(folder, 'report.html')}\n`)
  t.match(stderr, /lacks pictures: .*vega.*npm install vega vega-lite @resvg\/resvg-js/)
  t.notOk(readdirSync(folder).includes('tradeoff.svg'))
  t.match(readFileSync(join(folder, 'report.html'), 'utf8'), 'npm install vega vega-lite')
})

t.test('cot-prune report: the path on stdout, and exit codes', async t => {
  const folder = await folderOf(t.testdir())
  const { stdout } = await run(process.execPath, [cli, 'report', folder, '--quiet'])
  t.equal(stdout, `${join(folder, 'report.html')}\n`)
  await t.rejects(run(process.execPath, [cli, 'report', join(folder, 'nowhere')]), {
    code: 1,
    stderr: /ERR_RESULTS .*run\.json is missing/,
  })
  await t.rejects(run(process.execPath, [cli, 'report']), { code: 2 })
})
