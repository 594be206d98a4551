/** Traces that a tiny model writes, and how scores are compared. */

import t, { type Test } from 'tap'
import {
  type GenerateOptions,
  loadModel,
  type Model,
  type SegmentedTrace,
  type Session,
  type SessionOptions,
  segment,
} from '../../dist/index.js'
import { type TinyModelOptions, tinyModel } from './tiny-models.mjs'

t.setTimeout(120_000)

export const endToken = '<｜end▁of▁sentence｜>'
export const prompt = [{ role: 'user', content: 'Add one and two, and then three.' }] as const
// F32 weights: see capture-oracle.test.ts
export const writer: TinyModelOptions = {
  type: 'F32',
  bias: { ĊĊ: 3, '</think>': 1, [endToken]: -3 },
}

export async function openModel(t: Test, options: TinyModelOptions = writer): Promise<Model> {
  const model = await loadModel(tinyModel(options))
  t.teardown(() => model.close())
  return model
}

export const openSession = (model: Model, options?: SessionOptions): Promise<Session> =>
  model.createSession({ contextLength: 1024, ...options })

export const seeds = 40

/** The first trace, by seed, of some steps and an answer: the session has it in its cache. */
export async function write(
  t: Test,
  session: Session,
  options?: GenerateOptions,
  wanted = (trace: SegmentedTrace) => trace.answer.tokenEnd > trace.answer.tokenStart,
): Promise<SegmentedTrace> {
  const sampling = { temperature: 1, topK: 0, topP: 1, maxTokens: 120 }
  for (let seed = 0; seed < seeds; seed++) {
    const trace = await session.generate(prompt, { ...sampling, ...options, seed }).finish()
    const segmented = segment(trace)
    if (segmented.steps.length < 3 || !wanted(segmented)) continue
    t.comment(`seed ${seed}: ${trace.tokens.length} tokens, ${segmented.steps.length} steps`)
    return segmented
  }
  throw new Error('no seed gives such a trace')
}

export const fromJson = (trace: SegmentedTrace): SegmentedTrace => JSON.parse(JSON.stringify(trace))

/** Relative to the largest score; NaN where there are not as many. */
export function difference(actual: readonly number[], expected: readonly number[]): number {
  const most = Math.max(...expected)
  let max = actual.length === expected.length ? 0 : Number.NaN
  for (const [i, score] of expected.entries()) {
    max = Math.max(max, Math.abs((actual[i] ?? Number.NaN) - score) / most)
  }
  return max
}

export function agree(
  t: Test,
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  name: string,
): void {
  const found = difference(actual, expected)
  t.comment(`${name}: max difference ${found.toExponential(2)} of the largest score`)
  t.notOk(!(found <= tolerance), `${name}: scores agree`)
}
