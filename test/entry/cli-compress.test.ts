/** `cot-prune compress` and `merge` of its files: what is written, printed and refused. */

import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { embeddedModel } from '../../dist/index.js'

t.setTimeout(300_000)

const execute = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')
const run = (...args: readonly string[]) => execute(process.execPath, [cli, ...args])
const compress = (...args: readonly string[]) =>
  run('compress', ...args, '--threads', '1', '--context', '1024')

interface Labelled {
  readonly problem: string
  readonly steps: readonly string[]
  readonly reply: string
}

const labelled: readonly Labelled[] = readFileSync((await embeddedModel()).study, 'utf8')
  .trim()
  .split('\n')
  .slice(0, 5)
  .map(line => JSON.parse(line))
const rows = labelled.map(({ problem, steps, reply }) =>
  JSON.stringify({ problem, thinking: steps.join('\n\n'), answer: reply }),
)
rows[1] = '{"broken'

const folder = t.testdir({ 'in.jsonl': `${rows.join('\n')}\n` })
const at = (name: string) => join(folder, name)
const input = at('in.jsonl')
const textOf = (name: string) => readFileSync(at(name), 'utf8')

t.test('rows, a report, a table, and an estimate of the end', async t => {
  const { stdout, stderr } = await compress(input, '--out', at('out'), '--check', '2')
  t.equal(textOf('out').split('\n').length, 6)
  t.equal(textOf('out').split('\n')[1], rows[1])
  t.match(JSON.parse(textOf('out').split('\n')[0] ?? ''), {
    cot_prune: { method: 'step-graph', rule: { threshold: 0.3 } },
  })
  t.match(JSON.parse(textOf('out.report.jsonl')), { line: 2, reason: 'json' })
  t.match(stdout, /│ rows +│ +5 │/)
  t.match(stdout, /│ not pruned: json +│ +1 │/)
  t.match(stdout, /│ thinking tokens before +│ +\d+ │/)
  t.match(
    stdout,
    /Asked again in 2 turns, the model says the row's answer behind the whole thinking 2/,
  )
  t.match(stderr, /2\/5 rows, \d+ tokens\/s, \d+ % of the thinking is left, \d+ s to go/)
  t.match(stderr, /the lines that were not pruned are in .*out\.report\.jsonl/)
})

t.test('--resume refuses other options, and --json prints the totals', async t => {
  await t.rejects(compress(input, '--out', at('out'), '--resume', '--ratio', '0.5'), {
    code: 1,
    stderr: /ERR_RESULTS the rows in .* are of another run: rule/,
  })
  const again = await compress(
    input,
    '--out',
    at('out'),
    '--resume',
    '--check',
    '2',
    '--json',
    '--quiet',
  )
  t.match(JSON.parse(again.stdout), { rows: 5, pruned: 4, failed: { json: 1 } })
  t.equal(again.stderr, '')
})

t.test('shards, merged', async t => {
  const how = ['--method', 'recency', '--keep', '2', '--quiet']
  await compress(input, '--out', at('a'), '--shard', '1/2', ...how)
  await compress(input, '--out', at('b'), '--shard', '2/2', ...how, '--parallel', '2')
  await compress(input, '--out', at('all'), ...how)
  const { stdout } = await run('merge', at('b'), at('a'), '--out', at('merged'))
  t.equal(textOf('merged'), textOf('all'))
  t.match(stdout, /│ rows +│ +5 │/)
})

t.test('--on-error stop names the line; two rules are a usage error', async t => {
  await t.rejects(
    compress(input, '--out', at('stop'), '--on-error', 'stop', '--method', 'random'),
    {
      code: 1,
      stderr: /ERR_DATASET .*in\.jsonl:2: the line is not valid JSON/,
    },
  )
  await t.rejects(compress(input, '--out', at('x'), '--ratio', '0.5', '--keep', '1'), {
    code: 2,
    stderr: /'--ratio <x>' cannot be used with option '--keep <n>'/,
  })
  await t.rejects(compress(input), { code: 2, stderr: /required option '--out <file>'/ })
  t.notOk(existsSync(at('x')))
})

t.test('export takes the same method and rule', async t => {
  const made = [
    '--limit',
    '1',
    '--rollouts',
    '2',
    '--max-tokens',
    '600',
    '--threads',
    '1',
    '--quiet',
  ]
  const { stdout } = await run(
    'export',
    ...made,
    '--method',
    'step-graph',
    '--out',
    at('sft.jsonl'),
  )
  const [, share] = /(\d+\.\d) % of the thinking's tokens are left/.exec(stdout) ?? []
  t.ok(Number(share) < 80, `${share} % are left`)
})

t.test('--isolate writes the same', async t => {
  await compress(input, '--out', at('here'), '--limit', '3')
  await compress(input, '--out', at('apart'), '--limit', '3', '--isolate')
  t.equal(textOf('apart'), textOf('here'))
})
