/** A disk that becomes full in the middle: what is finished is there, and with more room it goes on to the same end. */

import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  type CompressFileOptions,
  compressFile,
  describeRun,
  type ProblemResult,
  ResultFolder,
  readResults,
  rescoreResults,
  runExperiment,
} from '../../../dist/experiment/index.js'
import { build } from '../../support/fake-build.js'
import { fakeCompressSession } from '../../support/fake-compress.mjs'
import { fakeSession } from '../../support/fake-session.js'
import { smallDisk } from '../../support/small-disk.js'

const source = (folder: string) => {
  writeFileSync(join(folder, 'model'), 'weights')
  const model = { thinking: null, chatTemplate: null, name: 'fake', path: join(folder, 'model') }
  return { model, contextLength: undefined, build }
}

t.test('compress: the line is named, and resumed it has the bytes of a whole one', async t => {
  const folder = t.testdir()
  const disk = smallDisk(t, 48)
  if (disk === null) return
  const { path } = disk
  const thinking = [5, 1, 9, 3].map(n => `Step ${n} of a row with é.`).join('\n\n')
  const row = { problem: 'Why?', thinking, answer: '7', pad: 'x'.repeat(1000) }
  const rows = Array.from({ length: 60 }, (_, i) => JSON.stringify({ i, ...row }))
  writeFileSync(join(folder, 'in.jsonl'), rows.join('\n'))
  const compress = (out: string, changes: Partial<CompressFileOptions> = {}) =>
    compressFile({
      input: join(folder, 'in.jsonl'),
      out,
      session: fakeCompressSession({ evaluate: () => '7' }),
      source: source(folder),
      ...changes,
    })
  const out = join(path, 'pruned.jsonl')
  await t.rejects(compress(out), {
    code: 'ERR_DISK_FULL',
    message:
      /pruned\.jsonl cannot be written at line \d+ of .*in\.jsonl: no space is left; make room/,
  })
  t.notOk(readdirSync(path).includes('pruned.jsonl.lock'))
  const text = readFileSync(out, 'utf8')
  t.ok(text.length > 10_000 && text.endsWith('}\n'), 'it ends with a whole row')
  disk.remount('size=1m')
  await compress(out, { resume: true })
  await compress(join(folder, 'whole'))
  t.equal(readFileSync(out, 'utf8'), readFileSync(join(folder, 'whole'), 'utf8'))
})

t.test('run: each line is whole, and resumed there is nothing to do again', async t => {
  const folder = t.testdir()
  const disk = smallDisk(t, 48)
  if (disk === null) return
  const { path } = disk
  const problems = Array.from({ length: 40 }, (_, i) => ({
    id: `${i}`,
    problem: 'x',
    answer: '25',
  }))
  const session = fakeSession({ reply: () => '<think>one two three four</think>\\boxed{25}' })
  const options = { session, dataset: { name: 'many', path: null, problems } }
  const run = await describeRun(options, source(folder))
  const first = await ResultFolder.open(path, run)
  let written = 0
  await t.rejects(
    async () => {
      for await (const result of runExperiment(options)) {
        await first.append(result)
        written++
      }
    },
    { code: 'ERR_DISK_FULL', message: /results\.jsonl cannot be written: no space is left/ },
  )
  await t.rejects(first.finish([]), { code: 'ERR_DISK_FULL', message: /results\.json cannot be/ })
  await first.close()
  t.ok(written > 2)
  t.strictSame(readdirSync(path), ['results.jsonl', 'run.json'])
  const { size } = statSync(join(path, 'results.jsonl'))
  await t.rejects(ResultFolder.open(path, run, { resume: true }), { code: 'ERR_DISK_FULL' })
  t.equal(statSync(join(path, 'results.jsonl')).size, size)
  disk.remount('size=4m')
  const resumed = await ResultFolder.open(path, run, { resume: true })
  t.equal(resumed.finished.length, written)
  await resumed.close()
})

t.test('rescore: without room for all lines those from before are in their place', async t => {
  const folder = t.testdir()
  const disk = smallDisk(t, 64)
  if (disk === null) return
  const problems = Array.from({ length: 6 }, (_, i) => ({ id: `${i}`, problem: 'x', answer: '25' }))
  const session = fakeSession({ reply: () => '<think>one two three four</think>\\boxed{25}' })
  const options = { session, dataset: { name: 'six', path: null, problems } }
  const first = await ResultFolder.open(disk.path, await describeRun(options, source(folder)))
  const results: ProblemResult[] = []
  for await (const result of runExperiment(options)) {
    results.push(result)
    await first.append(result)
  }
  await first.finish(results)
  await first.close()
  const before = readFileSync(join(disk.path, 'results.jsonl'), 'utf8')
  const filler = join(disk.path, 'filler')
  t.throws(() => writeFileSync(filler, Buffer.alloc(64 * 1024)), { code: 'ENOSPC' })
  // room for the lock, and not for the lines
  truncateSync(filler, statSync(filler).size - 8192)
  t.ok(before.length > 8192)
  await t.rejects(rescoreResults(disk.path), { code: 'ERR_DISK_FULL' })
  t.equal(readFileSync(join(disk.path, 'results.jsonl'), 'utf8'), before)
  disk.remount('size=1m')
  await rescoreResults(disk.path)
  t.strictSame((await readResults(disk.path)).results, results)
})
