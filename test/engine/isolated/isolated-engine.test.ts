/** A model in another process is the same model: each call gives what it gives here, and what is read without waiting is up to date. */

import t from 'tap'
import { IsolatedEngine } from '../../../dist/engine/isolated/isolated-engine.js'
import { native } from '../../../dist/engine/native.js'
import type { Engine, ModelHandle, SessionHandle } from '../../../types/native.js'
import { openModelHandle, openSessionHandle } from '../../support/addon.mjs'
import { mulberry32, type Random } from '../../support/random.mjs'
import { type TinyModelOptions, tinyModel } from '../../support/tiny-models.mjs'

const branches = 4
const none = new Int32Array()

interface Side {
  readonly engine: Engine
  readonly model: ModelHandle
  readonly session: SessionHandle
}

async function open(engine: Engine, path: string): Promise<Side> {
  const model = await openModelHandle(engine, path)
  const options = { contextLength: 512, batchSize: 64, branches }
  return { engine, model, session: await openSessionHandle(engine, model, options) }
}

async function bothSides(path: string): Promise<readonly [Side, Side]> {
  return [await open(native(), path), await open(new IsolatedEngine(path), path)]
}

async function close({ engine, model, session }: Side): Promise<void> {
  await engine.sessionClose(session)
  await engine.modelClose(model)
}

/** What a call gives: its value, or the code of its error. */
async function outcome(job: () => unknown): Promise<unknown> {
  try {
    return { value: await job() }
  } catch (error) {
    return error instanceof Error && 'code' in error
      ? { code: error.code, message: error.message }
      : { error }
  }
}

type Call = (engine: Engine, session: SessionHandle) => unknown

/** A call with arguments of its kind, of which some are refused. */
function anyCall(random: Random): readonly [name: string, call: Call] {
  const whole = (below: number) => random.integer(below)
  const branch = whole(branches)
  const other = whole(branches)
  const start = whole(12)
  const end = start + whole(12)
  const tokens = Int32Array.from({ length: 1 + whole(12) }, () => whole(256))
  const spans = random.next() < 0.5 ? none : Int32Array.of(0, 1)
  const few = whole(3)
  const heads = random.next() < 0.5 ? none : Int32Array.of(0, 1)
  const all: readonly (readonly [string, Call])[] = [
    ['fork', (e, s) => e.sessionFork(s, branch, other, start)],
    ['cut', (e, s) => e.sessionCut(s, branch, start, end)],
    ['restore', (e, s) => e.sessionRestore(s, branch, other, start, end)],
    ['compact', (e, s) => e.sessionCompact(s, branch)],
    ['drop', (e, s) => e.sessionDrop(s, branch)],
    ['values', (e, s) => e.sessionValues(s, branch, 0, start, end)],
    ['logits', (e, s) => e.sessionLogits(s, branch)],
    ['likelihood', (e, s) => e.sessionLikelihood(s, branch, tokens, 3)],
    ['certainty', (e, s) => e.sessionCertainty(s, branch, start + 2)],
    ['alternatives', (e, s) => e.sessionAlternatives(s, branch, few)],
    ['sampler', (e, s) => e.sessionSampler(s, branch, 0.8, 0, 1, 0, 1, 0, 64, start, ['ab'])],
    ['extend', (e, s) => e.sessionExtend(s, branch, tokens, true, 0, none, none, none)],
    [
      'extend with rows',
      (e, s) => e.sessionExtend(s, branch, tokens, true, 2, heads, heads, spans),
    ],
    [
      'extend many',
      (e, s) => {
        const both = Int32Array.of(branch, (branch + 1) % branches)
        const counts = Int32Array.of(tokens.length, 1)
        const text = Int32Array.of(...tokens, 65)
        const one = Int32Array.of(0)
        return e.sessionExtendMany(
          s,
          both,
          counts,
          text,
          one,
          one,
          Int32Array.of(1, 0),
          Int32Array.of(0, 1),
        )
      },
    ],
    [
      'sample',
      (e, s) =>
        e.sessionSample(s, Int32Array.of(branch), 5, heads.length > 0, heads, heads, none, -1),
    ],
  ]
  return all[whole(all.length)] ?? ['drop', () => {}]
}

/** What is read without waiting, of every branch. */
function facts({ engine, session }: Side, tokens: Int32Array) {
  const { choosingMillis: _, ...info } = engine.sessionInfo(session)
  const each = Array.from({ length: branches }, (_, branch) => [
    Array.from(engine.sessionTokens(session, branch)),
    engine.sessionMatch(session, branch, tokens),
  ])
  return { info, each }
}

const families: readonly TinyModelOptions[] = [
  { arch: 'qwen2' },
  { arch: 'mamba' },
  { arch: 'lfm2' },
]

for (const family of families) {
  t.test(
    `${family.arch}: 150 calls by chance give the same, and so does every look between them`,
    async t => {
      const [here, there] = await bothSides(tinyModel(family))
      const random = mulberry32(7)
      let worked = 0
      for (let i = 0; i < 150; i++) {
        const [name, call] = anyCall(random)
        const expected = await outcome(() => call(here.engine, here.session))
        const found = await outcome(() => call(there.engine, there.session))
        if (typeof expected === 'object' && expected !== null && 'value' in expected) worked++
        if (!t.strictSame(found, expected, `${i}: ${name}`)) break
        const some = Int32Array.from(here.engine.sessionTokens(here.session, i % branches)).map(
          (token, at) => (at === 9 ? token + 1 : token),
        )
        if (!t.strictSame(facts(there, some), facts(here, some), `${i}: behind ${name}`)) break
      }
      t.ok(worked > 70, `${worked} calls worked`)
      await close(here)
      await close(there)
    },
  )
}

t.test('text and errors of a model', async t => {
  const [here, there] = await bothSides(tinyModel())
  const calls: readonly ((side: Side) => unknown)[] = [
    ({ engine, model }) => engine.modelInfo(model),
    ({ engine, model }) => engine.modelTokenize(model, 'a <think> ü', false, true),
    ({ engine, model }) => engine.modelPieces(model, Int32Array.of(65, 200)),
    ({ engine, model }) => engine.modelPieces(model, Int32Array.of(9999)),
    ({ engine, model }) =>
      engine.modelRenderChat(model, '{{ messages[0].content }}', ['user'], ['x'], true, '{}'),
    ({ engine, model }) =>
      engine.modelRenderChat(model, '{% nonsense %}', ['user'], ['x'], true, '{}'),
    ({ engine, model }) => openSessionHandle(engine, model, { contextLength: 0, batchSize: 1 }),
    ({ engine, model }) =>
      openSessionHandle(engine, model, {
        contextLength: 2 ** 20,
        batchSize: 512,
        memoryLimit: 1000,
      }),
  ]
  for (const [i, call] of calls.entries()) {
    t.strictSame(await outcome(() => call(there)), await outcome(() => call(here)), `call ${i}`)
  }
  await close(here)
  await close(there)
})

t.test('a session in a job is busy, a closed one is closed, and one of nobody is none', async t => {
  const path = tinyModel()
  const { engine, model, session } = await open(new IsolatedEngine(path), path)
  const running = engine.sessionExtend(session, 0, Int32Array.of(65, 66), true, 0, none, none, none)
  const busy = { code: 'ERR_BUSY' }
  t.throws(() => engine.sessionInfo(session), busy)
  t.throws(() => engine.sessionTokens(session, 0), busy)
  t.throws(() => engine.sessionCertainty(session, 0, 2), busy)
  await t.rejects(engine.sessionDrop(session, 0), busy)
  await t.rejects(engine.sessionClose(session), busy)
  await running
  t.strictSame([...engine.sessionTokens(session, 0)], [65, 66])
  await engine.sessionClose(session)
  const closed = { code: 'ERR_CLOSED' }
  await t.rejects(engine.sessionDrop(session, 0), closed)
  t.throws(() => engine.sessionInfo(session), closed)
  const other = await open(new IsolatedEngine(path), path)
  t.throws(() => engine.sessionInfo(other.session), closed)
  await close(other)
  await engine.modelClose(model)
})

t.test('a setting that is refused ends the next job, and only that one', async t => {
  const path = tinyModel()
  const { engine, model, session } = await open(new IsolatedEngine(path), path)
  engine.sessionCertainty(session, 99, 2)
  await t.rejects(engine.sessionDrop(session, 0), { code: 'ERR_INVALID_ARG_VALUE' })
  await engine.sessionDrop(session, 0)
  await engine.modelClose(model)
})
