/** However a model's process ends, what it was asked rejects and says how. */

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ModelProcess } from '../../../dist/engine/isolated/model-process.js'
import { isRunning } from '../../support/processes.mjs'

const program = fileURLToPath(new URL('../../support/ending-process.mjs', import.meta.url))

const start = (file = program) => new ModelProcess('a.gguf', () => {}, file)

/** The request names what the stand-in is to do. */
const ask = (process_: ModelProcess, method: string) =>
  // @ts-expect-error no method of the contract
  process_.ask({ method, session: null, args: [] }, {})

const cases: Readonly<Record<string, object>> = {
  'exit code': { exitCode: 3, signal: null, lines: [], message: /ended with exit code 3/ },
  signal: {
    exitCode: null,
    signal: 'SIGABRT',
    message: /was ended by SIGABRT \(a check of llama.cpp/,
  },
  words: { signal: 'SIGABRT', message: /it wrote: GGML_ASSERT\(x\) failed\. Load/ },
  'one long line': { exitCode: 3 },
  'uncaught error': { exitCode: 1, message: /on purpose/ },
  'closes the channel and goes on': { signal: 'SIGKILL' },
}

for (const [name, expected] of Object.entries(cases)) {
  t.test(`${name}: all that was asked rejects, and so does what is asked later`, async t => {
    const process_ = start()
    const facts = { code: 'ERR_ISOLATED_EXIT', pid: process_.pid, ...expected }
    const other = t.rejects(ask(process_, 'another'), { ...facts, during: 'another' })
    await t.rejects(ask(process_, name), { ...facts, during: name })
    await other
    t.equal(process_.ended, true)
    await t.rejects(ask(process_, 'late'), { ...facts, during: null })
    t.throws(() => process_.check(), { message: /before this call.* Load the model again/ })
    await process_.end()
    t.equal(isRunning(process_.pid), false)
  })
}

t.test('the last lines: 50 of them, the newest last, and none is endless', async t => {
  const many = start()
  const error = await ask(many, 'words').catch((thrown: unknown) => thrown)
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i + 11}`)
  t.match(error, { lines: [...lines, 'GGML_ASSERT(x) failed'] })
  const long = start()
  const endless = await ask(long, 'one long line').catch((thrown: unknown) => thrown)
  t.match(endless, { lines: [/^x{500}$/] })
})

t.test('one that hangs is ended', async t => {
  const process_ = start()
  const asked = t.rejects(ask(process_, 'hangs for ever'), { message: /SIGKILL/ })
  await sleep(100)
  await process_.end()
  await asked
  t.equal(isRunning(process_.pid), false)
  await process_.end()
})

t.test('a program that is not there is an exit, too', async t => {
  const process_ = start(`${program}.nothing`)
  await t.rejects(ask(process_, 'anything'), { exitCode: 1, message: /Cannot find module/ })
})

t.test('where no process can be started, it says why', async t => {
  const { execPath } = process
  process.execPath = '/nowhere/node'
  t.teardown(() => {
    process.execPath = execPath
  })
  const process_ = start()
  const message = /^no process could be started for a\.gguf: .*ENOENT/
  await t.rejects(ask(process_, 'anything'), { code: 'ERR_ISOLATED_EXIT', pid: 0, message })
  await process_.end()
})
