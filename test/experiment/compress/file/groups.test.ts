/** Rows that are read together: by their place in the file, whatever is killed, cut into shards, or wrong; and one writer alone. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  type CompressFileOptions,
  type CompressTotals,
  compressFile,
  mergeCompressed,
} from '../../../../dist/experiment/index.js'
import { CotPruneError } from '../../../../dist/index.js'
import { build } from '../../../support/fake-build.js'
import { fakeCompressSession } from '../../../support/fake-compress.mjs'

const thinking = (i: number) => [5, 1, 9, 3].map(n => `Step ${n} of row ${i}.`).join('\n\n')
/** Every eleventh is broken, every seventh has a single step. */
const lines = Array.from({ length: 43 }, (_, i) => {
  if (i % 11 === 3) return '{"broken'
  const steps = i % 7 === 2 ? 'One step.' : thinking(i)
  return JSON.stringify({ i, problem: 'Why?', thinking: steps, answer: '7' })
})
const folder = t.testdir({ 'in.jsonl': `${lines.join('\n')}\n`, model: 'weights' })
const at = (name: string) => join(folder, name)
const textOf = (name: string) => readFileSync(at(name), 'utf8')

function compress(
  out: string,
  changes: Partial<CompressFileOptions> = {},
): Promise<CompressTotals> {
  return compressFile({
    input: at('in.jsonl'),
    out: at(out),
    session: fakeCompressSession(),
    source: {
      model: { thinking: null, chatTemplate: null, name: 'fake', path: at('model') },
      contextLength: undefined,
      build,
    },
    heads: { heads: [{ layer: 0, head: 0 }], score: { aggregate: 'sum' } },
    parallel: 4,
    ...changes,
  })
}

t.test('neighbours come together, and rows are those of one by one', async t => {
  const session = fakeCompressSession()
  const totals = await compress('whole', { session })
  t.match(totals, { rows: 43, failed: { json: 4 } })
  t.ok(totals.pruned > 25)
  // of rows 0 to 3 two have steps to compare; the last group is a rest
  t.strictSame(session.groups.slice(0, 3), [2, 4, 3])
  t.equal(textOf('whole').split('\n').length, 44)
  await compress('alone', { parallel: 1 })
  t.equal(textOf('alone'), textOf('whole'))
  t.equal(textOf('alone.report.jsonl'), textOf('whole.report.jsonl'))
  const plain = fakeCompressSession()
  const last = await compress('last', { session: plain, method: 'last-token' })
  t.strictSame(plain.groups, [], 'a method that is no graph reads them one by one')
  t.equal(last.rows, 43)
})

t.test('stopped anywhere, it goes on where a group begins', async t => {
  for (const stopped of [1, 4, 6, 8, 21, 42]) {
    const out = `stopped-${stopped}`
    const stop = new AbortController()
    const reason = new Error('enough')
    const onProgress = ({ done }: { readonly done: number }) => {
      if (done === stopped) stop.abort(reason)
    }
    await t.rejects(compress(out, { signal: stop.signal, onProgress }), reason)
    const run = JSON.parse(textOf(`${out}.run.json`))
    t.equal(run.progress.lines, Math.floor(stopped / 4) * 4)
    t.equal(run.complete, false)
    t.equal(existsSync(at(`${out}.lock`)), false)
    const session = fakeCompressSession()
    const totals = await compress(out, { resume: true, session })
    t.equal(textOf(out), textOf('whole'), `stopped behind line ${stopped}`)
    t.equal(textOf(`${out}.report.jsonl`), textOf('whole.report.jsonl'))
    t.match(totals, { rows: 43, failed: { json: 4 } })
  }
  await t.rejects(compress('stopped-1', { resume: true, parallel: 3 }), {
    code: 'ERR_RESULTS',
    message: /parallel/,
  })
})

t.test('shards end where groups do, and merge to the whole', async t => {
  const parts = ['a', 'b', 'c']
  for (const [i, part] of parts.entries()) {
    await compress(part, { shard: { index: i + 1, count: 3 } })
  }
  const planned = parts.map(part => JSON.parse(textOf(`${part}.run.json`)).planned)
  t.strictSame(planned, [12, 16, 15])
  await mergeCompressed(parts.map(at), at('merged'))
  t.equal(textOf('merged'), textOf('whole'))
})

t.test("where one of them is refused, it is this row's fault and no other's", async t => {
  const fail = (text: string) =>
    text.includes('row 5.') ? new CotPruneError('ERR_CONTEXT_FULL', 'no room') : null
  const session = fakeCompressSession({ fail })
  const totals = await compress('one', { session })
  t.match(totals, { failed: { json: 4, 'too-long': 1 } })
  const [, found] = textOf('one.report.jsonl').split('\n')
  t.match(JSON.parse(found ?? ''), { line: 6, reason: 'too-long', message: 'no room' })
  t.equal(textOf('one').split('\n')[5], lines[5])
  const broken = fakeCompressSession({
    fail: text => (text.includes('row 13.') ? new CotPruneError('ERR_DECODE', 'broken') : null),
  })
  await t.rejects(compress('broken', { session: broken }), {
    code: 'ERR_DECODE',
    message: /in\.jsonl:13: broken/,
  })
})

t.test('one process writes a file; what a killed one left stops nobody', async t => {
  let begun = () => {}
  const first = new Promise<void>(done => {
    begun = done
  })
  let go = () => {}
  const wait = new Promise<void>(done => {
    go = done
  })
  const session = fakeCompressSession({
    delay: () => {
      begun()
      return wait
    },
  })
  const running = compress('twice', { session })
  await first
  for (const resume of [false, true]) {
    await t.rejects(compress('twice', { resume }), {
      code: 'ERR_RESULTS',
      message: /twice is being written by process \d+ on \S+ since 20.*Z; wait for its end/,
    })
  }
  go()
  await running
  t.equal(textOf('twice'), textOf('whole'))
  t.equal(existsSync(at('twice.lock')), false)

  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  writeFileSync(at('left.lock'), `${child.pid} ${hostname()} x`)
  await compress('left')
  t.equal(textOf('left'), textOf('whole'))
})
