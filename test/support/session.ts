/** A session on a tiny model, closed with the test. */

import type { Test } from 'tap'
import { loadModel, type Model, type Session } from '../../dist/index.js'
import type { SessionOptions } from '../../types/public.js'
import { type TinyModelOptions, tinyModel } from './tiny-models.mjs'

export async function openTiny(
  t: Pick<Test, 'teardown'>,
  options: SessionOptions = {},
  tiny: TinyModelOptions = {},
): Promise<{ readonly model: Model; readonly session: Session }> {
  const model = await loadModel(tinyModel(tiny))
  t.teardown(() => model.close())
  const session = await model.createSession({ contextLength: 1024, ...options })
  return { model, session }
}
