/** Capturing changes nothing: logits are the same to the last bit, and graphs are still reused. */

import t from 'tap'
import { native } from '../../dist/engine/native.js'
import type { NativeQueries, SessionHandle } from '../../types/native.js'
import type { HeadRef } from '../../types/public.js'
import { openModelHandle, openSessionHandle, sampleHome } from '../support/addon.mjs'
import { mulberry32 } from '../support/random.mjs'
import { families } from '../support/tiny/families.mjs'
import { type TinyModelOptions, tinyModel } from '../support/tiny-models.mjs'

t.setTimeout(900_000)

const addon = native()
const seed = 5_309
const random = mulberry32(seed)
const tokensOf = (count: number): Int32Array =>
  Int32Array.from({ length: count }, () => 32 + random.integer(95))

interface SessionShape {
  readonly flash: boolean
  readonly key?: string
  readonly value?: string
}

async function withSession<T>(
  path: string,
  { flash, key = 'f16', value = 'f16' }: SessionShape,
  use: (session: SessionHandle) => Promise<T>,
): Promise<T> {
  const model = await openModelHandle(addon, path)
  const session = await openSessionHandle(addon, model, {
    contextLength: 1024,
    batchSize: 512,
    branches: 4,
    threads: 2,
    flashAttention: flash,
    keyType: key,
    valueType: value,
  })
  try {
    return await use(session)
  } finally {
    await addon.sessionClose(session)
    await addon.modelClose(model)
  }
}

interface Mode {
  readonly queries: NativeQueries
  readonly heads: readonly HeadRef[]
  readonly spans?: readonly number[]
}

const lists = ({ heads }: Mode) =>
  [
    Int32Array.from(heads, ({ layer }) => layer),
    Int32Array.from(heads, ({ head }) => head),
  ] as const

const bytesOf = (logits: Float32Array): Buffer => Buffer.from(logits.slice().buffer)

/** Logits behind a prefill in two chunks, behind single tokens and behind sampled ones. */
async function logitsOf(path: string, shape: SessionShape, prompt: Int32Array, mode: Mode) {
  return withSession(path, shape, async session => {
    const found: Record<string, Buffer> = {}
    const [layers, heads] = lists(mode)
    const spans = Int32Array.from(mode.spans ?? [])
    const extend = async (name: string, from: number, to: number) => {
      const tokens = prompt.subarray(from, to)
      await addon.sessionExtend(session, 0, tokens, true, mode.queries, layers, heads, spans)
      found[name] = bytesOf(addon.sessionLogits(session, 0))
    }
    await extend('a prefill', 0, 200)
    await extend('a second chunk', 200, 330)
    for (let i = 330; i < 335; i++) await extend(`token ${i}`, i, i + 1)
    addon.sessionSampler(session, 0, 0, 0, 1, 0, 1, 0, 64, 0, [])
    for (const count of [1, 12]) {
      const captures = mode.queries !== 0
      await sampleHome(addon, session, count, { captures, layers, heads })
      found[`${count} sampled`] = bytesOf(addon.sessionLogits(session, 0))
    }
    return { found, tokens: [...addon.sessionTokens(session, 0)] }
  })
}

const small = { headDim: 32, embedding: 128, ff: 128 }
const models: readonly TinyModelOptions[] = [
  { arch: 'llama' },
  { arch: 'qwen2' },
  { arch: 'qwen2', type: 'Q4_0' },
  { arch: 'gemma3' },
  { arch: 'deepseek2', ...small, headDim: 64 },
  { arch: 'gpt-oss', ...small },
  { arch: 'qwen35', ...small },
]

const shapes: readonly SessionShape[] = [
  { flash: false },
  { flash: true },
  { flash: false, key: 'q8_0' },
  { flash: true, key: 'q8_0', value: 'q8_0' },
]

t.test('(4) logits are the same to the last bit, whatever is captured', async t => {
  t.comment(`seed ${seed}`)
  let compared = 0
  for (const model of models) {
    const path = tinyModel(model)
    const { attends = () => true, defaults, memory } = families[model.arch ?? 'qwen2']
    const all = Array.from({ length: defaults?.layers ?? 3 }, (_, layer) => layer).filter(attends)
    const layers = [0, 1, 2].map(i => all[Math.min(i, all.length - 1)] ?? 0)
    // of gemma3 and gpt-oss a sliding window
    if (memory === undefined) layers[0] = 0
    const few = layers.map((layer, head) => ({ layer, head }))
    const whole = [0, 1, 2, 3].map(head => ({ layer: layers[1] ?? 0, head }))
    const modes: Readonly<Record<string, Mode>> = {
      'all heads, last token': { queries: 1, heads: [] },
      'chosen heads, last token': { queries: 1, heads: few },
      'a whole layer, last token': { queries: 1, heads: whole },
      'all heads, every token': { queries: 2, heads: [] },
      'chosen heads, every token': { queries: 2, heads: few },
      'chosen heads, every token, spans': { queries: 2, heads: few, spans: [0, 4, 4, 90] },
    }
    for (const shape of shapes) {
      // latent values are a part of the keys: one type for both
      if (model.arch === 'deepseek2' && shape.key !== shape.value) continue
      const prompt = tokensOf(335)
      const off = await logitsOf(path, shape, prompt, { queries: 0, heads: [] })
      for (const [name, mode] of Object.entries(modes)) {
        const on = await logitsOf(path, shape, prompt, mode)
        t.strictSame(on.tokens, off.tokens)
        for (const [at, logits] of Object.entries(off.found)) {
          const same = on.found[at]?.equals(logits) === true && logits.length > 1000
          const { type = 'F16', arch } = model
          t.ok(same, `${arch} ${type}, ${JSON.stringify(shape)}, ${name}: behind ${at}`)
          compared++
        }
      }
    }
  }
  t.comment(`${compared} vectors of logits compared, byte by byte`)
})

t.test('(4) graphs are reused with capture on', async t => {
  const few = [0, 1, 2].map(layer => ({ layer, head: 1 }))
  const count = 100
  for (const flash of [false, true]) {
    for (const mode of [
      { queries: 0, heads: [] },
      { queries: 1, heads: [] },
      { queries: 1, heads: few },
    ] as const) {
      await withSession(tinyModel(), { flash }, async session => {
        const [layers, heads] = lists(mode)
        const none = new Int32Array(0)
        await addon.sessionExtend(session, 0, tokensOf(100), true, 0, none, none, none)
        addon.sessionSampler(session, 0, 0, 0, 1, 0, 1, 0, 64, 0, [])
        const before = addon.sessionInfo(session).reusedGraphs
        const captures = mode.queries !== 0
        await sampleHome(addon, session, count, { captures, layers, heads })
        const reused = addon.sessionInfo(session).reusedGraphs - before
        const what = captures ? `${heads.length || 'all'} heads` : 'off'
        t.comment(`flash ${flash}, capture ${what}: ${reused} of ${count} graphs reused`)
        // one new graph for the first token, none behind it while the padded width stays the same
        t.ok(reused >= count - 2, `${reused} of ${count}`)
      })
    }
  }
})
