/** A process on each device, behind one command, into one result: here each device is a part of the cores. */

import { join } from 'node:path'
import t from 'tap'
import { cli, recordsOf, run, start } from '../support/command.js'

t.setTimeout(600_000)

t.test('run --devices cpu,cpu: the records of one process', async t => {
  const [local, both] = [join(t.testdir(), 'local'), join(t.testdir(), 'both')]
  const base = ['run', '--limit', '5', '--max-tokens', '60', '--thresholds', '0.5', '--out']
  await run(process.execPath, [cli, ...base, local, '--threads', '1'])
  const devices = start(t, ...base, both, '--devices', 'cpu,cpu')
  t.equal(await devices.code, 0, devices.said())
  t.equal(devices.said().match(/process \d+ works on/g)?.length, 2)
  t.strictSame(recordsOf(both), recordsOf(local))
})

t.test('a device is a number, or cpu, and not beside a queue', async t => {
  const usage = (...args: readonly string[]) =>
    t.rejects(run(process.execPath, [cli, 'run', ...args]), { code: 2 })
  await usage('--devices', 'gpu')
  await usage('--devices', 'cpu', '--queue', 'redis://127.0.0.1:1')
})
