/** Models by name on the command line, from a hub on this machine: fetched, said, listed, refused. */

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { progressText } from '../../dist/entry/cli/download-progress.js'
import { memoryText } from '../../dist/entry/cli/memory-text.js'
import { hubVariables, writeHead } from '../support/hub-options.js'
import { MockHub, sha256 } from '../support/mock-hub.js'
import { reasonerPath } from '../support/reasoner.js'

const cli = fileURLToPath(new URL('../../dist/entry/cli/index.js', import.meta.url))
const bytes = new Uint8Array(readFileSync(reasonerPath))
const name = 'hf:maker/tiny:Q4_0'

async function start(t: Test) {
  const mock = await MockHub.start()
  t.teardown(() => mock.stop())
  const commit = mock.add('maker/tiny', { 'tiny-Q4_0.gguf': bytes }, { licence: 'mit' })
  const folder = t.testdir({})
  const variables = { ...hubVariables(mock.url, folder), XDG_CACHE_HOME: folder }
  return { mock, commit, folder, cotPrune: (...args: string[]) => run(args, variables).ended }
}

function run(args: readonly string[], variables: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...variables } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', data => {
    stdout += data
  })
  child.stderr.on('data', data => {
    stderr += data
  })
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(done => {
    child.on('close', code => done({ code, stdout, stderr }))
  })
  return { child, ended }
}

t.test('a model of the hub where --model stands: said, fetched once, and run', async t => {
  const { mock, commit, folder, cotPrune } = await start(t)
  const args = ['--model', name, '--limit', '1', '--max-tokens', '64']
  const first = await cotPrune('run', ...args)
  t.equal(first.code, 0, first.stderr)
  t.match(first.stdout, /threshold/)
  const said = `fetching tiny-Q4_0.gguf: 2.82 MB, from maker/tiny at ${commit.slice(0, 12)}, licence mit, into ${join(folder, 'hub', 'models--maker--tiny')}`
  t.ok(first.stderr.includes(said), first.stderr)
  t.match(first.stderr, /fetched 2\.82 MB of 2\.82 MB/)
  t.equal(mock.downloads.length, 1)
  mock.seen.length = 0
  for (const command of [
    ['in-flight', ...args],
    ['score', '--model', name, '--max-tokens', '64', '--json'],
  ]) {
    const { code, stderr } = await cotPrune(...command)
    t.equal(code, 0, stderr)
    t.notMatch(stderr, /fetch/)
  }
  t.strictSame(mock.seen, [])
})

t.test('pull prints the path, repairs, and says what is there already', async t => {
  const { mock, commit, folder, cotPrune } = await start(t)
  const path = join(folder, 'hub', 'models--maker--tiny', 'snapshots', commit, 'tiny-Q4_0.gguf')
  const pulled = await cotPrune('pull', name)
  t.equal(pulled.code, 0, pulled.stderr)
  t.equal(pulled.stdout, `${path}\n`)
  t.match(pulled.stderr, /it needs 0\.1 GiB \(weights 0\.0 GiB, cache of \d+ tokens .*\), free are/)
  const again = await cotPrune('pull', name)
  t.match(again.stderr, /is there, 2\.82 MB, and is what its source has/)
  const json = await cotPrune('pull', name, '--json', '--quiet')
  t.equal(json.stderr, '')
  t.match(JSON.parse(json.stdout), [
    { path, revision: commit, fetched: false, files: [{ sha256: sha256(bytes) }] },
  ])
  t.equal(mock.downloads.length, 1)

  const fine = await cotPrune('models', '--verify')
  t.equal(fine.code, 0, fine.stderr)
  t.match(fine.stdout, /hf:maker\/tiny\/tiny-Q4_0\.gguf .*2\.82 MB .*verified/)
  t.match(fine.stdout, /r1-qwen-1\.5b .*DeepSeek-R1-Distill-Qwen-1\.5B, Q4_K_M .*mit .*1\.11 GB/)
  writeFileSync(path, bytes.with(1000, 255 - (bytes[1000] ?? 0)))
  t.equal((await cotPrune('models')).code, 0, 'a look at its begin finds nothing')
  const damaged = await cotPrune('models', '--verify', '--json')
  t.equal(damaged.code, 1)
  t.match(JSON.parse(damaged.stdout), {
    models: [{ state: 'damaged', fault: /hash/ }],
    known: Array,
  })
  await cotPrune('pull', name)
  t.equal((await cotPrune('models', '--verify')).code, 0)
})

t.test('nothing is fetched that this machine cannot run, but by pull', async t => {
  const { mock, folder, cotPrune } = await start(t)
  // a head alone, of a model with two mebibytes of cache a token
  const head = join(folder, 'tall.gguf')
  const shape = { block_count: 64, embedding_length: 8192, 'attention.head_count': 64 }
  writeHead(head, { ...shape, 'attention.head_count_kv': 64, context_length: 2 ** 24 })
  mock.add('maker/tall', { 'tall-Q4_0.gguf': new Uint8Array(readFileSync(head)) })
  const tall = ['--model', 'hf:maker/tall:Q4_0', '--context', '16777216']
  const refused = await cotPrune('run', ...tall)
  t.equal(refused.code, 1)
  t.match(
    refused.stderr,
    /ERR_OUT_OF_MEMORY hf:maker\/tall:Q4_0: it needs 3\d{4}\.\d GiB \(weights 0\.0 GiB, cache of 16777216 tokens 32768\.0 GiB.*nothing was fetched; cot-prune pull .*--context/,
  )
  t.strictSame(mock.downloads, [])
  const pulled = await cotPrune('pull', 'hf:maker/tall:Q4_0', '--context', '16777216')
  t.equal(pulled.code, 0)
  t.match(pulled.stderr, /it does not fit this machine/)
  for (const model of [tall, ['--model', head, '--context', '16777216']]) {
    const loaded = await cotPrune('score', ...model)
    t.equal(loaded.code, 1)
    t.match(loaded.stderr, /^cot-prune: ERR_OUT_OF_MEMORY .*32768\.0 GiB/)
  }
})

t.test('Ctrl-C leaves what has come, and the next pull goes on', async t => {
  const { mock, folder } = await start(t)
  mock.fault = n => (n === 0 ? { holdAfter: 1_000_000, until: new Promise(() => {}) } : null)
  const variables = hubVariables(mock.url, folder)
  const { child, ended } = run(['pull', name], variables)
  const part = join(
    folder,
    'hub',
    'models--maker--tiny',
    'blobs',
    `${sha256(bytes)}.cot-prune.incomplete`,
  )
  while (!existsSync(part) || statSync(part).size < 1_000_000)
    await new Promise(done => setTimeout(done, 10))
  child.kill('SIGINT')
  const { code, stderr } = await ended
  t.equal(code, 130)
  t.match(stderr, /cot-prune: interrupted/)
  const next = await run(['pull', name], variables).ended
  t.equal(next.code, 0, next.stderr)
  t.match(next.stderr, /2\.82 MB, of which 1\.82 MB are missing/)
  t.equal(mock.downloads.at(-1)?.range, 'bytes=1000000-')
})

t.test('faults of names and hubs are one line', async t => {
  const { cotPrune } = await start(t)
  const cases: readonly [string, RegExp][] = [
    ['hf:maker/none', /^cot-prune: ERR_HUB_ACCESS .*no such repository/],
    ['r1-qwen-1.5', /^cot-prune: ERR_MODEL_NOT_FOUND .*short names are embedded, .*r1-qwen-1\.5b/],
    ['hf:maker', /^cot-prune: ERR_MODEL_NAME|no such repository/],
  ]
  for (const [model, message] of cases) {
    const { code, stdout, stderr } = await cotPrune('run', '--model', model)
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, message)
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  }
})

t.test('progress and memory in words', async t => {
  const progress = {
    file: 'x',
    done: 310e6,
    total: 1.117e9,
    bytesPerSecond: 24e6,
    secondsLeft: 33.6,
    waiting: false,
  }
  t.equal(progressText(progress), '310 MB of 1.12 GB, 24.0 MB/s, 0:34 left')
  t.equal(
    progressText({ ...progress, secondsLeft: 3725 }),
    '310 MB of 1.12 GB, 24.0 MB/s, 1:02:05 left',
  )
  t.equal(
    progressText({ ...progress, total: null, bytesPerSecond: null, secondsLeft: null }),
    '310 MB',
  )
  const needed = {
    contextLength: 8192,
    weights: 2 ** 30,
    cache: 2 ** 29,
    compute: 2 ** 28,
    total: 1.75 * 2 ** 30,
  }
  t.equal(
    memoryText(needed, { host: 2 ** 31, gpu: 2 ** 32 }),
    'it needs 1.8 GiB (weights 1.0 GiB, cache of 8192 tokens 0.5 GiB, buffers 0.3 GiB), free are 2.0 GiB and 4.0 GiB on GPUs',
  )
})
