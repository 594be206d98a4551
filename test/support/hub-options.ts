/** What resolving needs in tests: a folder of its own, a hub on this machine, and little patience. */

import { join } from 'node:path'
import type { ResolvedFetchOptions } from '../../dist/hub/options.js'
import type { DownloadPlan, DownloadProgress } from '../../dist/index.js'
import { array, f32, string, u32, writeGguf } from './gguf.mjs'

export interface HubOptions {
  readonly endpoint: string
  readonly folder: string
  readonly token?: string
  readonly offline?: boolean
  readonly symlinks?: boolean
  readonly signal?: AbortSignal
  readonly update?: boolean
  readonly silence?: number
  readonly onPlan?: (plan: DownloadPlan) => void | Promise<void>
  readonly onProgress?: (progress: DownloadProgress) => void
}

export const hubOptions = (options: HubOptions): ResolvedFetchOptions => ({
  hub: {
    environment: {
      cache: join(options.folder, 'hub'),
      urlCache: join(options.folder, 'urls'),
      endpoint: options.endpoint,
      offline: options.offline ?? false,
      symlinks: options.symlinks ?? true,
      token: options.token ?? null,
    },
    patience: {
      attempts: 3,
      firstPause: 5,
      longestPause: 2000,
      silence: options.silence ?? 5000,
    },
    signal: options.signal ?? null,
  },
  update: options.update ?? false,
  onPlan: options.onPlan ?? (() => {}),
  onProgress: options.onProgress ?? (() => {}),
})

/** What a child needs to see the same. */
export const hubVariables = (endpoint: string, folder: string): NodeJS.ProcessEnv => ({
  HF_HOME: folder,
  HF_HUB_CACHE: join(folder, 'hub'),
  HUGGINGFACE_HUB_CACHE: '',
  HF_ENDPOINT: endpoint,
  HF_TOKEN: '',
  HF_TOKEN_PATH: join(folder, 'token'),
  HF_HUB_OFFLINE: '',
  HF_HUB_DISABLE_SYMLINKS: '',
  COT_PRUNE_CACHE: join(folder, 'cot-prune'),
  HTTP_PROXY: '',
  http_proxy: '',
})

/** Bytes that begin as a GGUF file and differ from each other. */
export function ggufBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    bytes[i] = state >> 16
  }
  bytes.set([0x47, 0x47, 0x55, 0x46])
  return bytes
}

/** A file of a head alone: shapes and a vocabulary, no weights. */
export function writeHead(
  path: string,
  values: Readonly<Record<string, number | readonly number[]>>,
): void {
  const entries = Object.entries(values).map(([key, value]) => [
    `qwen2.${key}`,
    typeof value === 'number' ? u32(value) : array('i32', value),
  ])
  writeGguf(path, {
    metadata: {
      'general.architecture': string('qwen2'),
      'general.sampling.temp': f32(0.6),
      ...Object.fromEntries(entries),
      'tokenizer.ggml.tokens': array(
        'string',
        Array.from({ length: 1000 }, (_, i) => `token ${i}`),
      ),
    },
    tensors: [],
  })
}
