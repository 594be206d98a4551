import type { GgufType } from './gguf.d.mts'
import type { TinyVocabulary } from './tiny-vocabulary.d.mts'

export type TinyArchitecture =
  | 'llama'
  | 'qwen2'
  | 'qwen3'
  | 'qwen3moe'
  | 'gemma3'
  | 'gpt-oss'
  | 'glm4moe'
  | 'deepseek2'
  | 'qwen35'
  | 'lfm2'
  | 'granitehybrid'
  | 'nemotron_h'
  | 'mamba'

export interface TinyModelOptions {
  /** @default 'qwen2' */
  readonly arch?: TinyArchitecture
  /** Of gemma3 every sixth layer is global (5, 11, …): give it 6 or 12. @default 3, or what its family needs */
  readonly layers?: number
  /** @default 4 */
  readonly heads?: number
  /** @default 2 */
  readonly kvHeads?: number
  /** @default 64 */
  readonly headDim?: number
  /** @default 256 */
  readonly embedding?: number
  /** @default 512 */
  readonly ff?: number
  /** Trained context. @default 4096 */
  readonly context?: number
  /** @default 1 */
  readonly seed?: number
  /** 'uniform': query and key weights are 0, so that attention is 1/n exactly. @default 'random' */
  readonly weights?: 'random' | 'uniform'
  /** Of the matrices of the layers; embeddings and output are F16 with Q4_0. @default 'F16' */
  readonly type?: 'F16' | 'F32' | 'Q4_0'
  /** gemma3 and gpt-oss. @default 64 */
  readonly slidingWindow?: number
  /** 'think' opens the thinking in the prompt; 'none' is no template; else jinja. @default 'think' */
  readonly template?: 'think' | 'plain' | 'none' | (string & {})
  /** What the file says of sampling (`general.sampling.temp`); null for nothing. @default 0 */
  readonly temperature?: number | null
  /** Filled up with words; 0 is the smallest. @default 0 */
  readonly vocabularySize?: number
  /** Logit bias by token text as in the vocabulary, for example {'</think>': 2}. @default {} */
  readonly bias?: Readonly<Record<string, number>>
}

export interface ModelShape {
  readonly name: string
  readonly arch: TinyArchitecture
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly embedding: number
  readonly ff: number
  readonly context: number
  readonly seed: number
  readonly weights: 'random' | 'uniform'
  readonly type: GgufType
  readonly slidingWindow: number
  readonly vocabulary: TinyVocabulary
  /** Shape (tokens). */
  readonly bias: readonly number[]
}

/** Ends with a separator. */
export const cacheFolder: string
/** Path of a random model; token id b is byte b. */
export function tinyModel(options?: TinyModelOptions): string
/**
 * Path of a model with random weights and the shape of a real one: '0.5B', '1.5B' and '7B' are Qwen2's
 * (0.4, 1.1 and 4.3 GB, Q4_0), 'embedded' is our own (Q4_0). @param options context of 'embedded'
 */
export function shapeModel(
  name: '0.5B' | '1.5B' | '7B' | 'embedded',
  options?: { readonly context?: number },
): string
/** Writes files that no model can be loaded from; the paths. */
export function badFiles(folder: string): {
  readonly empty: string
  readonly text: string
  readonly truncatedHeader: string
  readonly truncatedTensors: string
  readonly unsupportedArchitecture: string
  readonly vocabularyOnly: string
  /** llama.cpp asserts on it: it has to be found before. */
  readonly duplicateTokens: string
  readonly missingTensor: string
}
