/** The addon keeps types/native.d.ts, and nothing that is passed to it ends the process. */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { addonInfo, native } from '../../dist/engine/native.js'
import { openModelHandle, openSessionHandle } from '../support/addon.mjs'
import { call } from '../support/call.js'
import { tinyModel } from '../support/tiny-models.mjs'

const addon = native()
const none = new Int32Array(0)
const run = promisify(execFile)
const child = fileURLToPath(new URL('../support/seam.mjs', import.meta.url))

async function open() {
  const control = addon.controlCreate()
  const model = await openModelHandle(addon, tinyModel(), { control })
  const session = await openSessionHandle(addon, model, {
    contextLength: 512,
    batchSize: 64,
    branches: 4,
  })
  return { control, model, session }
}
const opened = await open()
t.teardown(async () => {
  await addon.sessionClose(opened.session)
  await addon.modelClose(opened.model)
})

/** The names that the interface declares: its methods are the lines of the smallest indent. */
function declared(): string[] {
  const text = readFileSync(join(packageFolder, 'types/native.d.ts'), 'utf8')
  const body = /export interface Native \{\n([\s\S]*?)\n\}/.exec(text)?.[1] ?? ''
  return Array.from(body.matchAll(/^ {2}(\w+)\(/gm), match => match[1] ?? '')
}

t.test('the addon exports what types/native.d.ts declares, in no other number', async t => {
  const names = declared()
  t.ok(names.length > 20, `${names.length} names were read`)
  t.strictSame(Object.keys(addon).sort(), names.sort())
  for (const [name, value] of Object.entries(addon)) {
    t.type(value, 'function')
    t.equal(value.name, name, 'is called by its name in a stack')
  }
})

/** The right arguments of each function behind its handle, and what kind of handle it takes. */
type Kind = 'control' | 'model' | 'session'
const { control, model, session } = opened
const integers = Int32Array.of(1)
const calls: readonly (readonly [name: keyof typeof addon, kind: Kind, ...rest: unknown[]])[] = [
  ['controlAbort', 'control'],
  ['controlProgress', 'control'],
  ['modelOpen', 'control', tinyModel(), 0, -1, new Float32Array(), true, 0, [], 0],
  ['modelInfo', 'model'],
  ['modelTokenize', 'model', 'text', false, false],
  ['modelPieces', 'model', integers],
  ['modelRenderChat', 'model', '{{ bos_token }}', ['user'], ['hello'], true, '{}'],
  ['modelClose', 'model'],
  ['sessionOpen', 'model', 512, 64, 4, 1, false, 'f16', 'f16', true, 0, 'auto'],
  ['sessionInfo', 'session'],
  ['sessionTokens', 'session', 0],
  ['sessionMatch', 'session', 0, integers],
  ['sessionFork', 'session', 0, 1, 0],
  ['sessionCut', 'session', 0, 0, 0],
  ['sessionRestore', 'session', 0, 1, 0, 0],
  ['sessionCompact', 'session', 0],
  ['sessionDrop', 'session', 0],
  ['sessionExtend', 'session', 0, integers, true, 0, none, none, none],
  [
    'sessionExtendMany',
    'session',
    integers,
    integers,
    integers,
    none,
    none,
    Int32Array.of(0),
    none,
  ],
  ['sessionLogits', 'session', 0],
  ['sessionLikelihood', 'session', 0, integers, 0],
  ['sessionValues', 'session', 0, 0, 0, 0],
  ['sessionSampler', 'session', 0, 0, 0, 1, 0, 1, 0, 64, 0, []],
  ['sessionCertainty', 'session', 0, 0],
  ['sessionAlternatives', 'session', 0, 0],
  ['sessionSample', 'session', integers, 1, false, none, none, none, -1],
  ['sessionAbort', 'session'],
  ['sessionClose', 'session'],
]

/** What a call does: its error, whether thrown or rejected, or null where it works. */
async function failure(name: keyof typeof addon, ...args: readonly unknown[]): Promise<unknown> {
  try {
    await call(addon[name], ...args)
    return null
  } catch (error) {
    return error
  }
}

const typeError = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }

t.test('a wrong handle is a TypeError that names the argument, in every function', async t => {
  const taking = new Set(calls.map(([name]) => name))
  const without = ['buildInfo', 'devices', 'recentLog', 'rpcServe', 'controlCreate']
  t.strictSame(declared().sort(), [...taking, ...without].sort(), 'the table has every function')
  const handles = { control, model, session }
  const others = [undefined, null, {}, [], 3, 'model', Symbol('x'), () => {}, Object.create(null)]
  for (const [name, kind, ...rest] of calls) {
    const wrong = Object.entries(handles).filter(([other]) => other !== kind)
    for (const handle of [...wrong.map(([, value]) => value), ...others]) {
      const error = await failure(name, handle, ...rest)
      t.match(error, { ...typeError, message: /argument 0 .* handle/ }, name)
    }
    t.match(await failure(name), typeError, `${name} without arguments`)
  }
})

t.test('a wrong type or an integer out of range is a TypeError, at every position', async t => {
  const wrongIntegers = [
    Number.NaN,
    1.5,
    2 ** 32,
    -(2 ** 31) - 1,
    Infinity,
    '1',
    null,
    undefined,
    1n,
  ]
  const wrong = new Map<string, readonly unknown[]>([
    ['number', wrongIntegers],
    ['boolean', [0, 'true', null, undefined, {}]],
    ['string', [0, null, undefined, {}, Symbol('x')]],
    ['object', [null, undefined, 3, 'x', {}, new Float32Array(1), new Uint8Array(4), [1]]],
  ])
  /** Positions that take any finite number: the shares and penalties of a sampler. */
  const fractional = new Set(['sessionSampler/2', 'sessionSampler/4', 'sessionSampler/5'])
  for (const penalty of ['6', '7']) fractional.add(`sessionSampler/${penalty}`)
  const handles = { control, model, session }
  for (const [name, kind, ...rest] of calls) {
    for (const [i, right] of rest.entries()) {
      const position = `${name}/${i + 1}`
      for (const value of wrong.get(typeof right) ?? []) {
        if (fractional.has(position) && Number.isFinite(value)) continue
        const bytes = position === 'sessionOpen/9' || position === 'modelOpen/6'
        if (bytes && value === 2 ** 32) continue
        if (position === 'modelOpen/4' && value instanceof Float32Array) continue
        if (position === 'sessionSampler/9' && Object.is(value, 1)) continue
        const args = rest.with(i, value)
        const error = await failure(name, handles[kind], ...args)
        const expected = { ...typeError, message: new RegExp(`^argument ${i + 1} must be`) }
        t.match(error, expected, `${position}: ${String(value)}`)
      }
    }
  }
  t.match(await failure('modelRenderChat', model, '', ['user'], [3], true, '{}'), typeError)
  const served: readonly unknown[] = ['127.0.0.1', 1, 1]
  for (const i of served.keys())
    t.match(await failure('rpcServe', ...served.with(i, {})), typeError)
})

t.test('values out of range reject with a code', async t => {
  const { control, model, session } = await open()
  const extend = (branch: number, tokens: Int32Array, ...rest: readonly Int32Array[]) => {
    const [layers = none, heads = none, spans = none] = rest
    return failure('sessionExtend', session, branch, tokens, true, 1, layers, heads, spans)
  }
  const invalid = { code: 'ERR_INVALID_ARG_VALUE' }
  for (const branch of [-1, 4, 2 ** 31 - 1]) {
    t.match(await extend(branch, integers), invalid, `extend branch ${branch}`)
    t.match(await failure('sessionTokens', session, branch), invalid, `tokens of ${branch}`)
    t.match(await failure('sessionLogits', session, branch), invalid, `logits of ${branch}`)
    t.match(await failure('sessionMatch', session, branch, none), invalid, `match ${branch}`)
    t.match(await failure('sessionDrop', session, branch), invalid, `drop ${branch}`)
    t.match(await failure('sessionFork', session, 0, branch, 0), invalid, `fork to ${branch}`)
    t.match(await failure('sessionFork', session, branch, 0, 0), invalid, `fork from ${branch}`)
  }
  for (const token of [-1, 271, 2 ** 31 - 1, -(2 ** 31)]) {
    t.match(await extend(0, Int32Array.of(65, token)), invalid, `token ${token}`)
    t.match(await failure('modelPieces', model, Int32Array.of(token)), invalid, `piece ${token}`)
  }
  t.match(await extend(0, none), invalid, 'no token')
  t.match(await extend(0, new Int32Array(65)), invalid, 'more than a batch')
  for (const [layer, head] of [
    [-1, 0],
    [3, 0],
    [0, -1],
    [0, 4],
    [2 ** 31 - 1, 2 ** 31 - 1],
  ] as const) {
    const error = await extend(0, integers, Int32Array.of(layer), Int32Array.of(head))
    t.match(error, invalid, `head ${layer}, ${head}`)
  }
  t.match(await failure('sessionFork', session, 0, 0, 0), invalid, 'fork onto itself')
  t.match(await failure('sessionFork', session, 0, 1, 1), invalid, 'fork of more than there is')
  t.match(await failure('sessionCut', session, 0, -1, 1), invalid, 'cut from -1')
  t.match(await failure('sessionRestore', session, 0, 0, 0, 1), invalid, 'restore from itself')
  t.match(await failure('sessionRestore', session, 0, 1, 1, 0), invalid, 'restore backwards')
  t.match(await failure('sessionCompact', session, 99), invalid, 'no such branch')
  t.match(await failure('sessionCut', session, 0, 2, 1), invalid, 'cut backwards')
  const sample = await failure(
    'sessionSample',
    session,
    Int32Array.of(0),
    4,
    false,
    none,
    none,
    none,
    -1,
  )
  t.match(sample, invalid, 'a branch without logits')
  t.match(
    await failure('sessionOpen', model, 512, 64, 4, 1, false, 'q2', 'f16', true, 0, 'auto'),
    invalid,
  )
  t.same(await addon.sessionTokens(session, 0), none, 'nothing has changed')
  await addon.sessionClose(session)
  t.match(await failure('sessionClose', session), { code: 'ERR_CLOSED' })
  t.match(await failure('sessionAbort', session), { code: 'ERR_CLOSED' })
  await addon.modelClose(model)
  t.match(await failure('modelInfo', model), { code: 'ERR_CLOSED' })
  t.equal(addon.controlProgress(control), 1)
})

t.test('arrays are copied: detached, shared, changed meanwhile', async t => {
  const { session, model } = await open()
  const detached = Int32Array.of(1, 2, 3)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  const extend = (tokens: Int32Array) =>
    failure('sessionExtend', session, 0, tokens, true, 0, none, none, none)
  t.match(await extend(detached), { code: 'ERR_INVALID_ARG_VALUE' }, 'detached is empty')
  t.equal(await extend(new Int32Array(new SharedArrayBuffer(8))), null, 'shared is copied')
  const tokens = Int32Array.of(70, 71)
  const running = extend(tokens)
  tokens.fill(2 ** 30)
  t.equal(await running, null)
  t.strictSame([...addon.sessionTokens(session, 0)], [0, 0, 70, 71])
  const closing = ['x']
  Object.defineProperty(closing, 0, { get: () => void addon.sessionClose(session) })
  const sampler = await failure('sessionSampler', session, 0, 0, 0, 1, 0, 1, 0, 64, 0, closing)
  t.ok(sampler instanceof Error, 'a getter that closes the session')
  await addon.modelClose(model)
})

/** Runs cases from `first` on; their lines, `name: outcome`, the last one open where it died. */
async function runCases(first: number): Promise<{ lines: string[]; ending: string | null }> {
  const done = run(process.execPath, [child, tinyModel(), String(first)], { timeout: 60_000 })
  const { stdout, ending } = await done.then(
    result => ({ stdout: result.stdout, ending: null }),
    error => ({ stdout: String(error.stdout), ending: String(error.signal ?? error.code) }),
  )
  return { lines: stdout.split('\n').filter(line => line !== ''), ending }
}

t.test('what lib/ never passes does not end the process either', async t => {
  let first = 0
  for (let ending: string | null = ''; ending !== null; ) {
    const part = await runCases(first)
    first += part.lines.length
    ending = part.lines.length === 0 ? null : part.ending
    const died = ending === null ? undefined : part.lines.pop()
    for (const line of part.lines) t.match(line, /: (works|ERR_[A-Z_]+)$/, line)
    if (died !== undefined) t.fail(`${died}ended by ${ending}`)
  }
  t.ok(first > 40, `${first} cases`)
})

t.test('handles of another environment do not pass', async t => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    const addon = require(workerData.addon)
    ;(async () => {
      const rest = [0, -1, new Float32Array(), true, 0, [], 0]
      const model = await addon.modelOpen(addon.controlCreate(), workerData.path, ...rest)
      const own = addon.modelInfo(model).layers
      let posted = 'cloned'
      try { parentPort.postMessage({ model }) } catch (error) { posted = error.name }
      await addon.modelClose(model)
      parentPort.postMessage({ own, posted })
    })()`
  const workerData = {
    addon: addonInfo().file,
    path: tinyModel(),
  }
  const worker = new Worker(code, { eval: true, workerData })
  const message = await new Promise<unknown>((resolve, reject) => {
    worker.on('message', resolve).on('error', reject)
  })
  await worker.terminate()
  t.strictSame(message, { own: 3, posted: 'DataCloneError' }, 'its own works, none can be sent')
  t.throws(() => structuredClone(model), { name: 'DataCloneError' })
  for (const forged of [Object.create(model), new Proxy(model, {}), { ...model }]) {
    t.match(await failure('modelInfo', forged), typeError, 'forged')
  }
  t.equal(addon.modelInfo(model).layers, 3, 'the handle of this environment still works')
})
