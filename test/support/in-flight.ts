/** What tests of generation that looks at itself share: a model, a prompt, runs, and a replay of cuts. */

import type { Test } from 'tap'
import { native } from '../../dist/engine/native.js'
import {
  type GenerateOptions,
  type InFlightEvent,
  loadModel,
  type Model,
  type Session,
  type SessionOptions,
  type Splitter,
  type Trace,
} from '../../dist/index.js'
import type { SessionHandle } from '../../types/native.js'
import { openModelHandle, openSessionHandle } from './addon.mjs'
import { type TinyModelOptions, tinyModel } from './tiny-models.mjs'

/** Steps of a fixed size: a model of random weights writes no paragraphs. */
const everyThirty: Splitter = {
  name: 'every-thirty',
  split: text =>
    Array.from({ length: Math.ceil(text.length / 30) }, (_, i) => ({
      start: 30 * i,
      end: Math.min(text.length, 30 * i + 30),
    })),
}

export const prompt = [{ role: 'user', content: 'Add one and two, and then three.' }] as const
export const segmenting = { splitter: everyThirty, minCharacters: 0 }
export const pruning = { every: 20, window: 8, segmenting } as const
export const exact = { keyType: 'f32', valueType: 'f32', flashAttention: false } as const
export const length = { maxTokens: 150, temperature: 1, topK: 0, topP: 1, seed: 5 } as const

/** Never ends, never closes its thinking. */
export const path = (tiny: TinyModelOptions = {}) =>
  tinyModel({
    type: 'F32',
    bias: { '</think>': -99, '<think>': -99, '<｜end▁of▁sentence｜>': -99 },
    context: 2048,
    ...tiny,
  })

export async function open(
  t: Test,
  options?: SessionOptions,
  tiny?: TinyModelOptions,
): Promise<{ model: Model; session: Session }> {
  const model = await loadModel(path(tiny))
  t.teardown(() => model.close())
  return {
    model,
    session: await model.createSession({ contextLength: 512, threads: 1, ...options }),
  }
}

interface Run {
  readonly trace: Trace
  readonly events: readonly InFlightEvent[]
}

export async function run(session: Session, options: GenerateOptions): Promise<Run> {
  const generation = session.generate(prompt, { ...length, ...options })
  const events: InFlightEvent[] = []
  for await (const chunk of generation) events.push(...(chunk.events ?? []))
  return { trace: await generation.finish(), events }
}

export const inFlightOf = ({ inFlight }: Trace) => {
  if (inFlight === undefined) throw new Error('the trace has no record')
  return inFlight
}

export const evictedTokens = (trace: Trace): number =>
  inFlightOf(trace)
    .evictions.flatMap(({ ranges }) => ranges)
    .reduce((sum, { start, end }) => sum + end - start, 0)

/**
 * The log-probabilities that the model gives to the trace's tokens when the same ranges are cut at the
 * same moments, token by token, with the addon alone: no looks, no undo, no packing.
 */
async function replay(
  handle: SessionHandle,
  { prompt, tokens, inFlight }: Trace,
  dense: boolean,
): Promise<number[]> {
  const addon = native()
  const none = new Int32Array(0)
  const extend = (some: readonly number[]) =>
    addon.sessionExtend(handle, 0, Int32Array.from(some), true, 0, none, none, none)
  const promptLength = prompt.tokens.length
  let held: { token: number; position: number }[] = []
  await extend(prompt.tokens)
  const logprobs: number[] = []
  for (const [at, token] of tokens.entries()) {
    const cut = inFlight?.evictions.find(eviction => eviction.at === at)
    if (cut) {
      const isGone = (index: number) =>
        cut.ranges.some(({ start, end }) => index >= start && index < end)
      if (dense) {
        held = held.filter(({ token: index }) => !isGone(index))
        held = held.map(({ token: index }, i) => ({ token: index, position: promptLength + i }))
        await addon.sessionDrop(handle, 0)
        await extend([...prompt.tokens, ...held.map(({ token: index }) => tokens[index] ?? -1)])
      } else {
        for (const { token: index, position } of held) {
          if (isGone(index)) await addon.sessionCut(handle, 0, position, position + 1)
        }
        held = held.filter(({ token: index }) => !isGone(index))
      }
    }
    const logits = addon.sessionLogits(handle, 0)
    const most = logits.reduce((a, b) => Math.max(a, b))
    const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0)
    logprobs.push((logits[token] ?? Number.NaN) - most - Math.log(sum))
    held.push({ token: at, position: (held.at(-1)?.position ?? promptLength - 1) + 1 })
    await extend([token])
  }
  return logprobs
}

/** Largest difference of a log-probability between a trace and its replay; NaN where one is. */
export async function replayDifference(
  trace: Trace,
  dense = false,
  tiny?: TinyModelOptions,
  cache: 'f16' | 'f32' = 'f16',
): Promise<number> {
  const addon = native()
  const model = await openModelHandle(addon, path(tiny))
  const handle = await openSessionHandle(addon, model, {
    contextLength: 512,
    batchSize: 256,
    keyType: cache,
    valueType: cache,
    offloadCache: false,
  })
  try {
    const logprobs = await replay(handle, trace, dense)
    const differences = trace.logprobs.map((value, i) =>
      Math.abs(value - (logprobs[i] ?? Number.NaN)),
    )
    return Math.max(...differences)
  } finally {
    await addon.sessionClose(handle)
    await addon.modelClose(model)
  }
}

export async function agreesWithReplay(
  t: Test,
  trace: Trace,
  dense = false,
  tiny?: TinyModelOptions,
): Promise<void> {
  const worst = await replayDifference(trace, dense, tiny)
  t.notOk(!(worst < 2e-3), `largest difference of a log-probability: ${worst}`)
}
