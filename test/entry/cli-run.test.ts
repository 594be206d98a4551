/** The command line on a real model: the one that is part of the package, and its default. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { tinyModel } from '../support/tiny-models.mjs'

const run = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')
const base = ['run', '--threads', '1', '--limit', '3']
const lines = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

t.test('a run prints the table and writes one line per problem', async t => {
  const out = join(t.testdir(), 'out')
  const { stdout, stderr } = await run(process.execPath, [cli, ...base, '--out', out])
  t.match(stdout, /Threshold .* Accuracy .* Correct\/total/)
  t.match(stdout, /0 \(base\).*\n.*0\.1/)
  t.match(stdout, /reasoner, embedded \(3 of \d+ problems\)/)
  t.match(stdout, /Steps of problem \S*1/)
  t.match(stderr, /3\/3/, 'progress is on stderr')
  t.equal(lines(join(out, 'results.jsonl')).length, 3)
  const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'))
  const described = { build: { llamaCommit: String }, command: /^cot-prune run --threads 1/ }
  t.match(results, { version: 1, complete: true, run: { ...described, machine: String } })
  t.match(stderr, `the report is ${join(out, 'report.html')}`)
  t.match(readFileSync(join(out, 'report.html'), 'utf8'), results.run.key.model)
})

t.test('--json prints the summary alone, the same for the same seed', async t => {
  const args = [cli, ...base, '--thresholds', '0.2,0.5', '--seed', '7', '--json']
  const summaries = []
  for (let i = 0; i < 2; i++) {
    const { stdout } = await run(process.execPath, args)
    const { thresholds } = JSON.parse(stdout)
    summaries.push(
      thresholds.map((row: Record<string, unknown>) => [row.threshold, row.correct, row.total]),
    )
  }
  t.equal(summaries[0].length, 3, '0, 0.2 and 0.5')
  t.strictSame(summaries[0], summaries[1])
})

t.test('the notebook preset runs the loop of the seed', async t => {
  const out = join(t.testdir(), 'out')
  const args = [cli, ...base, '--preset', 'notebook', '--thresholds', '0,0.5', '--out', out]
  const { stdout } = await run(process.execPath, args)
  t.match(stdout, /preset notebook/)
  for (const result of lines(join(out, 'results.jsonl'))) {
    t.match(result, { thresholds: [{ decodedTokens: 0 }, { decodedTokens: Number }] })
  }
})

t.test('recommended reads the heads of the model; without any it says so', async t => {
  const methods = async (...args: string[]) => {
    const { stdout, stderr } = await run(process.execPath, [cli, ...args, '--json'])
    const { thresholds } = JSON.parse(stdout)
    return { names: new Set(thresholds.map((row: { method: string }) => row.method)), stderr }
  }
  const embedded = await methods(...base, '--limit', '1', '--thresholds', '0.3')
  t.strictSame([...embedded.names], ['step-graph'])
  const other = tinyModel({ context: 1024 })
  const short = ['--limit', '1', '--max-tokens', '40', '--thresholds', '0.3']
  const without = await methods(...base, '--model', other, ...short)
  t.strictSame([...without.names], ['attention'])
  t.match(without.stderr, /mean of all heads, since none are known .*cot-prune calibrate --model/)
})

t.test('calibrate with and without labels, and how far the two agree', async t => {
  const out = join(t.testdir(), 'heads.json')
  const few = ['--threads', '1', '--limit', '4', '--max-tokens', '400', '--heads', '2']
  const args = ['calibrate', ...few, '--out', out]
  const byLabels = await run(process.execPath, [cli, ...args])
  t.match(byLabels.stdout, /by labelled traces: .*\nlayer\/head \d\/\d.*; \w+, inherit 0\.5\n/)
  t.match(byLabels.stdout, /chosen heads, on all kinds .* 0\.\d+ ± /)
  t.match(byLabels.stderr, /calibrating 4\/4/)
  const profile = JSON.parse(readFileSync(out, 'utf8'))
  t.match(profile, { version: 2, labels: 'needed', measure: 'auc' })
  const without = await run(process.execPath, [cli, ...args, '--labels', 'deletion'])
  t.match(without.stdout, /by traces from which steps were left out/)
  t.match(
    without.stdout,
    /by needed\): rank correlation of all heads −?-?\d\.\d+, \d of the best 8/,
  )
  t.match(JSON.parse(readFileSync(out, 'utf8')), { labels: 'deletion' })
})

t.test('run --calibrate finds the heads of a model first, and only once', async t => {
  const env = { ...process.env, COT_PRUNE_CACHE: t.testdir() }
  const other = tinyModel({ context: 4096, layers: 1 })
  const short = ['--limit', '1', '--max-tokens', '40', '--thresholds', '0.3', '--json']
  const args = [cli, ...base, '--model', other, '--calibrate', ...short]
  const first = await run(process.execPath, args, { env })
  t.match(first.stderr, /calibrating 30\/30[\s\S]*the heads of this model are saved in/)
  const [, row] = JSON.parse(first.stdout).thresholds
  t.equal(row.method, 'step-graph')
  const second = await run(process.execPath, args, { env })
  t.notMatch(second.stderr, /calibrating/)
})

t.test('study prints the parts that were asked for', async t => {
  const args = ['study', '--threads', '1', '--limit', '2', '--problems', '2', '--max-tokens', '400']
  const some = await run(process.execPath, [cli, ...args, '--parts', 'labels,compression'])
  t.match(
    some.stdout,
    /chosen heads, on all kinds[\s\S]*step graph, chosen heads[\s\S]*Labelled traces, pruned/,
  )
  const parts = ['own', 'deletion', 'answers']
  const rest = await run(process.execPath, [cli, ...args, '--parts', parts.join(), '--json'])
  const needed = ['calibration', 'traces']
  t.strictSame(Object.keys(JSON.parse(rest.stdout).parts), [...needed, ...parts])
  await t.rejects(run(process.execPath, [cli, 'study', '--parts', 'lables']), {
    code: 2,
    stderr: /There is no "lables": give calibration, labels/,
  })
})

t.test('in-flight: its own methods need no chosen heads', async t => {
  const model = tinyModel({ bias: { '</think>': 1 } })
  const args = [
    'in-flight',
    '--model',
    model,
    '--threads',
    '1',
    '--limit',
    '1',
    '--quiet',
    '--json',
  ]
  const { stdout } = await run(process.execPath, [cli, ...args, '--max-tokens', '60'])
  const { summary } = JSON.parse(stdout)
  t.strictSame(
    summary.map(({ variant }: { variant: string }) => variant),
    ['none', 'oracle-deletion', 'last-token', 'think-clearly', 'recency', 'random'],
  )
})

t.test('in-flight: every score at every budget, the nulls beside them', async t => {
  const args = ['in-flight', '--threads', '1', '--limit', '1', '--every', '60', '--window', '32']
  const scores = ['--method', 'oracle-heads,decay,gap', '--decay', '0.5,0.9', '--remnant', '4']
  const { stdout } = await run(process.execPath, [
    ...[cli, ...args, ...scores],
    ...['--ratio', '0.1,0.2', '--json'],
  ])
  const { summary } = JSON.parse(stdout)
  const names = ['oracle-heads', 'decay 0.5', 'decay 0.9', 'gap', 'recency', 'random']
  t.strictSame(
    summary.map((row: Record<string, unknown>) => [row.variant, row.budget]),
    [['none', null], ...[0.1, 0.2].flatMap(ratio => names.map(name => [name, { ratio }]))],
  )
  const capped = [cli, ...args, '--method', 'random', '--cap', '64,128', '--no-offline']
  const table = await run(process.execPath, capped)
  t.match(table.stdout, /random +│ +64 │[\s\S]*random +│ +128 │[\s\S]*Curve/)
  await t.rejects(run(process.execPath, [cli, 'in-flight', '--ratio', '0.1,2']), { code: 2 })
})

t.test('score shows the steps of one problem, and draws who looks at whom', async t => {
  const folder = t.testdir()
  const [svg, heatmap] = [join(folder, 'graph.svg'), join(folder, 'heatmap.svg')]
  const pictures = ['--svg', svg, '--heatmap', heatmap]
  const { stdout } = await run(process.execPath, [cli, 'score', '--threads', '1', ...pictures])
  t.match(stdout, /^0 .*kept/m)
  t.match(stdout, /removed/)
  t.match(stdout, /\\boxed\{\d+\}/)
  t.match(readFileSync(heatmap, 'utf8'), /^<svg [\s\S]*Which layer looks at which step/)
  t.match(readFileSync(svg, 'utf8'), /^<svg .*<path [\s\S]*line-through[\s\S]*<\/svg>\n$/s)
})

t.test('SIGINT ends a run with exit code 130 and keeps what is finished', async t => {
  const out = join(t.testdir(), 'out')
  // few enough that each is told
  const args = [cli, 'run', '--threads', '1', '--limit', '8', '--out', out]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.on('data', chunk => {
    if (/\b2\/\d/.test(String(chunk))) child.kill('SIGINT')
  })
  const [code, signal] = await once(child, 'exit')
  t.equal(code, 130)
  t.equal(signal, null)
  t.ok(lines(join(out, 'results.jsonl')).length >= 2)
  t.match(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')), { complete: false })
})

/** Without what differs from run to run though nothing was asked otherwise. */
const lasting = (records: readonly unknown[]): unknown =>
  JSON.parse(JSON.stringify(records, (key, value) => (key === 'millis' ? undefined : value)))

t.test('SIGKILL at any moment: --resume ends with the records of an uninterrupted run', async t => {
  const folder = t.testdir()
  const args = [cli, 'run', '--threads', '1', '--limit', '4', '--method', 'attention,random']
  const sampled = [
    ...args,
    '--samples',
    '2',
    '--temperature',
    '0.8',
    '--seed',
    '4',
    '--thresholds',
    '0.5',
  ]
  await run(process.execPath, [...sampled, '--out', join(folder, 'whole')])
  const whole = lines(join(folder, 'whole/results.jsonl'))
  t.equal(whole.length, 8)

  const out = join(folder, 'killed')
  // so many results of each process; it counts its own
  for (const stopAt of [1, 2, 2]) {
    const resumed = [...sampled, '--out', out, '--resume']
    const child = spawn(process.execPath, resumed, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', chunk => {
      if (new RegExp(`^${stopAt}/`, 'm').test(String(chunk))) child.kill('SIGKILL')
    })
    const [, signal] = await once(child, 'exit')
    t.equal(signal, 'SIGKILL')
    // as if it had been killed in the middle of a line
    appendFileSync(join(out, 'results.jsonl'), '{"version":1,"index":')
  }
  const { stderr } = await run(process.execPath, [...sampled, '--out', out, '--resume'])
  const made = stderr.split('\n').filter(line => /^\d+\//.test(line)).length
  t.ok(made <= 3, `${made} of 8 are left: what is finished is not made again`)
  t.strictSame(lasting(lines(join(out, 'results.jsonl'))), lasting(whole))
  const summary = (name: string) =>
    JSON.parse(readFileSync(join(folder, name, 'results.json'), 'utf8')).summary
  t.strictSame(lasting([summary('killed')]), lasting([summary('whole')]))
})

t.test('shards, merged, are the whole run; other options are refused', async t => {
  const folder = t.testdir()
  const args = [cli, 'run', '--threads', '1', '--limit', '3', '--thresholds', '0.5']
  const at = (name: string) => join(folder, name)
  await run(process.execPath, [...args, '--out', at('whole')])
  for (const shard of ['1/2', '2/2']) {
    await run(process.execPath, [...args, '--shard', shard, '--out', at(shard.charAt(0))])
  }
  const merge = [cli, 'merge', at('2'), at('1'), '--out', at('merged'), '--per-problem']
  const { stdout } = await run(process.execPath, merge)
  t.match(stdout, /3 of \d+ problems/)
  t.match(stdout, /Problem .* Expected .* at 0\.5/)
  const records = (name: string) => lasting(lines(join(at(name), 'results.jsonl')))
  t.strictSame(records('merged'), records('whole'))
  const other = [...args, '--seed', '1', '--resume', '--out', at('whole')]
  await t.rejects(run(process.execPath, other), {
    code: 1,
    stderr: /ERR_RESULTS .* another run: seed is 0 there and 1 now/,
  })
  t.strictSame(records('merged'), records('whole'), 'nothing was lost')
})

const instruct = process.env.COT_PRUNE_INSTRUCT_MODEL ?? ''
const skip = existsSync(instruct) ? false : 'set COT_PRUNE_INSTRUCT_MODEL to a GGUF file'

t.test('the instruct model answers the seed problems', { skip }, async t => {
  const limits = ['--limit', '1', '--max-tokens', '200', '--json']
  const args = [cli, 'run', '--model', instruct, '--dataset', 'seed-aime', ...limits]
  const { stdout } = await run(process.execPath, args)
  t.match(JSON.parse(stdout), { finished: 1 })
})
