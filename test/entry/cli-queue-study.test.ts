/** A study that workers make is the study of one process. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cli, run, start } from '../support/command.js'
import { noRedis, startRedis, type TestRedis } from '../support/redis.js'

const skip = noRedis
t.setTimeout(600_000)

let redis: TestRedis
t.before(async () => {
  if (!skip) redis = await startRedis()
})
t.after(() => redis?.stop())
const queue = () => ['--queue', redis.address]

t.test('study: two workers find what one process finds', { skip }, async t => {
  const [local, queued] = [join(t.testdir(), 'local'), join(t.testdir(), 'queued')]
  const few = ['--limit', '2', '--problems', '3', '--max-tokens', '100']
  const how = ['study', ...few, '--parts', 'labels,compression,traces', '--quiet', '--out']
  await run(process.execPath, [cli, ...how, local, '--threads', '1'])
  const workers = [1, 2].map(() => start(t, 'worker', ...queue(), '--threads', '1', '--once'))
  const coordinator = start(t, ...how, queued, ...queue())
  t.equal(await coordinator.code, 0, coordinator.said())
  for (const one of workers) t.equal(await one.code, 0, one.said())
  const found = (out: string) => {
    const { parts } = JSON.parse(readFileSync(join(out, 'study.json'), 'utf8'), (key, value) =>
      /^(?:seconds|millis)$/.test(key) ? 0 : value,
    )
    // in the order in which they came
    return Object.fromEntries(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  t.strictSame(found(queued), found(local))
  t.strictSame(Object.keys(found(queued)), ['calibration', 'compression', 'labels', 'traces'])
})
