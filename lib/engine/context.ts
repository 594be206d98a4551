/** Opens the context of a session: chooses what the user left open, and allocates. */

import type { SessionHandle } from '../../types/native.js'
import type { SessionOptions } from '../../types/public.js'
import { fromNative } from '../base/errors.js'
import { capThreads } from './cores.js'
import { memoryLimit } from './native.js'
import { type ResolvedSessionOptions, resolveSessionOptions } from './options.js'
import type { Weights } from './weights.js'

/** Attention scores of one batch that a context without flash attention may allocate. */
const attentionBudget = 64 * 2 ** 20

/** @throws CotPruneError ERR_OUT_OF_MEMORY, ERR_CONTEXT_CREATE; `signal.reason` when aborted */
export async function openContext(
  { info, engine, handle: model }: Weights,
  options: SessionOptions | undefined,
): Promise<SessionHandle> {
  const caller = new Error()
  const resolved = resolveSessionOptions(options, info)
  const { signal } = resolved
  signal?.throwIfAborted()
  const flashAttention = chooseFlashAttention(resolved, info.gpuLayers > 0)
  const batchSize = resolved.batchSize ?? chooseBatchSize(resolved, flashAttention, info.heads)
  try {
    const handle = await engine.sessionOpen(
      model,
      resolved.contextLength,
      Math.min(batchSize, resolved.contextLength),
      resolved.branches,
      capThreads(resolved.threads),
      flashAttention,
      resolved.keyType,
      resolved.valueType,
      resolved.offloadCache,
      memoryLimit(),
      resolved.sampleOn,
    )
    if (signal?.aborted) await engine.sessionClose(handle)
    signal?.throwIfAborted()
    return handle
  } catch (error) {
    signal?.throwIfAborted()
    throw fromNative(error, 'session', caller)
  }
}

/**
 * Without flash attention the softmax rows exist anyway and capturing them costs next to nothing,
 * but its buffer grows with the context, and on long ones flash attention is as fast
 * (bench/README.md). GPUs want it on, and so does a quantised value cache.
 */
function chooseFlashAttention(options: ResolvedSessionOptions, onGpu: boolean): boolean {
  if (options.flashAttention !== 'auto') return options.flashAttention
  return onGpu || options.valueType.startsWith('q') || options.contextLength > 32_768
}

function chooseBatchSize(
  options: ResolvedSessionOptions,
  flashAttention: boolean,
  heads: number,
): number {
  const most = 512
  if (flashAttention) return most
  const scores = options.contextLength * heads * Float32Array.BYTES_PER_ELEMENT
  return Math.max(32, Math.min(most, Math.floor(attentionBudget / scores / 32) * 32))
}
