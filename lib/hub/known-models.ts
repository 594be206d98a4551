/**
 * Reasoning models by short names. Repositories and files are those that public code names; shapes and parameters are of the
 * models' cards. Sizes are calculated from them: what is fetched is told by the hub, with its hash, before anything comes.
 */

import type { KnownModel, ModelShape } from '../../types/public.js'

/** Layers, heads, KV heads, length of a head, embedding, vocabulary, trained context. */
type Shape = readonly [number, number, number, number, number, number, number]

interface Row {
  readonly hub: string
  readonly title: string
  readonly licence: string
  readonly parameters: number
  /** Bits of a weight: Q4_K_M has about five, with the embedding in six. */
  readonly bits: number
  readonly architecture: string
  readonly shape: Shape
}

const q4 = 5

const rows: Readonly<Record<string, Row>> = {
  'qwen3-0.6b': {
    hub: 'hf:unsloth/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q4_K_M.gguf',
    title: 'Qwen3-0.6B, Q4_K_M',
    licence: 'apache-2.0',
    parameters: 0.6e9,
    bits: q4,
    architecture: 'qwen3',
    shape: [28, 16, 8, 128, 1024, 151936, 40960],
  },
  'r1-qwen-1.5b': {
    hub: 'hf:bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF/DeepSeek-R1-Distill-Qwen-1.5B-Q4_K_M.gguf',
    title: 'DeepSeek-R1-Distill-Qwen-1.5B, Q4_K_M',
    licence: 'mit',
    parameters: 1.78e9,
    bits: q4,
    architecture: 'qwen2',
    shape: [28, 12, 2, 128, 1536, 151936, 131072],
  },
  'qwen3-1.7b': {
    hub: 'hf:unsloth/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q4_K_M.gguf',
    title: 'Qwen3-1.7B, Q4_K_M',
    licence: 'apache-2.0',
    parameters: 1.72e9,
    bits: q4,
    architecture: 'qwen3',
    shape: [28, 16, 8, 128, 2048, 151936, 40960],
  },
  'qwen3-4b-thinking': {
    hub: 'hf:unsloth/Qwen3-4B-Thinking-2507-GGUF/Qwen3-4B-Thinking-2507-Q4_K_M.gguf',
    title: 'Qwen3-4B-Thinking-2507, Q4_K_M',
    licence: 'apache-2.0',
    parameters: 4.02e9,
    bits: q4,
    architecture: 'qwen3',
    shape: [36, 32, 8, 128, 2560, 151936, 262144],
  },
  'r1-qwen-7b': {
    hub: 'hf:bartowski/DeepSeek-R1-Distill-Qwen-7B-GGUF/DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf',
    title: 'DeepSeek-R1-Distill-Qwen-7B, Q4_K_M',
    licence: 'mit',
    parameters: 7.62e9,
    bits: q4,
    architecture: 'qwen2',
    shape: [28, 28, 4, 128, 3584, 152064, 131072],
  },
  'r1-llama-8b': {
    hub: 'hf:unsloth/DeepSeek-R1-Distill-Llama-8B-GGUF/DeepSeek-R1-Distill-Llama-8B-Q4_K_M.gguf',
    title: 'DeepSeek-R1-Distill-Llama-8B, Q4_K_M',
    licence: 'mit, llama3.1',
    parameters: 8.03e9,
    bits: q4,
    architecture: 'llama',
    shape: [32, 32, 8, 128, 4096, 128256, 131072],
  },
  'qwen3-8b': {
    hub: 'hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf',
    title: 'Qwen3-8B, Q4_K_M',
    licence: 'apache-2.0',
    parameters: 8.19e9,
    bits: q4,
    architecture: 'qwen3',
    shape: [36, 32, 8, 128, 4096, 151936, 40960],
  },
  'gpt-oss-20b': {
    hub: 'hf:ggml-org/gpt-oss-20b-GGUF/gpt-oss-20b-mxfp4.gguf',
    title: 'gpt-oss-20b, MXFP4',
    licence: 'apache-2.0',
    parameters: 20.9e9,
    bits: 4.6,
    architecture: 'gpt-oss',
    shape: [24, 64, 8, 64, 2880, 201088, 131072],
  },
  'qwq-32b': {
    hub: 'hf:Qwen/QwQ-32B-GGUF/qwq-32b-q4_k_m.gguf',
    title: 'QwQ-32B, Q4_K_M',
    licence: 'apache-2.0',
    parameters: 32.8e9,
    bits: q4,
    architecture: 'qwen2',
    shape: [64, 40, 8, 128, 5120, 152064, 131072],
  },
}

/** Small ones first. */
export const knownModels: readonly KnownModel[] = Object.entries(rows).map(([name, row]) => ({
  name,
  hub: row.hub,
  title: row.title,
  licence: row.licence,
  bytes: Math.round((row.parameters * row.bits) / 8),
  shape: shapeOf(row),
}))

function shapeOf({ architecture, shape }: Row): ModelShape {
  const [layers, heads, kvHeads, length, embeddingLength, vocabularySize, trainedContext] = shape
  return {
    architecture,
    cachedLayers: layers,
    heads,
    kvHeads,
    keyLength: length,
    valueLength: length,
    embeddingLength,
    vocabularySize,
    trainedContext,
  }
}
