/** Files that are no model: each is a typed error that names the file, and the process lives on. */

import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { loadModel } from '../../dist/index.js'
import type { ErrorCode } from '../../types/public.js'
import { array, type GgufValue, u32 as gguf32, readGguf, writeGguf } from '../support/gguf.mjs'
import { mulberry32 } from '../support/random.mjs'
import { badFiles, tinyModel } from '../support/tiny-models.mjs'

const run = promisify(execFile)

t.test('every kind of bad file has its own code', async t => {
  const folder = t.testdir()
  const files = badFiles(folder)
  const cases: readonly (readonly [string, ErrorCode, RegExp])[] = [
    [join(folder, 'nothing.gguf'), 'ERR_MODEL_NOT_FOUND', /no file .*nothing\.gguf/],
    [folder, 'ERR_MODEL_FORMAT', /is a directory/],
    [files.empty, 'ERR_MODEL_FORMAT', /is empty/],
    [files.text, 'ERR_MODEL_FORMAT', /not a GGUF file/],
    [files.truncatedHeader, 'ERR_MODEL_FORMAT', /header cannot be read/],
    [files.truncatedTensors, 'ERR_MODEL_FORMAT', /truncated/],
    [files.unsupportedArchitecture, 'ERR_MODEL_UNSUPPORTED', /unknown model architecture/],
    [files.vocabularyOnly, 'ERR_MODEL_NO_WEIGHTS', /no weights/],
    [files.duplicateTokens, 'ERR_MODEL_FORMAT', /occurs twice/],
    [files.missingTensor, 'ERR_MODEL_LOAD', /tensor/],
  ]
  for (const [path, code, message] of cases) {
    await t.rejects(loadModel(path), { name: 'CotPruneError', code, message }, code)
    await t.rejects(loadModel(path), { message: path.split('/').at(-1) ?? '' }, 'names the file')
  }
  const good = await loadModel(tinyModel())
  t.ok(good.info.layers > 0, 'a good model loads after all of them')
  await good.close()
})

t.test('a path that is no string is a TypeError', async t => {
  for (const path of [undefined, null, 3, {}, Symbol('x')]) {
    // @ts-expect-error wrong on purpose
    await t.rejects(loadModel(path), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

const shape = { headDim: 16, embedding: 64, ff: 96, context: 2048 } as const
const good = readFileSync(tinyModel({ layers: 1 }))

t.test('a file cut off anywhere is refused', async t => {
  const folder = t.testdir()
  for (let twentieth = 0; twentieth < 20; twentieth++) {
    const path = join(folder, `${twentieth}.gguf`)
    writeFileSync(path, good.subarray(0, 1 + Math.floor((good.length * twentieth) / 20)))
    await t.rejects(loadModel(path), { code: 'ERR_MODEL_FORMAT' }, `${twentieth}/20`)
  }
})

/** A copy in which the value behind a metadata key has other bytes. */
function withValue(key: string, value: Uint8Array): Buffer {
  const bytes = Buffer.from(good)
  const at = bytes.indexOf(key)
  if (at < 0) throw new Error(`no key ${key}`)
  bytes.set(value, at + key.length + 4)
  return bytes
}
const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer)
const f32 = (value: number) => new Uint8Array(Float32Array.of(value).buffer)

t.test('hyperparameters that llama.cpp would abort on are refused by name', async t => {
  const folder = t.testdir()
  const cases: readonly (readonly [string, readonly Uint8Array[]])[] = [
    ['qwen2.block_count', [u32(0), u32(513), u32(2 ** 32 - 1)]],
    ['qwen2.attention.head_count', [u32(0), u32(3), u32(8), u32(2 ** 31)]],
    ['qwen2.attention.head_count_kv', [u32(0), u32(3), u32(5)]],
    ['qwen2.embedding_length', [u32(0), u32(255), u32(2 ** 32 - 1)]],
    ['qwen2.attention.layer_norm_rms_epsilon', [f32(-1), f32(Number.NaN), f32(Infinity)]],
  ]
  for (const [key, values] of cases) {
    for (const [i, value] of values.entries()) {
      const path = join(folder, `${key}-${i}.gguf`)
      writeFileSync(path, withValue(key, value))
      await t.rejects(loadModel(path), { code: 'ERR_MODEL_FORMAT' }, `${key} ${value}`)
    }
  }
})

t.test('what no check of ours foresees is refused in the words of llama.cpp', async t => {
  const { metadata, tensors } = readGguf(tinyModel({ ...shape, arch: 'qwen35' }))
  const folder = t.testdir()
  const cases: readonly (readonly [string, GgufValue, RegExp])[] = [
    // an operation of the graph asserts
    [
      'rope.dimension_sections',
      array('i32', [4096, 11, 10, 0]),
      /compute.* GGML_ASSERT\(sect_dims/,
    ],
    // the graph cannot be built
    ['ssm.inner_size', gguf32(77), /no context.* GGML_ASSERT\(/],
  ]
  for (const [name, value, message] of cases) {
    const key = `qwen35.${name}`
    t.ok(key in metadata)
    const path = join(folder, `${name}.gguf`)
    writeGguf(path, { tensors, metadata: { ...metadata, [key]: value } })
    const model = await loadModel(path)
    for (const threads of [1, 2]) {
      const refused = model.createSession({ contextLength: 64, threads })
      await t.rejects(refused, { name: 'CotPruneError', code: /^ERR_(MODEL_FORMAT|ENGINE)$/ })
    }
    await model.close()
    const again = await loadModel(path)
    await t.rejects(again.createSession({ contextLength: 64 }), {
      code: 'ERR_MODEL_FORMAT',
      message,
    })
    await again.close()
  }
  const fine = await loadModel(tinyModel({ ...shape, arch: 'qwen35' }))
  const session = await fine.createSession({ contextLength: 64 })
  t.equal((await session.generate('Go on.', { maxTokens: 3 }).finish()).tokens.length, 3)
  await fine.close()
})

/** Loads each file; prints its outcome, so that the last line tells which one ended the process. */
const child = `
  import { loadModel } from ${JSON.stringify(join(packageFolder, 'dist/index.js'))}
  for (const path of process.argv.slice(1)) {
    const model = await loadModel(path).catch(error => error.code)
    if (typeof model === 'string') console.log(path, model)
    else {
      const session = await model.createSession({ contextLength: 256, threads: 1 }).catch(e => e)
      const outcome = session instanceof Error ? session : await session.attention([65, 66]).catch(e => e)
      console.log(path, outcome instanceof Error ? outcome.code : 'works')
      await model.close()
    }
  }`

t.test('flipped bytes in the header never end the process', async t => {
  const seed = Number(process.env.COT_PRUNE_SEED ?? 20_251)
  t.comment(`COT_PRUNE_SEED=${seed}`)
  const random = mulberry32(seed)
  const folder = join(t.testdir(), 'flipped')
  mkdirSync(folder)
  // metadata and tensor table; what follows are weights, where any byte is valid
  const header = good.lastIndexOf('blk.0.') + 64
  const files = Array.from({ length: 300 }, (_, i) => {
    const bytes = Buffer.from(good)
    for (let flips = 1 + random.integer(3); flips > 0; flips--) {
      const at = random.integer(header)
      bytes[at] = random.integer(256)
    }
    const path = join(folder, `${i}.gguf`)
    writeFileSync(path, bytes)
    return path
  })
  const outcomes: string[] = []
  for (let i = 0; i < files.length; i += 50) {
    const batch = files.slice(i, i + 50)
    const args = ['--input-type=module', '-e', child, ...batch]
    const { stdout } = await run(process.execPath, args, { timeout: 60_000 }).catch(error => {
      t.fail(`ended by ${error.signal ?? error.code} behind: ${error.stdout.split('\n').at(-2)}`)
      return { stdout: error.stdout }
    })
    outcomes.push(...stdout.trim().split('\n'))
  }
  t.equal(outcomes.length, files.length, 'each file has an outcome')
  const codes = new Set(outcomes.map(line => line.split(' ').at(-1)))
  t.comment([...codes].join(' '))
  t.notOk(codes.has('undefined'), 'each failure has a code')
})
