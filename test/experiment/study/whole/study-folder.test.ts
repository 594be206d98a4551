/** A study on disk: what is finished survives, other studies are refused by name, and damage is told with its place. */

import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  parseStudy,
  readStudy,
  type SolvedProblem,
  StudyFolder,
  studyJson,
} from '../../../../dist/experiment/index.js'
import { fakeTrace } from '../../../support/fake-session.js'
import { fakeStudy, fullParts, separation } from '../../../support/fake-study.js'

const solved = (id: string): SolvedProblem => ({
  id,
  correct: true,
  end: 'closed',
  trace: fakeTrace('problem', '<think>one</think>\\boxed{1}'),
})

const labels = {
  name: 'labels',
  record: { skipped: null, data: [separation('random', 0.5)], seconds: 2 },
} as const

t.test('parts and traces are there after a kill, half a line is not', async t => {
  const folder = join(t.testdir(), 'out')
  const study = fakeStudy('one')
  const first = await StudyFolder.open(folder, study)
  t.strictSame(first.solved, [])
  await first.addSolved(solved('a'))
  await first.add(labels)
  await first.close()
  appendFileSync(join(folder, 'traces.jsonl'), '{"id":"b","tra')
  const second = await StudyFolder.open(folder, study, { resume: true })
  t.strictSame(
    second.solved.map(({ id }) => id),
    ['a'],
  )
  t.match(second.study.parts.labels, { seconds: 2, data: [{ score: 'random' }] })
  const [row] = second.study.parts.labels?.data ?? []
  t.ok(Number.isNaN(row?.auc?.halfWidth), 'NaN comes back as it was')
  await second.addSolved(solved('b'))
  await second.report('# report')
  await second.close()
  const lines = readFileSync(join(folder, 'traces.jsonl'), 'utf8').trimEnd().split('\n')
  t.strictSame(
    lines.map(line => JSON.parse(line).id),
    ['a', 'b'],
  )
  t.equal(readFileSync(join(folder, 'report.md'), 'utf8'), '# report')
})

t.test('without resume an earlier study is moved aside, never overwritten', async t => {
  const folder = t.testdir()
  const first = await StudyFolder.open(folder, fakeStudy('one'))
  await first.add(labels)
  await first.close()
  const second = await StudyFolder.open(folder, fakeStudy('one'))
  await second.close()
  t.strictSame((await readStudy(folder)).parts, {})
  const aside = readdirSync(folder).find(name => /^study-\d{4}.*\.json$/.test(name)) ?? ''
  t.match((await readStudy(join(folder, aside))).parts, { labels: { seconds: 2 } })
})

t.test('another model, data set, option or version is refused and named', async t => {
  const folder = t.testdir()
  const study = fakeStudy('one')
  await (await StudyFolder.open(folder, study)).close()
  const { key } = study
  const refused = async (changed: Partial<typeof key>, message: RegExp) => {
    const other = { ...study, key: { ...key, ...changed } }
    await t.rejects(StudyFolder.open(folder, other, { resume: true }), {
      code: 'ERR_RESULTS',
      message,
    })
  }
  await refused({ model: 'other' }, /another study: model is "sha of one" there and "other" now/)
  await refused({ dataset: { ...key.dataset, sha256: 'x' } }, /dataset\.sha256 is "d1" there/)
  await refused({ maxTokens: 5 }, /maxTokens is 100 there and 5 now/)
  await refused({ cotPrune: { ...key.cotPrune, patch: 'x' } }, /cotPrune\.patch is/)
  // the machine, and what else is asked for, are none of the key
  const first = await StudyFolder.open(folder, study, { resume: true })
  await first.add(labels)
  await first.close()
  const moved = { ...study, machine: { ...study.machine, threads: 7 }, asked: ['own'] } as const
  const second = await StudyFolder.open(folder, moved, { resume: true })
  t.strictSame(second.study.asked, ['labels', 'own'], 'what is there stays in the report')
  await second.close()
})

t.test('damaged and foreign files are named with the fault', async t => {
  const folder = t.testdir()
  const path = join(folder, 'study.json')
  const whole = { ...fakeStudy('one'), parts: fullParts }
  const fails = async (text: string, message: RegExp) => {
    writeFileSync(path, text)
    await t.rejects(readStudy(path), { code: 'ERR_RESULTS', message })
  }
  await t.rejects(readStudy(join(folder, 'none.json')), {
    code: 'ERR_RESULTS',
    message: /there is no .*none\.json; cot-prune study --out writes one/,
  })
  await fails('{"version":1,', /study\.json is damaged: it is not valid JSON/)
  await fails('[]', /study\.json is no study of cot-prune/)
  await fails('null', /is no study of cot-prune/)
  await fails('{"version":1,"key":{},"summary":{}}', /is no study of cot-prune/)
  await fails(studyJson(whole).replace('"version": 1', '"version": 2'), /study of version 2/)
  const text = studyJson(whole)
  await fails(
    text.replace('"mean": 0.5,', '"mean": "half",'),
    /parts\.labels\.data\[0\]\.auc\.mean/,
  )
  await fails(text.replace('"looping": 1', '"looping": -1'), /parts\.traces\.data\.looping must be/)
  await fails(text.replace('"cut": "before-answer"', '"cut": "later"'), /resume\.data\[0\]\.cut/)
  const { labels: _, ...parts } = fullParts
  writeFileSync(path, studyJson({ ...whole, parts }))
  t.equal((await readStudy(folder)).parts.labels, undefined, 'a part may be missing')
  t.strictSame(parseStudy(text, path).parts, fullParts, 'what is written is what is read')
})

t.test('a damaged trace is named with its line, and nothing is written over', async t => {
  const folder = t.testdir()
  const study = fakeStudy('one')
  const open = await StudyFolder.open(folder, study)
  await open.addSolved(solved('a'))
  await open.close()
  appendFileSync(join(folder, 'traces.jsonl'), '{"id":"b"}\n')
  await t.rejects(StudyFolder.open(folder, study, { resume: true }), {
    code: 'ERR_RESULTS',
    message: /traces\.jsonl:2 is damaged: correct must be a boolean or null/,
  })
  t.ok(existsSync(join(folder, 'study.json')))
})

t.test('one process writes a study; traces of nobody knows what are refused', async t => {
  const folder = t.testdir()
  const study = fakeStudy('one')
  const first = await StudyFolder.open(folder, study)
  await t.rejects(StudyFolder.open(folder, study, { resume: true }), {
    code: 'ERR_RESULTS',
    message: new RegExp(`is being written by process ${process.pid} on `),
  })
  await first.close()
  await (await StudyFolder.open(folder, study, { resume: true })).close()
  const unknown = t.testdir({ 'traces.jsonl': `${JSON.stringify(solved('a'))}\n` })
  await t.rejects(StudyFolder.open(unknown, study, { resume: true }), {
    code: 'ERR_RESULTS',
    message: /traces\.jsonl has traces, but no study\.json says of what/,
  })
})
