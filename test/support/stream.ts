/** Generating with everything that a stream hands out. */

import t, { type Test } from 'tap'
import {
  type GenerateOptions,
  type GenerationChunk,
  loadModel,
  type Model,
  type PromptInput,
  type Session,
  type SessionOptions,
  type Trace,
} from '../../dist/index.js'
import { type TinyModelOptions, tinyModel } from './tiny-models.mjs'

t.setTimeout(120_000)

export const endToken = '<｜end▁of▁sentence｜>'
/** Ends its thinking, and itself, now and then. */
export const ending = { bias: { '</think>': 2, [endToken]: 0 } } as const
export const prompt = [{ role: 'user', content: 'Add one and two, and then three.' }] as const
/** Nothing filtered: the model's own distribution. */
export const sampled = { temperature: 1, topK: 0, topP: 1 } as const

export async function open(t: Test, path: string, options?: SessionOptions): Promise<Session> {
  const model: Model = await loadModel(path)
  t.teardown(() => model.close())
  return model.createSession({ contextLength: 1024, ...options })
}

export const openTiny = (t: Test, model: TinyModelOptions = {}, options?: SessionOptions) =>
  open(t, tinyModel(model), options)

export const generate = (
  session: Session,
  options?: GenerateOptions,
  input: PromptInput = prompt,
) => session.generate(input, options).finish()

export interface Streamed {
  readonly chunks: readonly GenerationChunk[]
  readonly trace: Trace
}

export async function stream(
  session: Session,
  options?: GenerateOptions,
  input: PromptInput = prompt,
): Promise<Streamed> {
  const generation = session.generate(input, options)
  const chunks: GenerationChunk[] = []
  for await (const chunk of generation) chunks.push(chunk)
  return { chunks, trace: await generation.finish() }
}

export const joined = (chunks: readonly GenerationChunk[]): string =>
  chunks.map(({ text }) => text).join('')

/** What was generated; not how long it took. */
export const content = ({ tokens, tokenEnds, text, thinking, answer, finish }: Trace) => ({
  tokens,
  tokenEnds,
  text,
  thinking,
  answer,
  finish,
})
