/** The command line around data sets and answers: what is said before a run, what is exported, what is judged again. */

import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'

const run = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')
const lines = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

const rows = [
  { frage: 'Zoe starts with 39 mugs. Zoe loses 4 mugs. How many?', key: '\\boxed{35}' },
  { frage: 'Zoe starts with 39 mugs. Zoe loses 4 mugs. How many?', key: '35' },
  { frage: 'Carla owns 94 beads and gets 31. How many?', key: ['125', '125 beads'] },
  { frage: 'Nobody knows?' },
]
const file = join(
  t.testdir({ 'own.jsonl': rows.map(row => JSON.stringify(row)).join('\n') }),
  'own.jsonl',
)
const columns = ['--dataset', file, '--columns', 'problem=Frage,answer=Key']
const base = [cli, 'run', '--threads', '1', '--thresholds', '0.3', '--max-tokens', '64']

t.test(
  'a data set is read by the columns that are named, and what is odd is said first',
  async t => {
    const out = join(t.testdir(), 'out')
    const answers = join(t.testdir(), 'answers.jsonl')
    const more = [
      '--answers',
      'any',
      '--prompt',
      'Solve: {problem}',
      '--samples',
      '2',
      '--temperature',
      '0.8',
    ]
    const args = [...base, ...columns, ...more, '--out', out, '--export-answers', answers]
    const { stdout, stderr } = await run(process.execPath, args)
    t.match(stderr, /own: 1 of 4 rows are left out: .*own\.jsonl:4: "Key" is missing/)
    t.match(stderr, /own: 1 rows have several answers: one of them is enough/)
    t.match(stderr, /own: 3 rows are 2 problems/)
    t.match(stdout, /n │ +k │ +pass@1 │ +pass@2 │ +cons@2/)
    const described = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    t.match(described.key.ask, { prompt: 'Solve: {problem}' })
    t.match(described.context.dataset, { problems: 2, notes: [String, String, String] })
    const exported = lines(answers)
    t.equal(exported.length, 2 * 2 * 2, 'problems, samples, thresholds')
    t.match(exported[4], {
      expected: ['125', '125 beads'],
      text: String,
      decision: { kind: 'integer' },
    })

    const summary = await run(process.execPath, [cli, 'rescore', out, '--json'])
    t.match(summary.stderr, /^0 of 8 answers are read or judged otherwise/m)
    t.match(JSON.parse(summary.stdout), { passes: [{ problems: 2, samples: 2 }, {}] })
    const again = run(process.execPath, [cli, 'rescore', out, '--export-answers', answers])
    await t.rejects(
      again,
      { code: 1, stderr: /ERR_RESULTS .*is there already/ },
      'a file that is there stays',
    )
  },
)

t.test('faults of data sets and of their options', async t => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['--dataset', file, '--columns', 'frage=x'], 2, /problem=NAME,answer=NAME/],
    [
      ['--dataset', file, '--columns', 'problem=nr'],
      1,
      /no column "nr": the columns are frage, key/,
    ],
    [['--dataset', file, '--answers', 'some'], 2, /Allowed choices are all, any/],
    [
      [...columns.slice(0, 2), ...columns.slice(2), '--strict'],
      1,
      /ERR_DATASET .*own\.jsonl:4: "Key" is missing/,
    ],
    [['--dataset', 'aime24'], 1, /ERR_HUB_OFFLINE .*HuggingFaceH4\/aime_2024/],
    [['--dataset', 'no-such-set'], 2, /There is no such data set: give embedded/],
    [
      [...columns, '--prompt', 'no place'],
      1,
      /options\.ask\.prompt must be a text with \{problem\}/,
    ],
  ]
  for (const [args, code, message] of cases) {
    await t.rejects(
      run(process.execPath, [...base, ...args], { env: { ...process.env, HF_HUB_OFFLINE: '1' } }),
      { code, stderr: message },
      args.join(' '),
    )
  }
})

t.test('training data for GRPO hands the final answer on, and no worked solution', async t => {
  const folder = t.testdir()
  const worked = {
    question: 'Zoe has 39 mugs and loses 4. How many?',
    answer: '39 - 4 = <<39-4=35>>35.\n#### 35',
  }
  writeFileSync(join(folder, 'gsm.jsonl'), JSON.stringify(worked))
  const out = join(folder, 'grpo.jsonl')
  const args = [
    'export',
    '--format',
    'grpo',
    '--dataset',
    join(folder, 'gsm.jsonl'),
    '--rollouts',
    '2',
    '--max-tokens',
    '32',
  ]
  const absent = run(process.execPath, [
    cli,
    ...args,
    '--model',
    join(folder, 'no.gguf'),
    '--out',
    out,
  ])
  await t.rejects(absent, { code: 1, stderr: /ERR_MODEL_NOT_FOUND/ })
  t.notOk(existsSync(out), 'what failed at its beginning is in nobody’s way')
  await run(process.execPath, [cli, ...args, '--out', out, '--quiet'])
  t.ok(existsSync(out))
  t.match(lines(out), [{ solution: '35', prompt: /39 mugs/ }])
  const again = run(process.execPath, [cli, ...args, '--out', out])
  await t.rejects(again, { code: 1, stderr: /ERR_RESULTS .*is there already/ })
})
