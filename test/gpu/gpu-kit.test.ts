/** The GPU kit: packed, unpacked in an empty folder with a clean PATH, and run without a GPU. */

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { hasFailed, judge, summary } from './judge.mjs'
import { trials } from './trials.mjs'

const run = promisify(execFile)

t.test('the kit runs from an empty folder, with the addon that is built already', async t => {
  const kit = join(t.testdir(), 'kit')
  const out = join(t.testdirName, 'out')
  await run(process.execPath, [join(packageFolder, 'test/gpu/kit/pack.mjs'), '--out', kit])
  const { size } = statSync(join(kit, 'kit.tar.gz'))
  t.ok(size < 60 * 2 ** 20, `${size} bytes`)

  // a build takes minutes: the next test does that
  const work = join(kit, 'work')
  mkdirSync(work)
  await run('tar', ['-xzf', join(kit, 'kit.tar.gz'), '-C', work])
  t.notOk(existsSync(join(work, 'build')), 'no build is packed')
  cpSync(join(packageFolder, 'build/Release'), join(work, 'build/Release'), { recursive: true })

  writeFileSync(join(work, 'unpacked'), '')
  const env = { PATH: '/usr/bin:/bin', HOME: t.testdirName, COT_PRUNE_KIT_BUILT: '1' }
  const args = [join(kit, 'run.sh'), '--quick', out]
  const { stdout } = await run('bash', args, { cwd: t.testdirName, env, timeout: 600_000 })
  t.match(readFileSync(join(out, 'info.txt'), 'utf8'), /llama\.cpp/)
  t.match(stdout, /\n\d+ passed, 0 failed, \d+ skipped\n$/)
  const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'))
  t.match(results, { version: 1, dry: true, quick: true, machine: { gpus: [] } })
  t.equal(results.results.length, trials.filter(trial => trial.quick).length)
  t.match(readFileSync(join(out, 'summary.md'), 'utf8'), /no GPU: a dry run/)
})

const skip = process.env.COT_PRUNE_LONG === '1' ? false : 'it compiles llama.cpp: COT_PRUNE_LONG=1'

t.test(
  'run.sh builds from the kit alone, and a second call reuses the build',
  { skip },
  async t => {
    const kit = join(t.testdir(), 'kit')
    const out = join(t.testdirName, 'out')
    await run(process.execPath, [join(packageFolder, 'test/gpu/kit/pack.mjs'), '--out', kit])
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: t.testdirName }
    const call = () =>
      run('bash', [join(kit, 'run.sh'), '--quick', out], { env, cwd: t.testdirName })
    t.match((await call()).stdout, /\n\d+ passed, 0 failed, \d+ skipped\n$/)
    const built = statSync(join(kit, 'work/build/Release/cot_prune.node')).mtimeMs
    await call()
    t.equal(statSync(join(kit, 'work/build/Release/cot_prune.node')).mtimeMs, built)
  },
)

t.test('judging: values and ratios against bars, NaN fails', async t => {
  const trial = {
    name: 'a trial',
    bars: [
      { rows: /^a/, most: 2 },
      { rows: /^b/, ratio: 'off', least: 0.9 },
    ],
  }
  const row = (name: string, value: number, ratio?: number) => ({
    name,
    value,
    unit: 'ms',
    ...(ratio === undefined ? {} : { ratios: { off: ratio } }),
  })
  const rows = [row('a1', 2), row('a2', 3), row('a3', Number.NaN), row('c', 9)]
  const judged = judge([...rows, row('b1', 1, 0.95), row('b2', 1, 0.8), row('b3', 1)], trial, false)
  t.strictSame(
    judged.map(({ name, ok }) => [name, ok]),
    [
      ['a1', true],
      ['a2', false],
      ['a3', false],
      ['c', undefined],
      ['b1', true],
      ['b2', false],
      ['b3', false],
    ],
  )
  const dry = judge(rows, trial, true)
  t.ok(
    dry.every(({ ok }) => ok === undefined),
    'speed is not judged in a dry run',
  )
  const result = { name: 'x', options: {}, seconds: 3 }
  t.equal(hasFailed({ ...result, rows: judged }), true)
  t.equal(hasFailed({ ...result, rows: dry }), false)
  t.equal(hasFailed({ ...result, rows: [], skipped: 'why' }), false)
  t.equal(hasFailed({ ...result, rows: [], error: '' }), true, 'an error without a message')
  const text = summary([{ ...result, rows: judged }])
  t.match(text, /\| a2 \| 3 ms \| {2}\| at most 2 \| \*\*missed\*\* \|/)
})
