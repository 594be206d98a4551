/** The command line on a real model: the one that is part of the package, and its default. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../dist/native.js'

const run = promisify(execFile)
const cli = join(packageFolder, 'dist/cli/index.js')
const base = ['run', '--limit', '3']
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
  t.match(results, { version: 1, complete: true, build: { llamaCommit: String } })
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

t.test('SIGINT ends a run with exit code 130 and keeps what is finished', async t => {
  const out = join(t.testdir(), 'out')
  const all = ['run', '--model', 'embedded', '--dataset', 'embedded', '--out', out]
  const child = spawn(process.execPath, [cli, ...all], { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.on('data', chunk => {
    if (/\b2\/\d/.test(String(chunk))) child.kill('SIGINT')
  })
  const [code, signal] = await once(child, 'exit')
  t.equal(code, 130)
  t.equal(signal, null)
  t.ok(lines(join(out, 'results.jsonl')).length >= 2)
  t.match(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')), { complete: false })
})

const instruct = process.env.COT_PRUNE_INSTRUCT_MODEL ?? ''
const skip = existsSync(instruct) ? false : 'set COT_PRUNE_INSTRUCT_MODEL to a GGUF file'

t.test('the instruct model answers the seed problems', { skip }, async t => {
  const limits = ['--limit', '1', '--max-tokens', '200', '--json']
  const args = [cli, 'run', '--model', instruct, '--dataset', 'seed-aime', ...limits]
  const { stdout } = await run(process.execPath, args)
  t.match(JSON.parse(stdout), { finished: 1 })
})
