/** Studies in one table, and one study as a report: planted numbers are where they belong, and what differs is told. */

import t from 'tap'
import { type StudyFile, studyRow } from '../../dist/experiment/index.js'
import {
  durationText,
  renderEstimate,
  renderResumeCurve,
  renderStudies,
  renderStudy,
  renderStudyPart,
} from '../../dist/report/index.js'
import { fakeStudy, fullParts, resumed } from '../support/fake-study.js'

const full = (name: string, changes: Partial<StudyFile> = {}) =>
  fakeStudy(name, { parts: fullParts, ...changes })

/** The cells of the row that begins with a name. */
const cells = (table: string, name: string): string[] =>
  (table.split('\n').find(line => line.startsWith(`│ ${name}`)) ?? '')
    .split('│')
    .slice(1, -1)
    .map(cell => cell.trim())

t.test('a row has each number once, and of sum and mean the better one', async t => {
  const row = studyRow(full('one'))
  t.match(row.auc, {
    'step graph': { mean: 0.91 },
    'think-clearly': { mean: 0.6 },
    'last-token': { mean: 0.53 },
    random: { mean: 0.5 },
  })
  t.match(row.resumed, [
    {
      threshold: 0.3,
      stepGraph: { correct: 6, total: 8 },
      recency: { correct: 5 },
      random: { correct: 4 },
    },
    { threshold: 0.5, stepGraph: { correct: 5 }, random: { correct: 3 } },
  ])
  t.strictSame(cells(await renderStudies([full('one')]), 'one'), [
    ...['one', '0.91', '0.60', '0.57', '0.53', '0.50', '0.51', '0.52', '-', '97 / 72'],
    ...['6/8', '7/8', '6 / 5 / 4', '5 / 1 / 3', '2/8', '1/8'],
  ])
})

t.test('missing parts are dashes and told, skipped ones say why', async t => {
  const skipped = { skipped: 'The model solved none of 8 problems.', data: null, seconds: 0 }
  const poor = fakeStudy('poor', {
    asked: ['labels', 'answers', 'resume'],
    parts: { answers: skipped, resume: skipped },
  })
  const table = await renderStudies([full('rich'), poor])
  t.strictSame(
    cells(table, 'poor').slice(1),
    Array.from({ length: 15 }, () => '-'),
  )
  t.match(table, /poor, without answers, resume: The model solved none of 8 problems\./)
  t.match(table, /poor is not finished: labels\./)
  t.notMatch(table, /rich is not finished/)
})

t.test('different versions and problems, and a model that is there twice, are told', async t => {
  const one = full('one')
  const key = {
    ...one.key,
    cotPrune: { ...one.key.cotPrune, version: '2.0.0' },
    dataset: { ...one.key.dataset, sha256: 'd2' },
  }
  const table = await renderStudies([one, full('two', { key }), one], ['a.json', 'b', 'c.json'])
  t.match(
    table,
    /Of different versions: one \(a\.json\), one \(c\.json\): cot-prune 1\.0\.0, llama\.cpp abcdef1, patch 0123456; two: cot-prune 2\.0\.0/,
  )
  t.match(table, /Of different problems: .*sha256 d1.*sha256 d2/)
  t.match(table, /The same model file: one \(a\.json\), one \(c\.json\)\./)
  t.notMatch(table, /different lengths|different labelled/)
  t.notMatch(await renderStudies([one]), /Of different|The same model/)
})

t.test('the curve: a row a method, the earliest cut first, leaks said', async t => {
  const table = await renderResumeCurve([
    { cut: 'before-answer', summary: resumed([6, 5]) },
    { cut: { share: 0.9 }, summary: { ...resumed([5, 4]), leaking: ['p1', 'p2'] } },
    { cut: { share: 0.3 }, summary: resumed([1, 0]) },
  ])
  t.match(table, /at 30 % .* at 90 % .* before answer/)
  t.strictSame(cells(table, 'step-graph 0.3'), ['step-graph 0.3', '1/8, 30', '5/8, 30', '6/8, 30'])
  t.strictSame(cells(table, 'unpruned'), ['unpruned', '7/8, 0', '7/8, 0', '7/8, 0'])
  t.strictSame(cells(table, 'nothing kept').length, 4)
  t.notMatch(table, /random 0 /, 'unpruned, all methods are one')
  t.match(table, /stated before the cut: at 90 % in 2\./)
})

t.test('the report has each part under its title, and what it was made with', async t => {
  const study = full('one', {
    asked: ['labels', 'traces', 'resume', 'answers', 'in-flight'],
    parts: { ...fullParts, answers: { skipped: 'Nobody knows.', data: null, seconds: 0 } },
  })
  const text = await renderStudy(study)
  t.match(text, /^# one\n\nqwen2, 1 million parameters, Q4_0; 4 labelled traces, 8 problems/)
  t.match(text, /It thinks between `<think>` and `<\/think>`\./)
  t.match(text, /## Problems, solved once\n\n```\n8 problems, 6 of 8 right; 90 tokens each/)
  t.match(text, /In a loop at the end: 1 of 8\./)
  t.match(text, /## Answers at equal kept tokens\n\nSkipped: Nobody knows\./)
  t.match(text, /## Pruned while it thinks\n\nNot finished\./)
  t.match(text, /patch sha256 `0123456789`/)
  t.equal((text.match(/^```$/gm) ?? []).length % 2, 0, 'every fence is closed')
  const mute = full('mute', { model: { ...study.model, thinking: null } })
  t.match(await renderStudy(mute), /No thinking format was found/)
  t.match(await renderStudies([mute]), /no thinking format was found/)
  t.equal(await renderStudyPart(study, 'own'), null)
})

t.test('times have as many digits as an estimate has', async t => {
  t.strictSame([0.2, 89, 200, 9000, Number.NaN].map(durationText), [
    '1 s',
    '89 s',
    '3 min',
    '2.5 h',
    'unknown',
  ])
  const text = renderEstimate({
    parts: [{ name: 'labels', seconds: 30 }],
    seconds: 30,
    traceTokens: 100,
    from: 'limit',
  })
  t.match(text, /^labels {2}30 s\nin all {2}30 s\n.*traces of 100 tokens \(the most/)
})
