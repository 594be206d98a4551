/** `isolate`: the same results from another process, whose end is a typed error here and nothing else. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { loadModel, Model, prune, type Session, segment } from '../../dist/index.js'
import { isGone } from '../support/processes.mjs'
import { problemMessages, reasonerPath } from '../support/reasoner.js'
import { badFiles, type TinyModelOptions, tinyModel } from '../support/tiny-models.mjs'

/** Slow enough that every job outlasts the moment at which its process is ended. */
const slow: TinyModelOptions = {
  ...{ layers: 8, embedding: 512, ff: 2048, heads: 8, kvHeads: 4, bias: { '\n': 3 } },
}
const exit = { name: 'CotPruneError', code: 'ERR_ISOLATED_EXIT' } as const

/** Of every kind of job what comes back, without what depends on the clock. */
async function everything(model: Model): Promise<unknown> {
  await using session = await model.createSession({ contextLength: 2048, threads: 1 })
  const [first = [], second = []] = await problemMessages(2)
  const heads = [{ layer: model.info.attentionLayers[0] ?? 0, head: 0 }]
  const trace = await session
    .generate(first, {
      maxTokens: 200,
      temperature: 0.7,
      certainty: 20,
      alternatives: 2,
      stepGraph: { heads },
    })
    .finish()
  const segmented = segment(trace, { minCharacters: 0 })
  const scored = await session.scoreSteps(segmented, { perToken: true })
  const pruned = prune(scored, { ratio: 0.5 })
  const answers = await session.evaluateAll([pruned, prune(scored, { keep: 1 })], { maxTokens: 30 })
  const likelihood = await session.likelihood(pruned, { text: '42' })
  const read = await session.tokenLogprobs(trace.tokens.slice(0, 40), { alternatives: 3 })
  const rows = await session.attention(trace.tokens.slice(0, 50), { heads })
  const live = await session
    .generate(second, { maxTokens: 200, pruning: { every: 40, observer: 'last-token' } })
    .finish()
  await session.clear()
  const batch = session.batch({ slotTokens: 256 })
  // one after the other: who is decoded beside whom is a matter of time, and rounds otherwise
  const both = [
    await batch.generate(first, { maxTokens: 40 }).finish(),
    await batch.generate(second, { maxTokens: 40 }).finish(),
  ]
  await batch.close()
  const { choosingMillis: _, isolated: __, pid: ___, ...info } = session.info
  const text = await model.detokenize(trace.tokens)
  const all = { trace, scored, answers, likelihood, read, rows, live, both, info, text }
  return JSON.parse(
    JSON.stringify({ ...all, model: model.info }, (key, value: unknown) =>
      /millis$/i.test(key) ? 0 : value,
    ),
  )
}

t.test('every job gives the same, bit for bit', async t => {
  await using here = await loadModel(reasonerPath)
  await using there = await loadModel(reasonerPath, { isolate: true })
  t.strictSame(await everything(there), await everything(here))
})

/** Each kind of job, long enough to be ended in the middle. */
const text = 'A long prompt. '.repeat(200)
const tokens = Array.from({ length: 3000 }, (_, i) => 65 + (i % 26))
const jobs: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
  'reading a prompt': session => session.generate(text, { maxTokens: 1 }).finish(),
  writing: session => session.generate('a', { maxTokens: 2000, temperature: 1 }).finish(),
  likelihoods: session => session.tokenLogprobs(tokens),
  'a batch': session => session.batch().generate('a', { maxTokens: 800 }).finish(),
}

t.test(
  'ended in the middle of a job, it is a typed error; other models go on, and a new one loads',
  async t => {
    const path = tinyModel(slow)
    await using other = await loadModel(path, { isolate: true })
    const beside = await other.createSession({ contextLength: 512, threads: 1 })
    const before = await beside.generate('a', { maxTokens: 5 }).finish()
    for (const [name, job] of Object.entries(jobs)) {
      const model = await loadModel(path, { isolate: true })
      const session = await model.createSession({ contextLength: 4096, threads: 1 })
      const { pid, isolated } = session.info
      t.equal(isolated, true)
      let ended = 0
      const running = job(session).then(
        () => 'it was done before',
        (error: unknown) => {
          ended = performance.now()
          return error
        },
      )
      await sleep(30)
      const killed = performance.now()
      process.kill(pid, 'SIGKILL')
      const error = await running
      t.match(error, { ...exit, message: /SIGKILL/, cause: { signal: 'SIGKILL', pid } }, name)
      t.comment(`${name}: told in ${Math.round(ended - killed)} ms`)
      await t.rejects(session.clear(), name === 'a batch' ? { code: 'ERR_BUSY' } : exit, name)
      await t.rejects(model.createSession(), exit, 'its model')
      t.throws(() => session.info, exit)
      await session.close()
      await model.close()
    }
    await beside.clear()
    const after = await beside.generate('a', { maxTokens: 5 }).finish()
    t.strictSame(after.tokens, before.tokens, 'the other model')
  },
)

t.test('ended while it loads, opens a session, or tokenises', async t => {
  const path = tinyModel(slow)
  await using model = await loadModel(path, { isolate: true })
  const { pid } = (await model.createSession({ contextLength: 256 })).info
  const asked = [model.createSession(), model.tokenize(text.repeat(50))]
  process.kill(pid, 'SIGSEGV')
  for (const settled of await Promise.allSettled(asked)) {
    if (settled.status === 'rejected') t.match(settled.reason, exit)
  }
  await t.rejects(model.tokenize('a'), { ...exit, cause: { signal: 'SIGSEGV' } })
})

t.test('an abort ends the process of a load, with the reason of the signal', async t => {
  const reason = new Error('enough')
  for (const millis of [0, 20, 100]) {
    const controller = new AbortController()
    const options = { isolate: true, mmap: false, signal: controller.signal }
    const settled = loadModel(tinyModel(slow), options).catch((error: unknown) => error)
    await sleep(millis)
    controller.abort(reason)
    const outcome = await settled
    if (outcome instanceof Model) await outcome.close()
    else t.equal(outcome, reason, `${millis} ms`)
  }
})

const child = fileURLToPath(new URL('../support/life.mjs', import.meta.url))
const isolating = new URL('../support/isolate-everything.mjs', import.meta.url).href

/** How a process with an isolated model ends, and which process the model had. */
async function live(stage: string, killed: boolean) {
  const args = ['--import', isolating, child, stage, tinyModel(slow), '20']
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (killed && output.includes('pid')) started.kill('SIGKILL')
    })
  }
  const [code] = await once(started, 'close')
  return { code, output, pid: Number(/pid (\d+)/.exec(output)?.[1] ?? 0) }
}

t.test('a process ends as it would, and its model with it', async t => {
  const stages = [
    ['session open', 0],
    ['generating: process.exit', 7],
    ['generating: uncaught error', 1],
    ['a prompt: left without waiting', null],
  ] as const
  for (const [stage, code] of stages) {
    const ending = await live(stage, code === null)
    t.equal(ending.code, code, `${stage}: ${ending.output}`)
    t.ok(ending.pid > 0 && (await isGone(ending.pid)), `${stage}: no process is left`)
  }
})

t.test('one that hangs can be closed, with its sessions', async t => {
  const model = await loadModel(tinyModel(slow), { isolate: true })
  const session = await model.createSession({ contextLength: 512, threads: 1 })
  const { pid } = session.info
  const running = session.attention(tokens.slice(0, 400))
  process.kill(pid, 'SIGSTOP')
  const rejected = t.rejects(running, { code: 'ERR_CLOSED' })
  await model.close()
  await rejected
  t.ok(await isGone(pid))
})

t.test('what nobody holds is ended by the collector, and not while it works', async t => {
  const script = fileURLToPath(new URL('../support/drop-isolated.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--expose-gc', script, tinyModel()],
  ])
  t.strictSame(JSON.parse(stdout), { left: 0, length: 2000 })
})

t.test('a worker that is terminated takes its model with it', async t => {
  const worker = new Worker(new URL('../support/worker.mjs', import.meta.url), {
    workerData: { path: tinyModel(), forever: true, isolate: true },
  })
  const [{ pid }] = (await once(worker, 'message')) as [{ readonly pid: number }]
  await worker.terminate()
  t.ok(pid !== process.pid && (await isGone(pid)))
})

t.test('a file that is refused is refused as ever, and leaves no process', async t => {
  const files = badFiles(t.testdir())
  const codes = async (isolate: boolean) => {
    const all = [files.text, files.unsupportedArchitecture, files.missingTensor]
    const found: string[] = []
    for (const path of all) {
      found.push(await loadModel(path, { isolate }).then(() => 'loaded', String))
    }
    return found
  }
  t.strictSame(await codes(true), await codes(false))
})
