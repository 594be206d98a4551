/** Files: what is written, what a kill leaves, shards and their merge, and what is refused. */

import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  type CompressFileOptions,
  type CompressTotals,
  compressFile,
  isCompressed,
  mergeCompressed,
} from '../../../../dist/experiment/index.js'
import { build } from '../../../support/fake-build.js'
import { fakeCompressSession } from '../../../support/fake-compress.mjs'

const thinking = (i: number) => [5, 1, 9, 3].map(n => `Step ${n} of row ${i} with é.`).join('\n\n')

/** Chats, fields, blank and broken lines, one without a line break at the end. */
const lines = Array.from({ length: 40 }, (_, i) => {
  if (i % 11 === 3) return '{"broken'
  if (i % 13 === 4) return i === 4 ? '' : '{"problem":"Why?","answer":"7"}\r'
  return i % 2 === 0
    ? JSON.stringify({ i, problem: 'Why?', thinking: thinking(i), answer: 'It is 7.' })
    : JSON.stringify({ messages: [{ role: 'assistant', reasoning: thinking(i), content: '7' }], i })
})

const folder = t.testdir({ 'in.jsonl': lines.join('\n'), model: 'weights', other: 'other' })
const at = (name: string) => join(folder, name)
const textOf = (name: string) => readFileSync(at(name), 'utf8')
const runOf = (name: string) => JSON.parse(textOf(`${name}.run.json`))

function compress(
  out: string,
  changes: Partial<CompressFileOptions> = {},
): Promise<CompressTotals> {
  return compressFile({
    input: at('in.jsonl'),
    out: at(out),
    session: fakeCompressSession({ evaluate: () => '7' }),
    source: {
      model: { thinking: null, chatTemplate: null, name: 'fake', path: at('model') },
      contextLength: undefined,
      build,
    },
    ...changes,
  })
}

t.test('a line for each line, faults named, totals summed', async t => {
  const totals = await compress('whole', { check: 5 })
  const rows = textOf('whole').split('\n')
  t.equal(rows.pop(), '', 'the last line has its line break')
  t.equal(rows.length, lines.length)
  const report = textOf('whole.report.jsonl')
    .trim()
    .split('\n')
    .map(text => JSON.parse(text))
  t.strictSame(
    report.map(({ line, reason }) => [line, reason]),
    [
      [4, 'json'],
      [15, 'json'],
      [18, 'no-thinking'],
      [26, 'json'],
      [31, 'no-thinking'],
      [37, 'json'],
    ],
  )
  for (const { line } of report)
    t.equal(rows[line - 1], lines[line - 1], `line ${line} is as it was`)
  t.equal(rows[4], '', 'a blank line stays one')
  t.match(totals, { rows: 39, pruned: 33, unchanged: 0, failed: { json: 4, 'no-thinking': 2 } })
  t.match(totals, {
    turns: 33,
    steps: 132,
    removedSteps: 33,
    checked: { whole: totals.checked.asked },
  })
  t.ok(totals.checked.asked >= 3 && totals.checked.asked <= 5)
  t.match(runOf('whole'), { kind: 'compress', complete: true, planned: 40, totals: { rows: 39 } })
})

/** As a kill leaves it: an earlier state, and bytes that came behind it. */
async function interrupted(out: string, rows: number): Promise<void> {
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => done === rows && stop.abort()
  await t.rejects(compress(out, { check: 5, signal: stop.signal, onProgress }))
  writeFileSync(at(out), '{"half a li', { flag: 'a' })
  writeFileSync(at(`${out}.report.jsonl`), '{"line"', { flag: 'a' })
}

t.test('killed twice and resumed: the bytes of an undisturbed run', async t => {
  await interrupted('killed', 9)
  t.match(runOf('killed'), { complete: false, progress: { lines: 9 } })
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => done === 21 && stop.abort()
  await t.rejects(compress('killed', { check: 5, resume: true, signal: stop.signal, onProgress }))
  const totals = await compress('killed', { check: 5, resume: true })
  t.equal(textOf('killed'), textOf('whole'))
  t.equal(textOf('killed.report.jsonl'), textOf('whole.report.jsonl'))
  const { millis: _, ...sums } = totals
  const { millis: __, ...expected } = runOf('whole').totals
  t.strictSame(sums, expected)
  await compress('killed', {
    check: 5,
    resume: true,
    session: fakeCompressSession({ fail: () => 'asked' }),
  })
  t.equal(textOf('killed'), textOf('whole'), 'what is finished is not done again')
})

t.test('another run is refused, and so is a file that is there', async t => {
  await interrupted('mine', 6)
  const before = textOf('mine')
  await t.rejects(compress('mine', { check: 5 }), {
    code: 'ERR_RESULTS',
    message: /mine is there already; --resume goes on with it/,
  })
  writeFileSync(at('in2.jsonl'), `${lines.join('\n')}\n`)
  const { source } = {
    source: {
      model: { thinking: null, chatTemplate: null, name: '', path: at('other') },
      contextLength: undefined,
      build,
    },
  }
  const changes: readonly (readonly [string, Partial<CompressFileOptions>])[] = [
    ['rule', { rule: { ratio: 0.3 } }],
    ['method', { method: 'recency' }],
    ['check', { check: 4 }],
    ['seed', { seed: 1 }],
    ['limit', { limit: 39 }],
    ['shard', { shard: { index: 1, count: 2 } }],
    ['onError', { onError: 'skip' }],
    ['protect', { protect: { last: 1 } }],
    ['segmenting', { segmenting: { splitter: 'line' } }],
    ['system', { ask: { system: 'Be brief.' } }],
    ['input', { input: at('in2.jsonl') }],
    ['model', { source }],
  ]
  for (const [name, change] of changes) {
    await t.rejects(compress('mine', { check: 5, resume: true, ...change }), {
      code: 'ERR_RESULTS',
      message: new RegExp(`of another run: ${name}`),
    })
  }
  t.equal(textOf('mine'), before, 'nothing was written')
  writeFileSync(at('mine'), 'x')
  await t.rejects(compress('mine', { check: 5, resume: true }), { message: /it was changed/ })
  await t.rejects(compress('whole.run.json', { resume: true }), { code: 'ERR_RESULTS' })
})

t.test(
  'shards, merged in any order, are the whole; a missing or unfinished one is refused',
  async t => {
    const outs = ['s1', 's2', 's3']
    for (const [i, out] of outs.entries()) {
      await compress(out, { check: 5, shard: { index: i + 1, count: 3 } })
    }
    const [a = '', b = '', c = ''] = outs.map(at)
    t.ok(await isCompressed(a))
    t.notOk(await isCompressed(at('in.jsonl')))
    const totals = await mergeCompressed([c, a, b], at('merged'))
    t.equal(textOf('merged'), textOf('whole'))
    t.equal(textOf('merged.report.jsonl'), textOf('whole.report.jsonl'))
    t.equal(totals.rows, 39)
    await t.rejects(mergeCompressed([a, b], at('m2')), { message: /all 3 shards are needed/ })
    await t.rejects(mergeCompressed([a, b, b], at('m2')), { message: /all 3 shards are needed/ })
    await t.rejects(mergeCompressed([a, b, c], at('merged')), { message: /is there already/ })
    await t.rejects(mergeCompressed([at('in.jsonl')], at('m2')), {
      message: /was not written by compress/,
    })
    await interrupted('part', 6)
    await t.rejects(mergeCompressed([at('part')], at('m2')), {
      message: /is not finished: 6 of 40/,
    })
    t.notOk(existsSync(at('m2')))
  },
)

t.test('more shards than lines, a limit, an empty input', async t => {
  writeFileSync(at('two.jsonl'), `${lines[0]}\n${lines[1]}`)
  const input = at('two.jsonl')
  for (const index of [1, 2, 3]) await compress(`t${index}`, { input, shard: { index, count: 3 } })
  await mergeCompressed(
    [1, 2, 3].map(i => at(`t${i}`)),
    at('two'),
  )
  t.equal(textOf('two').trim().split('\n').length, 2)
  await compress('first', { limit: 3 })
  t.equal(
    textOf('first'),
    `${textOf('whole')
      .split('\n')
      .slice(0, 3)
      .map(line => line.replace(/,"check":\{[^}]*\}/, ''))
      .join('\n')}\n`,
  )
  writeFileSync(at('empty.jsonl'), '')
  t.match(await compress('none', { input: at('empty.jsonl') }), { rows: 0 })
  t.match(runOf('none'), { complete: true })
})

t.test('what stops it names the line', async t => {
  await t.rejects(compress('stop', { onError: 'stop' }), {
    code: 'ERR_DATASET',
    message: /in\.jsonl:4: the line is not valid JSON/,
  })
  t.equal(textOf('stop').split('\n').length, 4, 'what was before is there')
  await t.rejects(compress('gone', { input: at('nothing') }), {
    code: 'ERR_DATASET',
    message: /cannot read .*nothing/,
  })
  await t.rejects(compress('no/such/folder'), { code: 'ERR_RESULTS', message: /cannot be written/ })
  await t.rejects(compress('in.jsonl'), { message: /another file than the input/ })
  for (const shard of [
    { index: 0, count: 2 },
    { index: 3, count: 2 },
    { index: 1, count: Number.NaN },
  ]) {
    await t.rejects(compress('wrong', { shard }), { message: /options\.shard\.(index|count)/ })
  }
  await t.rejects(compress('wrong', { rule: { ratio: 2 } }), { message: /options\.rule\.ratio/ })
  t.notOk(existsSync(at('wrong')), 'a wrong option leaves no file')
})

t.test(
  'a full disk names the line, and says how to go on',
  { skip: !existsSync('/dev/full') },
  async t => {
    symlinkSync('/dev/full', at('full'))
    await t.rejects(compress('full'), {
      code: 'ERR_DISK_FULL',
      message:
        /full cannot be written at line 1 of .*in\.jsonl: no space is left; make room, then start/,
    })
  },
)
