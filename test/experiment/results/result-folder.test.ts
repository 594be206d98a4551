/** Results on disk: what is written, what a kill leaves, and what is refused. */

import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  describeRun,
  type ExperimentOptions,
  type FailedProblem,
  inOrder,
  mergeResults,
  type ProblemResult,
  ResultFolder,
  type RunFile,
  readResults,
  runExperiment,
  summarize,
} from '../../../dist/experiment/index.js'
import { firstDifference } from '../../../dist/experiment/results/run-key.js'
import { build } from '../../support/fake-build.js'
import { fakeSession } from '../../support/fake-session.js'

const dataset = {
  name: 'two',
  path: null,
  problems: [
    { id: 'a', problem: 'first', answer: '25' },
    { id: 'b', problem: 'second', answer: '3' },
    { id: 'c', problem: 'third', answer: '25' },
  ],
}

interface Made {
  readonly run: RunFile
  readonly results: readonly ProblemResult[]
}

const models = t.testdir({ model: 'weights', other: 'other weights' })

/** A run on a fake session. */
async function make(changes: Partial<ExperimentOptions> = {}, model = 'model'): Promise<Made> {
  const session = fakeSession({ reply: () => '<think>one two three four</think>\\boxed{25}' })
  const options = { session, dataset, ...changes }
  const source = {
    model: { thinking: null, chatTemplate: null, name: 'fake', path: join(models, model) },
    contextLength: 0,
    build,
  }
  const run = await describeRun(options, source)
  const results: ProblemResult[] = []
  for await (const result of runExperiment(options)) results.push(result)
  return { run, results }
}

async function save(
  folder: string,
  { run, results }: Made,
  failed: readonly FailedProblem[] = [],
): Promise<void> {
  const made = await ResultFolder.open(folder, run)
  for (const result of results) await made.append(result)
  await made.finish(results, failed)
  await made.close()
}

const linesOf = (folder: string) =>
  readFileSync(join(folder, 'results.jsonl'), 'utf8').split('\n').slice(0, -1)

t.test('a line is in the file when append resolves; an earlier run is moved aside', async t => {
  const { run, results } = await make()
  const folder = join(t.testdir(), 'new', 'folder')
  const first = await ResultFolder.open(folder, run)
  for (const [index, result] of results.entries()) {
    await first.append(result)
    t.strictSame(JSON.parse(linesOf(folder)[index] ?? ''), result)
  }
  await first.close()
  t.notOk(existsSync(join(folder, 'results.json')), 'an interrupted run has no summary')
  await (await ResultFolder.open(folder, run)).close()
  t.strictSame(linesOf(folder), [])
  t.equal(readdirSync(folder).filter(name => /^results-.*\.jsonl$/.test(name)).length, 1)
})

t.test('results.json holds the summary, and what it is of', async t => {
  const made = await make()
  const folder = t.testdir()
  await save(folder, made)
  t.match(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')), {
    version: 1,
    complete: true,
    run: made.run,
    summary: summarize(made.results, made.run.context),
  })
  const { date, failed, ...read } = await readResults(folder)
  t.strictSame(read, made)
  t.match({ date, failed }, { date: /^20/, failed: [] })
})

t.test('resume: half a line is cut off, whole ones are kept', async t => {
  const made = await make()
  const folder = t.testdir()
  await save(folder, { ...made, results: made.results.slice(0, 2) })
  const before = readFileSync(join(folder, 'results.jsonl'), 'utf8')
  appendFileSync(join(folder, 'results.jsonl'), '{"index":2,"pro')
  const resumed = await ResultFolder.open(folder, made.run, { resume: true })
  t.strictSame(resumed.finished, made.results.slice(0, 2))
  t.equal(readFileSync(join(folder, 'results.jsonl'), 'utf8'), before)
  for (const result of made.results.slice(2)) await resumed.append(result)
  await resumed.close()
  t.strictSame((await readResults(folder)).results, made.results)
})

t.test(
  'resume: an empty folder is a new run; results of nobody knows what are refused',
  async t => {
    const { run } = await make()
    const folder = t.testdir()
    await (await ResultFolder.open(folder, run, { resume: true })).close()
    t.strictSame((await readResults(folder)).results, [])
    const unknown = t.testdir({ 'results.jsonl': '{}\n' })
    await t.rejects(ResultFolder.open(unknown, run, { resume: true }), {
      code: 'ERR_RESULTS',
      message: /no run\.json says of what/,
    })
  },
)

t.test('resume: another model, data set or option is named, and nothing is changed', async t => {
  const made = await make()
  const folder = t.testdir()
  await save(folder, made)
  const before = readFileSync(join(folder, 'run.json'), 'utf8')
  const problems = dataset.problems.map(problem => ({ ...problem, answer: '1' }))
  const others: [Partial<ExperimentOptions>, RegExp, string?][] = [
    [{}, /: model is "[0-9a-f]{64}" there and "[0-9a-f]{64}" now/, 'other'],
    [{ dataset: { ...dataset, problems } }, /: dataset is /],
    [{ seed: 1 }, /: seed is 0 there and 1 now/],
    [{ samples: 2 }, /: samples is 1 there and 2 now/],
    [{ methods: ['random'] }, /: methods is \["attention"\] there and \["random"\] now/],
    [{ thresholds: [0.3] }, /: thresholds is /],
    [{ maxTokens: 9 }, /: preset\.maxTokens is \d+ there and 9 now/],
    [{ rule: 'ratio' }, /: preset\.rule is "threshold" there and "ratio" now/],
  ]
  for (const [changes, message, model] of others) {
    const { run } = await make(changes, model)
    const opened = ResultFolder.open(folder, run, { resume: true })
    await t.rejects(opened, { code: 'ERR_RESULTS', message })
  }
  t.equal(readFileSync(join(folder, 'run.json'), 'utf8'), before)
  t.strictSame((await readResults(folder)).results, made.results)
})

t.test('one process writes a folder; what a killed one left stops nobody', async t => {
  const { run, results } = await make()
  const folder = t.testdir()
  const first = await ResultFolder.open(folder, run)
  for (const resume of [false, true]) {
    await t.rejects(ResultFolder.open(folder, run, { resume }), {
      code: 'ERR_RESULTS',
      message: new RegExp(`is being written by process ${process.pid} on .* since 20`),
    })
  }
  for (const result of results) await first.append(result)
  t.strictSame((await readResults(folder)).results, results, 'who only reads, may')
  await first.close()
  t.notOk(existsSync(join(folder, '.lock')))
  writeFileSync(join(folder, '.lock'), `999999999 ${hostname()} x - 2026-01-01T00:00:00.000Z`)
  const next = await ResultFolder.open(folder, run, { resume: true })
  t.strictSame(next.finished, results)
  await next.close()
})

t.test('what is refused lets go of the folder; a foreign file is never overwritten', async t => {
  const { run } = await make()
  const foreign = {
    'run.json': '{"name":"mine"}',
    'results.jsonl': '{"a":1}',
    'results.json': '[]',
  }
  const folder = t.testdir(foreign)
  await t.rejects(ResultFolder.open(folder, run, { resume: true }), { code: 'ERR_RESULTS' })
  for (const [name, text] of Object.entries(foreign)) {
    t.equal(readFileSync(join(folder, name), 'utf8'), text)
  }
  await (await ResultFolder.open(folder, run)).close()
  const texts = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'))
  for (const text of Object.values(foreign)) t.ok(texts.includes(text), `${text} is there`)
})

t.test('an output that cannot be written is typed', async t => {
  const { run } = await make()
  const folder = t.testdir({ file: 'x', results: { 'results.jsonl': {} } })
  const refused = { code: 'ERR_RESULTS', message: /cannot be written/ }
  await t.rejects(ResultFolder.open(join(folder, 'file'), run), refused)
  await t.rejects(ResultFolder.open(join(folder, 'results'), run, { resume: true }), {
    code: 'ERR_RESULTS',
    message: /cannot read .*results\.jsonl/,
  })
  await t.rejects(ResultFolder.open(join(folder, 'file', 'below'), run), refused)
})

t.test('damaged files are named with the line', async t => {
  const made = await make()
  const folder = t.testdir()
  await save(folder, made)
  writeFileSync(join(folder, 'results.jsonl'), `${JSON.stringify(made.results[0])}\n{\n`)
  await t.rejects(readResults(folder), {
    code: 'ERR_RESULTS',
    message: /results\.jsonl:2 is damaged/,
  })
  const { index: _, ...nowhere } = made.results[0] ?? {}
  for (const [line, what] of [
    [JSON.stringify(nowhere), 'index must be an integer from 0. Received undefined'],
    ['null', 'it must be an object. Received null'],
    [JSON.stringify({ ...made.results[0], thresholds: [1] }), 'thresholds\\[0\\] must be'],
  ]) {
    writeFileSync(join(folder, 'results.jsonl'), `${JSON.stringify(made.results[0])}\n${line}\n`)
    const message = new RegExp(`results\\.jsonl:2 is damaged: ${what}`)
    await t.rejects(readResults(folder), { code: 'ERR_RESULTS', message })
    const opened = ResultFolder.open(folder, made.run, { resume: true })
    await t.rejects(opened, { code: 'ERR_RESULTS', message })
  }
  writeFileSync(join(folder, 'run.json'), '{"version":2}')
  await t.rejects(readResults(folder), { code: 'ERR_RESULTS', message: /not of this version/ })
  await t.rejects(readResults(join(folder, 'none')), { code: 'ERR_RESULTS', message: /is missing/ })
})

t.test('merge: the shards of one run, in order, each result once', async t => {
  const whole = await make()
  const folder = t.testdir()
  const at = (name: string) => join(folder, name)
  for (const index of [1, 2]) {
    const shard = await make({ shard: { index, count: 2 } })
    t.equal(shard.run.context.planned, shard.results.length)
    await save(at(String(index)), shard)
  }
  const merged = await mergeResults([at('2'), at('1'), at('2')], at('all'))
  const { run, results } = merged
  t.strictSame(
    results.map(({ id }) => id),
    whole.results.map(({ id }) => id),
  )
  t.strictSame(run, whole.run)
  t.strictSame(await readResults(at('all')), merged)
  await save(at('other'), await make({ seed: 9 }))
  await t.rejects(mergeResults([at('1'), at('other')], at('none')), {
    code: 'ERR_RESULTS',
    message: /seed is 0 there and 9 in .*other/,
  })
  t.notOk(existsSync(at('none')))
  await t.rejects(mergeResults([], at('none')), { code: 'ERR_RESULTS' })
})

t.test('merge: what a shard could not solve is named, unless another one could', async t => {
  const folder = t.testdir()
  const whole = await make()
  const failed = (index: number): FailedProblem => ({
    ...{ index, sample: 0, id: `${index}`, code: 'ERR_QUEUE', message: 'gone' },
    ...{ attempts: 3, worker: null },
  })
  await save(join(folder, '1'), { ...whole, results: whole.results.slice(0, 1) }, [
    failed(1),
    failed(2),
  ])
  await save(join(folder, '2'), { ...whole, results: whole.results.slice(1, 2) })
  const merged = await mergeResults([join(folder, '1'), join(folder, '2')], join(folder, 'all'))
  t.strictSame(merged.failed, [failed(2)])
  t.strictSame(await readResults(join(folder, 'all')), merged)
  const later = await ResultFolder.open(join(folder, 'all'), merged.run, { resume: true })
  for (const result of whole.results.slice(2, 3)) await later.append(result)
  await later.close()
  t.strictSame((await readResults(join(folder, 'all'))).failed, [], 'solved since')
  writeFileSync(join(folder, 'all', 'results.json'), '{"date":1}')
  await t.rejects(readResults(join(folder, 'all')), {
    code: 'ERR_RESULTS',
    message: /results\.json is damaged: date must be a string/,
  })
})

t.test('in order: by problem, then sample, the first of two', async t => {
  const { results } = await make({ samples: 2 })
  t.strictSame(inOrder([...results].reverse()), results)
  t.equal(inOrder([...results, ...results]).length, results.length)
})

t.test('the first difference of two values is named by its path', async t => {
  t.equal(firstDifference({ a: { b: [1] } }, { a: { b: [1] } }), null)
  t.equal(firstDifference({ a: 1, b: 2 }, { b: 2, a: 1 }), null, 'whatever the order of keys')
  t.strictSame(firstDifference({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }), {
    path: 'a.c',
    left: '2',
    right: '3',
  })
  t.match(firstDifference({ a: 1 }, {}), { path: 'a', left: '1', right: 'undefined' })
})
