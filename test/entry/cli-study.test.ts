/** A study from the command line: killed and resumed it is the same study, and what a model cannot show is said. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { studyJson } from '../../dist/experiment/index.js'
import { fakeStudy, fullParts } from '../support/fake-study.js'
import { tinyModel } from '../support/tiny-models.mjs'

const run = promisify(execFile)
const cli = join(packageFolder, 'dist/entry/cli/index.js')
const few = ['--threads', '1', '--limit', '2', '--problems', '2', '--max-tokens', '360']
const parts = ['calibration', 'labels', 'traces', 'in-flight']
const study = [cli, 'study', '--quick', ...few, '--parts', 'labels,in-flight']

/** A study without times: of when, how long, and how fast. */
const timeless = (folder: string): unknown =>
  JSON.parse(readFileSync(join(folder, 'study.json'), 'utf8'), (key, value) =>
    ['date', 'seconds', 'millis', 'tokensPerSecond'].includes(key) ? 0 : value,
  )

const finished = (folder: string): string[] => {
  const path = join(folder, 'study.json')
  return existsSync(path) ? Object.keys(JSON.parse(readFileSync(path, 'utf8')).parts) : []
}

t.test('killed, interrupted and resumed, it is the study of one process', async t => {
  const [killed, whole] = [join(t.testdir(), 'killed'), join(t.testdir(), 'whole')]
  /** Until what was printed says so. */
  const end = async (signal: NodeJS.Signals, args: readonly string[], when: RegExp) => {
    const child = spawn(process.execPath, [...study, '--out', killed, ...args])
    let printed = ''
    const read = (data: Buffer) => {
      printed += data
      if (!child.killed && when.test(printed)) child.kill(signal)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    const [code] = await once(child, 'close')
    return { printed, code }
  }
  const began = await end('SIGKILL', [], /which scores find the needed steps/)
  t.match(
    began.printed,
    /calibration +\d+ s\n[\s\S]*in all +\d+ (s|min)\nBy a probe of this machine/,
  )
  t.strictSame(finished(killed), ['calibration', 'labels'])
  // in the middle of the traces: the first one is on the disk
  const interrupted = await end('SIGINT', ['--resume'], /traces 1\/2/)
  t.equal(interrupted.code, 130)
  t.match(interrupted.printed, /cot-prune: interrupted; what is finished is in .*killed\n$/)
  const options = { maxBuffer: 2 ** 24 }
  const resumed = await run(process.execPath, [...study, '--out', killed, '--resume'], options)
  t.notMatch(resumed.stderr, /calibration 1\/2|labels 1\/2|traces 1\/2/, 'nothing is made again')
  t.match(resumed.stderr, /traces 2\/2[\s\S]* left, with traces of \d+ tokens/)
  await run(process.execPath, [...study, '--out', whole], options)
  t.strictSame(finished(killed), parts)
  t.strictSame(timeless(killed), timeless(whole))
  const report = readFileSync(join(killed, 'report.md'), 'utf8')
  t.match(report, /^# tiny-reasoner\n/)
  t.match(report, /## Pruned while it thinks\n\n```\n/)
  t.match(resumed.stdout, /Heads chosen on labelled traces[\s\S]*Pruned while it thinks/)

  // all is there: nothing is made, and another study is refused
  const again = await run(process.execPath, [...study, '--out', killed, '--resume', '--json'])
  t.match(JSON.parse(again.stdout), { version: 1, key: { maxTokens: 360 } })
  t.equal(again.stderr, '')
  await t.rejects(run(process.execPath, [...study, '--seed', '1', '--out', killed, '--resume']), {
    code: 1,
    stderr: /ERR_RESULTS .*study\.json is another study: seed is 0 there and 1 now/,
  })
})

t.test('a model that solves nothing: what it cannot show is skipped, and said', async t => {
  const out = t.testdir()
  const model = tinyModel({ context: 4096, layers: 1, template: 'plain' })
  const short = ['--threads', '1', '--limit', '2', '--problems', '2', '--max-tokens', '40']
  const asked = ['--parts', 'deletion,answers,resume,in-flight', '--quiet', '--out', out]
  const { stdout } = await run(process.execPath, [
    cli,
    'study',
    '--model',
    model,
    ...short,
    ...asked,
  ])
  t.match(stdout, /Skipped: The model solved none of 2 problems \(2 of its traces were cut off/)
  t.match(stdout, /Skipped: Of 2 traces .* none ended by itself with four steps or more/)
  t.match(stdout, /without answers, resume, in-flight: The model solved none of 2 problems/)
  const { parts } = JSON.parse(readFileSync(join(out, 'study.json'), 'utf8'))
  t.match(parts, { resume: { data: null }, answers: { data: null }, traces: { skipped: null } })
})

t.test('a model without rows is refused before anything is decoded', async t => {
  const model = tinyModel({ arch: 'mamba' })
  await t.rejects(run(process.execPath, [cli, 'study', '--threads', '1', '--model', model]), {
    code: 1,
    stdout: '',
    stderr: /^cot-prune: ERR_CAPTURE_UNAVAILABLE .*mamba.* has no layer that attends/,
  })
})

t.test('studies puts files and folders into one table, and names what is none', async t => {
  const folder = t.testdir({ 'none.json': '{"version":1}', 'broken.json': '{' })
  const write = (name: string) => {
    const path = join(folder, `${name}.json`)
    writeFileSync(path, studyJson({ ...fakeStudy(name), parts: fullParts }))
    return path
  }
  const files = [write('one'), write('two')]
  const table = await run(process.execPath, [cli, 'studies', ...files])
  t.match(table.stdout, /│ Model .*\n.*\n│ one .* 0\.91 .*\n│ two .* 0\.91 /)
  const json = await run(process.execPath, [cli, 'studies', ...files, '--json'])
  t.match(JSON.parse(json.stdout), [{ model: 'one', file: files[0] }, { model: 'two' }])
  const fails = async (name: string, stderr: RegExp) => {
    await t.rejects(run(process.execPath, [cli, 'studies', ...files, join(folder, name)]), {
      code: 1,
      stdout: '',
      stderr,
    })
  }
  await fails('none.json', /^cot-prune: ERR_RESULTS .*none\.json is no study of cot-prune\n$/)
  await fails('broken.json', /ERR_RESULTS .*broken\.json is damaged: it is not valid JSON/)
  await fails('missing.json', /ERR_RESULTS there is no .*missing\.json/)
  await t.rejects(run(process.execPath, [cli, 'studies']), { code: 2 })
})
