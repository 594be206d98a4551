/** A session's handle, for tests that speak to the addon itself. */

import { native } from '../../dist/engine/native.js'
import type { SessionHandle } from '../../types/native.js'
import { openModelHandle, openSessionHandle } from './addon.mjs'

export interface TinySessionOptions {
  readonly context?: number
  readonly batch?: number
  readonly flash?: boolean
  readonly type?: 'f16' | 'f32'
}

/** Four branches, two threads; closed in any case. */
export async function withTinySession<T>(
  path: string,
  { context = 1024, batch = 256, flash = false, type = 'f16' }: TinySessionOptions,
  use: (session: SessionHandle) => Promise<T>,
): Promise<T> {
  const addon = native()
  const model = await openModelHandle(addon, path)
  const session = await openSessionHandle(addon, model, {
    ...{ contextLength: context, batchSize: batch, branches: 4, threads: 2 },
    ...{ flashAttention: flash, keyType: type, valueType: type },
  })
  try {
    return await use(session)
  } finally {
    await addon.sessionClose(session)
    await addon.modelClose(model)
  }
}
