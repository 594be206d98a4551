/** `cot-prune ask`: what is watched, what is said at the end, and how it stops. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { readTrace } from '../../dist/index.js'
import { sparkline } from '../../dist/report/index.js'
import { tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(300_000)

const execute = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')
const run = (...args: readonly string[]) =>
  execute(process.execPath, [cli, 'ask', ...args, '--threads', '1'])

const problem =
  '(1) At first Carla owns 94 beads. (2) Carla gets 31 beads as a gift. (3) Carla throws out 10 beads. With how many beads does Carla end?'

t.test('the thinking, bars behind each step, the steps, both answers', async t => {
  const { stdout, stderr } = await run(problem, '--quiet')
  const [thinking = '', told = ''] = stdout.split('</think>')
  t.match(thinking, /^\S/, 'no blank lines in front')
  t.match(thinking, /^.+ {2}█\n/, 'the first step is the highest so far')
  const bars = [...thinking.matchAll(/ {2}([▁-█]+)\n/g)].map(([, row = '']) => row.length)
  t.strictSame(
    bars,
    bars.map((_, i) => i + 1),
    'a bar more behind each step',
  )
  t.ok(bars.length >= 3)
  t.match(told, /^0 {2}.*(kept|removed).*Let me see/m)
  t.match(told, /^Answer: 115$/m)
  t.match(told, /^From \d of \d steps, \d+ % of the tokens: 115 \(the same\)$/m)
  t.notMatch(stdout, '\u001b[', 'no colours where this is no terminal')
  t.equal(stderr, '')
})

t.test('--json: a trace that can be read again, and the evaluation, and nothing else', async t => {
  const { stdout } = await run(problem, '--json', '--quiet', '--threshold', '0.3')
  const { trace, evaluation } = JSON.parse(stdout)
  t.match(readTrace(trace), { rule: { name: 'threshold', value: 0.3 } })
  t.equal(evaluation.answer.value, '115')
})

t.test('from a pipe; without a problem it says so', async t => {
  const child = spawn(process.execPath, [cli, 'ask', '--quiet', '--json', '--threads', '1'])
  child.stdin.end(`  ${problem}\n`)
  let text = ''
  child.stdout.on('data', chunk => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  t.equal(code, 0)
  t.strictSame(JSON.parse(text).trace.messages, [{ role: 'user', content: problem }])
  const empty = spawn(process.execPath, [cli, 'ask'])
  empty.stdin.end(' \n')
  let error = ''
  empty.stderr.on('data', chunk => {
    error += chunk
  })
  t.strictSame((await once(empty, 'close'))[0], 1)
  t.match(error, /ERR_EMPTY_PROMPT .*cot-prune ask "/)
})

t.test('Ctrl-C ends it at once, with exit code 130 and nothing left running', async t => {
  const model = tinyModel({
    bias: { '</think>': -99, '<｜end▁of▁sentence｜>': -99 },
    context: 8192,
  })
  const args = ['--model', model, '--max-tokens', '8000', '--context', '8192']
  const child = spawn(process.execPath, [cli, 'ask', problem, ...args])
  child.stdout.once('data', () => child.kill('SIGINT'))
  const [code, signal] = await once(child, 'exit')
  t.equal(code, 130)
  t.equal(signal, null)
})

t.test('a model without known heads is scored at the end, and said how to find them', async t => {
  const model = tinyModel({ bias: { '</think>': 2 } })
  const { stderr } = await run('hello', '--model', model, '--max-tokens', '60').catch(
    error => error,
  )
  t.match(stderr, /scored by the last token's attention.*cot-prune calibrate --model/s)
})

t.test('bars: the highest is full, nothing is the lowest', async t => {
  t.equal(sparkline([0, 0.5, 1]), '▁▅█')
  t.equal(sparkline([]), '')
  t.equal(sparkline([0, 0]), '▁▁')
  t.equal(sparkline([Number.NaN, -1, 3]), ' ▁█')
})
