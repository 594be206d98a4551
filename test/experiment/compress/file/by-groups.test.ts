/** Lines that others prune: the files are those of one process, byte for byte. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  type CompressedRow,
  type CompressFileOptions,
  type CompressGroups,
  compressFile,
  type LineGroup,
  openLineCompressor,
} from '../../../../dist/experiment/index.js'
import { build } from '../../../support/fake-build.js'
import { fakeCompressSession } from '../../../support/fake-compress.mjs'

const thinking = (i: number) => [5, 1, 9, 3].map(n => `Step ${n} of row ${i} with é.`).join('\n\n')
const lines = Array.from({ length: 23 }, (_, i) =>
  i % 7 === 3
    ? '{"broken'
    : JSON.stringify({ i, problem: 'Why?', thinking: thinking(i), answer: 'It is 7.' }),
)

const folder = t.testdir({ 'in.jsonl': lines.join('\n'), model: 'weights' })
const at = (name: string) => join(folder, name)
const filesOf = (out: string) => {
  const { progress, totals } = JSON.parse(readFileSync(at(`${out}.run.json`), 'utf8'))
  const texts = [out, `${out}.report.jsonl`].map(name => readFileSync(at(name), 'utf8'))
  return { progress, totals: { ...totals, millis: 0 }, texts }
}

const shared = {
  input: at('in.jsonl'),
  session: fakeCompressSession({ evaluate: () => '7' }),
  source: {
    model: { thinking: null, chatTemplate: null, name: 'fake', path: at('model') },
    contextLength: undefined,
    build,
  },
  check: 5,
}

const compress = (out: string, more: Partial<CompressFileOptions> = {}) =>
  compressFile({ ...shared, out: at(out), ...more })

/** Prunes as a worker would, through JSON; `fail` says which groups it cannot do. */
const byWorker = (
  how: Partial<CompressFileOptions>,
  seen: LineGroup[],
  fail = (_: LineGroup) => false,
): CompressGroups =>
  async function* (groups, key) {
    const { parallel, onError, method } = how
    const worker = await openLineCompressor({ ...shared, parallel, onError, method })
    t.strictSame(worker.key, key, 'both know the same')
    for await (const group of groups) {
      seen.push(group)
      if (fail(group)) yield { reason: 'worker', message: 'they vanished' }
      else {
        const rows: CompressedRow[] = JSON.parse(JSON.stringify(await worker.compress(group)))
        yield rows
      }
    }
  }

for (const parallel of [1, 4]) {
  t.test(`the same files, in groups of ${parallel}`, async t => {
    const how = { parallel, ...(parallel > 1 && { method: 'recency' as const }) }
    await compress(`local-${parallel}`, how)
    const seen: LineGroup[] = []
    await compress(`others-${parallel}`, { ...how, groups: byWorker(how, seen) })
    t.strictSame(filesOf(`others-${parallel}`), filesOf(`local-${parallel}`))
    t.equal(seen[0]?.start, 0)
    t.ok(seen.every(({ end }, i) => i === seen.length - 1 || end === seen[i + 1]?.start))
  })
}

t.test('lines that nobody could prune are named, and copied, skipped, or the end', async t => {
  const fail = ({ first }: LineGroup) => first === 6
  const copied = await compress('copied', { groups: byWorker({}, [], fail) })
  t.equal(copied.failed.worker, 1)
  const rows = readFileSync(at('copied'), 'utf8').split('\n')
  t.equal(rows[5], lines[5], 'as it was')
  t.match(readFileSync(at('copied.report.jsonl'), 'utf8'), /"line":6,"reason":"worker"/)
  await compress('skipped', { onError: 'skip', groups: byWorker({ onError: 'skip' }, [], fail) })
  t.notMatch(readFileSync(at('skipped'), 'utf8'), 'row 5 ')
  const stop = compress('stop', {
    onError: 'stop',
    groups: byWorker({ onError: 'stop' }, [], () => true),
  })
  await t.rejects(stop, { code: 'ERR_DATASET', message: /in\.jsonl:1: they vanished/ })
})

t.test('an interruption is gone on with', async t => {
  await compress('reference')
  const stopping: CompressGroups = async function* (groups, key) {
    let left = 7
    for await (const rows of byWorker({}, [])(groups, key)) {
      if (left-- === 0) throw new Error('pulled')
      yield rows
    }
  }
  await t.rejects(compress('pulled', { groups: stopping }), { message: 'pulled' })
  await compress('pulled', { groups: byWorker({}, []), resume: true })
  t.strictSame(filesOf('pulled'), filesOf('reference'))
})
