/** A run that workers do is the run that one process does: real processes, a real model, a real Redis. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { cli, countOf, recordsOf, run, start } from '../support/command.js'
import { noRedis, startRedis, type TestRedis } from '../support/redis.js'
import { tinyModel } from '../support/tiny-models.mjs'

const base = ['run', '--max-tokens', '60', '--thresholds', '0.5']
const skip = noRedis
// a dozen processes
t.setTimeout(600_000)

let redis: TestRedis
t.before(async () => {
  if (!skip) redis = await startRedis('--requirepass', 'opensesame')
})
t.after(() => redis?.stop())
const address = () => redis.address.replace('redis://', 'redis://:opensesame@')

const queue = (name: string) => ['--queue', address(), '--queue-name', name]
const worker = (name: string, ...more: readonly string[]) => [
  'worker',
  ...queue(name),
  ...['--threads', '1', '--once', ...more],
]

t.test(
  'one worker is killed in the middle, another comes: the records of a local run',
  { skip },
  async t => {
    const [local, queued] = [join(t.testdir(), 'local'), join(t.testdir(), 'queued')]
    const few = ['--limit', '6']
    await run(process.execPath, [cli, ...base, ...few, '--threads', '1', '--out', local])
    const victim = start(t, ...worker('kill'))
    const how = [...queue('kill'), '--stalled-after', '1', '--out', queued]
    const coordinator = start(t, ...base, ...few, ...how)
    while (countOf(queued) < 2) await sleep(50)
    victim.child.kill('SIGKILL')
    const heir = start(t, ...worker('kill'))
    t.equal(await coordinator.code, 0, coordinator.said())
    t.equal(await heir.code, 0, heir.said())
    t.strictSame(recordsOf(queued), recordsOf(local))
    const text = readFileSync(join(queued, 'run.json'), 'utf8')
    t.notMatch(text, 'opensesame')
    t.match(JSON.parse(text).command, /--queue 'redis:\/\/:\*\*\*@127/)
    t.notMatch(coordinator.said() + heir.said(), 'opensesame')
  },
)

t.test('Ctrl-C ends the run and its workers, and --resume goes on', { skip }, async t => {
  const [local, queued] = [join(t.testdir(), 'local'), join(t.testdir(), 'queued')]
  const few = ['--limit', '14']
  await run(process.execPath, [cli, ...base, ...few, '--threads', '1', '--out', local])
  const workers = start(t, ...worker('stop'))
  const how = [...base, ...few, ...queue('stop'), '--out', queued]
  const first = start(t, ...how)
  while (countOf(queued) < 2) await sleep(20)
  first.child.kill('SIGINT')
  t.equal(await first.code, 130)
  t.match(first.said(), /interrupted; what is finished is in/)
  t.equal(await workers.code, 0, 'its run is over')
  t.ok(countOf(queued) < 14)
  const later = start(t, ...worker('stop'))
  const second = start(t, ...how, '--resume')
  t.equal(await second.code, 0, second.said())
  t.equal(await later.code, 0)
  t.strictSame(recordsOf(queued), recordsOf(local))
})

t.test(
  'a worker with another model is refused, and a file of the run has to be named',
  { skip },
  async t => {
    const model = tinyModel({ context: 1024 })
    const coordinator = start(t, ...base, '--limit', '1', ...queue('refuse'))
    const other = start(t, ...worker('refuse', '--model', model))
    t.equal(await other.code, 1)
    t.match(other.said(), /the run refuses this worker: model is "[0-9a-f]{64}" in the run and "/)
    while (!/worker \S+ is refused: model is/.test(coordinator.said())) await sleep(50)
    coordinator.child.kill('SIGINT')
    t.equal(await coordinator.code, 130)
    const short = ['--limit', '1', '--max-tokens', '20', '--model', model, '--method', 'recency']
    const byPath = start(t, 'run', ...short, ...queue('path'))
    const untold = start(t, ...worker('path'))
    t.equal(await untold.code, 1)
    t.match(untold.said(), /works with the file \S+\.gguf, .*: give --model/)
    const told = start(t, ...worker('path', '--model', model))
    t.equal(await byPath.code, 0, byPath.said())
    t.equal(await told.code, 0)
  },
)

t.test('what no worker can solve is named, and the rest is there', { skip }, async t => {
  const out = join(t.testdir(), 'out')
  // the second prompt has no room in the context
  const rows = ['1+1?', 'x '.repeat(600), '2+2?'].map((problem, i) => ({
    id: `r${i}`,
    problem,
    answer: '2',
  }))
  const folder = t.testdir({ 'rows.jsonl': rows.map(row => JSON.stringify(row)).join('\n') })
  const dataset = join(folder, 'rows.jsonl')
  const short = ['run', '--dataset', dataset, '--max-tokens', '30', '--context', '512']
  const tries = ['--attempts', '2', '--out', out]
  const coordinator = start(t, ...short, ...tries, ...queue('poison'))
  const one = start(t, ...worker('poison', '--dataset', dataset))
  t.equal(await coordinator.code, 1)
  t.match(
    coordinator.said(),
    /problem r1 was given up after 2 tries, the last by \S+: ERR_CONTEXT_FULL/,
  )
  t.equal(await one.code, 0)
  t.equal(countOf(out), 2)
  const { complete, failed } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'))
  t.equal(complete, false)
  t.match(failed, [{ index: 1, sample: 0, id: 'r1', code: 'ERR_CONTEXT_FULL', attempts: 2 }])
})

t.test('compress: two workers write the file of one process', { skip }, async t => {
  const thinking = (i: number) =>
    [4, 1, 3].map(n => `Then ${n} more of ${i} makes ${n + i}.`).join('\n\n')
  const rows = Array.from({ length: 12 }, (_, i) => ({
    ...{ id: `r${i}`, problem: `How many are ${i}?`, thinking: thinking(i), answer: `${i}` },
  }))
  const folder = t.testdir({ 'rows.jsonl': rows.map(row => JSON.stringify(row)).join('\n') })
  const input = join(folder, 'rows.jsonl')
  const [local, queued] = [join(folder, 'local.jsonl'), join(folder, 'queued.jsonl')]
  const how = ['compress', input, '--check', '2', '--out']
  await run(process.execPath, [cli, ...how, local, '--threads', '1'])
  const workers = [1, 2].map(() => start(t, ...worker('compress', '--input', input)))
  const coordinator = start(t, ...how, queued, ...queue('compress'))
  t.equal(await coordinator.code, 0, coordinator.said())
  for (const one of workers) t.equal(await one.code, 0, one.said())
  t.equal(readFileSync(queued, 'utf8'), readFileSync(local, 'utf8'))
  t.ok(readFileSync(queued, 'utf8').includes('cot_prune'))
})
