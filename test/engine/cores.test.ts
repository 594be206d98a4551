/** Cores that a process may use, and what is asked of libgomp. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { cores, defaultThreads, quotaOf, withSpinCount } from '../../dist/engine/cores.js'
import { tinyModel } from '../support/tiny-models.mjs'

const run = promisify(execFile)

/** Files by path, as far as there are any. */
const files = (those: Readonly<Record<string, string>>) => (path: string) => those[path] ?? null

t.test('a CPU quota is read from control groups of both versions', async t => {
  const none = files({})
  t.equal(quotaOf(none), null)
  const v2 = (max: string, above = 'max 100000\n') =>
    quotaOf(
      files({
        '/proc/self/cgroup': '0::/system.slice/one\n',
        '/sys/fs/cgroup/system.slice/one/cpu.max': max,
        '/sys/fs/cgroup/system.slice/cpu.max': above,
      }),
    )
  t.equal(v2('max 100000\n'), null)
  t.equal(v2('150000 100000\n'), 1.5)
  t.equal(v2('400000 100000\n', '200000 100000\n'), 2, 'the group above has less')
  t.equal(v2('nonsense'), null)
  const v1 = (quota: string) =>
    quotaOf(
      files({
        '/proc/self/cgroup': '4:memory:/a\n3:cpu,cpuacct:/docker/x\n',
        '/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us': quota,
        '/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      }),
    )
  t.equal(v1('-1\n'), null)
  t.equal(v1('350000\n'), 3.5)
})

t.test('at least one core is usable, and no more than can be scheduled', async t => {
  const { usable, schedulable } = cores()
  t.ok(Number.isInteger(usable) && usable >= 1 && usable <= schedulable)
})

t.test('OMP_NUM_THREADS is the default, as far as there are cores', async t => {
  const { OMP_NUM_THREADS: before } = process.env
  t.teardown(() => {
    delete process.env.OMP_NUM_THREADS
    if (before !== undefined) process.env.OMP_NUM_THREADS = before
  })
  const { usable } = cores()
  for (const [text, threads] of [
    ['1', 1],
    ['1,4', 1],
    ['100000', usable],
    ['0', usable],
    ['-3', usable],
    ['all', usable],
  ] as const) {
    process.env.OMP_NUM_THREADS = text
    t.equal(defaultThreads(), threads, text)
  }
})

t.test('the spin count is set while the addon loads, unless the user set how to wait', async t => {
  const { env } = process
  const before = { spin: env.GOMP_SPINCOUNT, policy: env.OMP_WAIT_POLICY }
  t.teardown(() => {
    delete env.OMP_WAIT_POLICY
    delete env.GOMP_SPINCOUNT
    if (before.spin !== undefined) env.GOMP_SPINCOUNT = before.spin
    if (before.policy !== undefined) env.OMP_WAIT_POLICY = before.policy
  })
  const seen = () => withSpinCount(() => env.GOMP_SPINCOUNT)
  delete env.OMP_WAIT_POLICY
  delete env.GOMP_SPINCOUNT
  t.equal(seen(), '1000')
  t.equal(env.GOMP_SPINCOUNT, undefined, 'nothing is left behind')
  env.OMP_WAIT_POLICY = 'passive'
  t.equal(seen(), undefined)
  env.GOMP_SPINCOUNT = '7'
  t.equal(seen(), '7')
  t.equal(env.GOMP_SPINCOUNT, '7')
})

t.test('more threads than cores are capped, and said once', async t => {
  const code = `
    import { loadModel } from ${JSON.stringify(join(packageFolder, 'dist/index.js'))}
    const model = await loadModel(${JSON.stringify(tinyModel())})
    for (let i = 0; i < 2; i++) {
      const session = await model.createSession({ threads: 512, contextLength: 256 })
      console.log(session.info.threads)
    }
    await model.close()`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code])
  const { usable } = cores()
  t.strictSame(stdout.trim().split('\n').map(Number), [usable, usable])
  t.equal(stderr.match(/COT_PRUNE_THREADS/g)?.length, 1)
  t.match(stderr, `512 threads were asked for and ${usable} are used`)
})
