/** How the command line asks a model: its flags reach the prompt and the sampler, and the table says so. */

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { tinyModel } from '../support/tiny-models.mjs'

const execute = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')
const run = (...args: readonly string[]) =>
  execute(process.execPath, [cli, ...args, '--threads', '1'])

t.test('sampling and a budget: in the summary and under the table', async t => {
  const flags = ['--temperature', '0.5', '--top-k', '7', '--presence-penalty', '0.5']
  const asked = [...flags, '--thinking-budget', '30', '--limit', '2', '--quiet']
  const { stdout } = await run('run', ...asked, '--json')
  t.match(JSON.parse(stdout), {
    sampling: { temperature: 0.5, topK: 7, presencePenalty: 0.5, from: 'options' },
    forcedClose: ['chain-1', 'tree-2'],
  })
  const { stdout: table } = await run('run', ...asked)
  t.match(table, /Sampled at temperature 0\.5, top-k 7, top-p 0\.95, presence penalty 0\.5/)
  t.match(table, /Thinking closed by its budget: 2 problems/)
  const { stdout: plain } = await run('run', '--limit', '1', '--quiet')
  t.match(plain, /Greedy \(as the model's file says\)/)
})

t.test('system turns and variables reach a template that is given as a file', async t => {
  const folder = t.testdir({})
  const file = join(folder, 'chat.jinja')
  writeFileSync(
    file,
    "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}{{ 'effort ' + effort }}",
  )
  const asked = ['--system', 'Be brief.', '--template-arg', 'effort=low', '--chat-template', file]
  const out = join(folder, 'rows.jsonl')
  const model = ['--model', tinyModel({ template: 'none', bias: { '</think>': 4 } })]
  const exported = ['--format', 'grpo', '--limit', '1', '--rollouts', '1', '--max-tokens', '8']
  await run('export', ...model, ...asked, ...exported, '--out', out)
  const [row = ''] = readFileSync(out, 'utf8').split('\n')
  t.match(JSON.parse(row).prompt, /^system: Be brief\.\nuser: .*\neffort low$/s)
})

t.test('a file without a template says what to give; none takes the text as it is', async t => {
  const bare = ['run', '--model', tinyModel({ template: 'none' }), '--method', 'length']
  const few = [...bare, '--limit', '1', '--max-tokens', '20', '--quiet', '--json']
  await t.rejects(run(...few), { code: 1, stderr: /ERR_CHAT_TEMPLATE .*--chat-template/ })
  const { stdout } = await run(...few, '--chat-template', 'none')
  t.match(JSON.parse(stdout), { finished: 1 })
})

t.test('resume: a cut, a floor, words; going on with another cut is refused', async t => {
  const out = join(t.testdir(), 'out')
  const resumed = ['run', '--limit', '2', '--evaluate', 'resume', '--method', 'recency,random']
  const args = [...resumed, '--thresholds', '0.5', '--quiet', '--out', out]
  const { stdout } = await run(...args, '--cut', '1')
  t.match(stdout, /Tokens to finish/)
  t.match(stdout, /nothing kept/)
  t.match(stdout, /Traces were cut before the last step/)
  t.match(stdout, /Unpruned, \d of 2 are right after \d+ tokens; from the problem alone/)
  const other = run(...args, '--resume', '--cut', '0.5')
  await t.rejects(other, { code: 1, stderr: /ERR_.*resume\.cut/ })
})
