import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { lineOf, progressLines } from '../../dist/entry/cli/progress.js'
import { runExperiment } from '../../dist/experiment/index.js'
import { fakeSession } from '../support/fake-session.js'

const cli = fileURLToPath(new URL('../../dist/entry/cli/index.js', import.meta.url))

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Run the command line in a child without a terminal. */
function cotPrune(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', data => {
      stdout += data
    })
    child.stderr.on('data', data => {
      stderr += data
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}

const model = ['--model', 'model.gguf']
const data = ['--dataset', 'seed-aime']

t.test('usage errors exit with 2, say what is wrong, and print nothing on stdout', async t => {
  const cases: [readonly string[], RegExp][] = [
    [['run', ...model, ...data, '--treshold', '0'], /unknown option.*\n?.*--thresholds/],
    [['run', ...model, ...data, '--thresholds', '0,1.5'], /from 0 to 1/],
    [['run', ...model, ...data, '--thresholds', '0,,1'], /from 0 to 1/],
    [['run', ...model, ...data, '--thresholds', '-0.1'], /from 0 to 1/],
    [['run', ...model, ...data, '--thresholds', 'NaN'], /from 0 to 1/],
    [['run', ...model, ...data, '--limit', 'many'], /whole number from 1/],
    [['run', ...model, ...data, '--limit', '0'], /whole number from 1/],
    [['run', ...model, ...data, '--max-tokens', '1.5'], /whole number/],
    [['run', ...model, ...data, '--seed', '4294967296'], /whole number from 0 to 4294967295/],
    [['run', ...model, ...data, '--context', '-5'], /whole number/],
    [['run', ...model, ...data, '--preset', 'best'], /notebook, recommended/],
    [['run', ...model, '--dataset', 'aime99'], /give embedded, seed-aime, .*or a file/],
    [['run', ...model, ...data, '--thinking', 'aloud'], /one of think, harmony, .* OPEN,CLOSE/],
    [['run', ...model, ...data, '--splitter', 'blank'], /auto, paragraph, .*line/],
    [['score', '--min-characters', '-1'], /whole number/],
    [['run', '--template-arg', 'thinking'], /KEY=VALUE/],
    [['run', '--thinking-budget', '0'], /whole number from 1/],
    [['run', '--top-p', '2'], /number from 0 to 1/],
    [['run', '--presence-penalty', '3'], /number from -2 to 2/],
    [['run', '--evaluate', 'again'], /continue, reprompt, evict, resume/],
    [['run', '--cut', 'middle'], /answer, a whole number of steps, or a share/],
    [['run', '--cut', '1.5'], /answer, a whole number of steps, or a share/],
    [['run', ...model, ...data, 'more'], /too many arguments/],
    [['walk'], /unknown command 'walk'/],
    [[], /Usage: cot-prune/],
  ]
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await cotPrune(args)
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, message)
  }
})

t.test('--help and --version exit with 0', async t => {
  const help = await cotPrune(['run', '--help'])
  t.equal(help.code, 0)
  for (const name of ['model', 'dataset', 'limit', 'thresholds', 'max-tokens', 'seed', 'preset']) {
    t.match(help.stdout, `--${name}`)
  }
  const version = await cotPrune(['--version'])
  t.equal(version.code, 0)
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  t.match(JSON.parse(text), { version: version.stdout.trim() })
})

t.test('info works without a model', async t => {
  const plain = await cotPrune(['info'])
  t.equal(plain.code, 0, plain.stderr)
  t.match(plain.stdout, /^cot-prune +\d/)
  for (const name of ['llama.cpp', 'patch', 'backends', 'threads']) t.match(plain.stdout, name)
  const json = await cotPrune(['info', '--json'])
  t.equal(json.code, 0, json.stderr)
  t.match(JSON.parse(json.stdout), {
    version: String,
    llamaCommit: String,
    llamaVersion: String,
    patchSha256: String,
    backends: Array,
    devices: Array,
    threads: Number,
  })
})

const oneLine = (t: Test, outcome: Outcome, message: RegExp) => {
  t.equal(outcome.code, 1)
  t.equal(outcome.stdout, '')
  t.match(outcome.stderr, message)
  t.equal(outcome.stderr.trimEnd().split('\n').length, 1, 'one line')
}

t.test('a broken data set exits with 1 and names the line', async t => {
  const folder = t.testdir({
    'broken.jsonl': '{"problem":"a","answer":1}\r\n\r\n{"problem":"b",\r\n',
    'lacking.jsonl': '{"problem":"a"}',
  })
  const broken = await cotPrune(['run', ...model, '--dataset', join(folder, 'broken.jsonl')])
  oneLine(t, broken, /^cot-prune: ERR_DATASET .*broken\.jsonl:3: not valid JSON/)
  const lacking = await cotPrune(['run', ...model, '--dataset', join(folder, 'lacking.jsonl')])
  oneLine(t, lacking, /^cot-prune: ERR_DATASET .*lacking\.jsonl:1: "answer" is missing/)
  const missing = await cotPrune(['run', ...model, '--dataset', join(folder, 'none.jsonl')])
  oneLine(t, missing, /^cot-prune: ERR_DATASET cannot read .*none\.jsonl/)
})

t.test('a missing model exits with 1; the stack is there on request only', async t => {
  const folder = t.testdir({})
  const args = ['run', '--model', join(folder, 'none.gguf'), ...data]
  oneLine(t, await cotPrune(args), /^cot-prune: ERR_MODEL_NOT_FOUND .*none\.gguf/)
  const debug = await cotPrune(args, { COT_PRUNE_DEBUG: '1' })
  t.equal(debug.code, 1)
  t.match(debug.stderr, /\n +at /)
})

t.test('a folder that cannot be made exits with 1 before a model is loaded', async t => {
  const folder = t.testdir({ file: '' })
  const out = ['--out', join(folder, 'file', 'results')]
  oneLine(
    t,
    await cotPrune(['run', ...model, ...data, ...out]),
    /^cot-prune: .*results cannot be written/,
  )
})

async function fakeResults() {
  const session = fakeSession({ reply: () => '<think>one two three four</think>\\boxed{25}' })
  const dataset = {
    name: 'two',
    path: null,
    problems: [
      { id: 'a', problem: 'first', answer: '25' },
      { id: 'b', problem: 'second', answer: '3' },
    ],
  }
  const results = []
  for await (const result of runExperiment({ session, dataset })) results.push(result)
  return results
}

t.test('a line of progress tells the outcome of a problem', async t => {
  const results = await fakeResults()
  const lines = results.map(result =>
    lineOf({ result: { ...result, millis: 1234 }, done: result.index + 1, total: 2 }),
  )
  t.match(lines[0], /^1\/2 id a: 1 step, \d+ tokens, 1\.2 s, answer 25 is right$/)
  t.match(lines[1], /^2\/2 id b: .*, answer 25, expected 3$/)
})

t.test('a job tells about ten lines, evenly spread, and the last one always', async t => {
  const told = (total: number, flags: { readonly quiet?: boolean; readonly isTTY?: boolean }) => {
    const lines: string[] = []
    const write = (text: string) => lines.push(text) > 0
    const line = progressLines({ write, isTTY: flags.isTTY ?? false }, flags)
    for (let done = 1; done <= total; done++) line(done, total, () => `${done}`)
    return lines.map(Number)
  }
  t.strictSame(told(3, {}), [1, 2, 3])
  t.strictSame(told(85, {}), [9, 17, 26, 34, 43, 51, 60, 68, 77, 85])
  t.strictSame(told(1000, {}).length, 10)
  t.equal(told(85, { isTTY: true }).length, 85)
  t.strictSame(told(85, { quiet: true }), [])
})

t.test('--quiet leaves stderr empty', async t => {
  const args = ['run', '--limit', '1', '--threads', '1', '--max-tokens', '40', '--quiet', '--json']
  const { stdout, stderr, code } = await cotPrune(args)
  t.equal(code, 0)
  t.equal(stderr, '')
  t.equal(JSON.parse(stdout).finished, 1)
})
