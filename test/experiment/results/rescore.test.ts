/** Decisions in the record, old results under a new checker, and answers for judges elsewhere. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  describeRun,
  type ExperimentOptions,
  exportedAnswers,
  type ProblemResult,
  ResultFolder,
  readResults,
  rescoreResult,
  rescoreResults,
  runExperiment,
  summarize,
} from '../../../dist/experiment/index.js'
import { build } from '../../support/fake-build.js'
import { fakeSession } from '../../support/fake-session.js'

const dataset = {
  name: 'three',
  path: null,
  problems: [
    { id: 'a', problem: 'first', answer: '1/2' },
    { id: 'b', problem: 'second', answer: '1/3', alternatives: ['0.5'] },
    { id: 'c', problem: 'third', answer: '12 pears' },
  ],
}

const answer = '\\boxed{\\frac{1}{2}}'

async function solve(changes: Partial<ExperimentOptions> = {}) {
  const session = fakeSession({ reply: () => `<think>one two three four</think>${answer}` })
  const options: ExperimentOptions = { session, dataset, thresholds: [0, 0.5], ...changes }
  const results: ProblemResult[] = []
  for await (const result of runExperiment(options)) results.push(result)
  return { options, results }
}

const folders = t.testdir({ model: 'weights' })

async function saved(
  folder: string,
  results: readonly ProblemResult[],
  options: ExperimentOptions,
) {
  const model = {
    thinking: null,
    chatTemplate: null,
    name: 'fake',
    path: join(folders, 'model'),
  }
  const run = await describeRun(options, { model, contextLength: 0, build })
  const written = await ResultFolder.open(folder, run)
  for (const result of results) await written.append(result)
  await written.finish(results)
  await written.close()
  return run
}

t.test('each row says what was found, how, and why it counts', async t => {
  const { results } = await solve()
  const rows = results.map(({ thresholds }) => thresholds[0])
  t.match(rows[0], {
    predicted: '\\frac{1}{2}',
    extraction: 'boxed',
    correct: true,
    decision: {
      verdict: 'equal',
      kind: 'fraction',
      by: 'same value',
      found: '1/2',
      expected: '1/2',
    },
  })
  t.match(
    rows[1],
    { correct: true, decision: { verdict: 'equal', expected: '1/2' } },
    'any of several',
  )
  t.match(results[1], { expected: '1/3', alternatives: ['0.5'] })
  t.match(rows[2], { correct: false, decision: { verdict: 'different' } })
  const { text, answer: place } = results[0]?.trace ?? {}
  t.equal(text?.slice(place?.start, place?.end), answer)
})

t.test('what is undecided counts as not right, and is counted', async t => {
  const pears = { id: 'c', problem: 'third', answer: '0.333' }
  const session = fakeSession({ reply: () => '<think>one two three four</think>\\boxed{1/3}' })
  const { results, options } = await solve({ session, dataset: { ...dataset, problems: [pears] } })
  t.match(results[0]?.thresholds[0], { correct: false, decision: { verdict: 'undecided' } })
  const run = await saved(join(t.testdir(), 'run'), results, options)
  const { thresholds } = summarize(results, run.context)
  t.match(thresholds[0], { correct: 0, total: 1, undecided: 1 })
})

t.test('rescore reads the same texts again, and keeps the lines from before', async t => {
  const { results, options } = await solve()
  const folder = join(t.testdir(), 'run')
  // as an earlier checker left them
  const old = results.map(result => ({
    ...result,
    thresholds: result.thresholds.map(({ decision: _, ...row }) => ({
      ...row,
      predicted: '1',
      correct: false,
    })),
  }))
  await saved(folder, old, options)
  const { rows, changed, results: now } = await rescoreResults(folder)
  t.equal(rows, 6)
  t.equal(changed.length, 6, 'all of them had another answer')
  t.match(changed[0], {
    id: 'a',
    before: { predicted: '1', correct: false },
    after: { predicted: '\\frac{1}{2}', correct: true, decision: { verdict: 'equal' } },
  })
  t.strictSame(now, results, 'as if they had been made today')
  t.strictSame((await readResults(folder)).results, results)
  const kept = readdirSync(folder).filter(name => /^results-.*\.jsonl$/.test(name))
  t.equal(kept.length, 1)
  t.strictSame(
    JSON.parse(readFileSync(join(folder, kept[0] ?? ''), 'utf8').split('\n')[0] ?? ''),
    old[0],
  )
  t.equal((await rescoreResults(folder)).changed.length, 0, 'a second time nothing changes')
})

t.test('results of another checker are not gone on with; the message says what to do', async t => {
  const { results, options } = await solve()
  const folder = join(t.testdir(), 'run')
  const run = await saved(folder, results, options)
  const { checker: _, ...key } = run.key
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...run, key }))
  const message = /judged by the checker undefined .* by 2: cot-prune rescore/
  await t.rejects(ResultFolder.open(folder, run, { resume: true }), {
    code: 'ERR_RESULTS',
    message,
  })
  await rescoreResults(folder)
  const again = await ResultFolder.open(folder, run, { resume: true })
  t.equal(again.finished.length, 3)
  await again.close()
})

t.test('rescore into another folder leaves the first as it was', async t => {
  const { results, options } = await solve()
  const [folder, out] = [join(t.testdir(), 'run'), join(t.testdir(), 'new')]
  await saved(folder, results, options)
  const before = readFileSync(join(folder, 'results.jsonl'), 'utf8')
  await rescoreResults(folder, out)
  t.equal(readFileSync(join(folder, 'results.jsonl'), 'utf8'), before)
  t.strictSame((await readResults(out)).results, results)
  await t.rejects(rescoreResults(t.testdir()), { code: 'ERR_RESULTS' })
})

t.test('the notebook judges as the notebook does', async t => {
  const { results, options } = await solve({ preset: 'notebook' })
  const folder = join(t.testdir(), 'run')
  const run = await saved(folder, results, options)
  t.equal(run.key.checker, undefined)
  t.equal(results[0]?.thresholds[0]?.decision, undefined)
  await t.rejects(rescoreResults(folder), { code: 'ERR_RESULTS', message: /notebook/ })
})

t.test('a thinking that went on and was cut has no answer, one that was closed has', async t => {
  const { results } = await solve()
  const [result] = results
  const [row] = result?.thresholds ?? []
  if (result === undefined || row === undefined) return t.fail('no result')
  const again = (output: string, finish: 'end' | 'length') => {
    const resumed = { tokens: 5, finish, lost: 0, again: 0 }
    const thresholds = [{ ...row, source: 'evaluation' as const, output, resumed }]
    return rescoreResult({ ...result, thresholds }, '</think>').thresholds[0]
  }
  t.match(again('so 7 </think> It is 0.5', 'end'), { predicted: '0.5', correct: true })
  t.match(again('so 7, and', 'length'), { predicted: null, extraction: 'none', correct: false })
  t.match(again('so it is 7', 'end'), { predicted: '7', correct: false })
})

t.test('answers for judges elsewhere: a line a row, with its text', async t => {
  const { results } = await solve()
  const lines = exportedAnswers(results)
  t.equal(lines.length, 6)
  t.match(lines[0], {
    id: 'a',
    expected: ['1/2'],
    text: answer,
    found: '\\frac{1}{2}',
    correct: true,
  })
  t.match(lines[2], { id: 'b', expected: ['1/3', '0.5'] })
  t.strictSame(JSON.parse(JSON.stringify(lines)), lines, 'plain data')
  const path = join(t.testdir(), 'answers.jsonl')
  writeFileSync(path, lines.map(line => JSON.stringify(line)).join('\n'))
  t.equal(readFileSync(path, 'utf8').split('\n').length, 6)
})
