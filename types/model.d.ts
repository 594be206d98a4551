/** A model and a session: options and facts. */

import type { NativeSessionInfo } from './native.js'

/** What `loadModel` takes beside the path. */
export interface ModelOptions {
  /** Layers to put on the GPU, the output among them; ignored without one. @default all that fit */
  readonly gpuLayers?: number | undefined
  /** Use this GPU alone: 0 is the first of type 'gpu' that `devices()` lists. @default all of them */
  readonly mainGpu?: number | undefined
  /** Shares of the layers for GPU 0, 1, …; not together with `mainGpu`. @default by free memory */
  readonly tensorSplit?: readonly number[] | undefined
  /**
   * `HOST:PORT` of processes that hold layers, on other machines or on this one (`cot-prune rpc-server`). Their devices are counted as
   * GPUs, before this machine's own and in the order given, by `gpuLayers`, `mainGpu` and `tensorSplit`. The model is then isolated. @default none
   */
  readonly rpcServers?: readonly string[] | undefined
  /**
   * How long one of them may take to answer, in milliseconds, before it is given up: the computation of a batch is in it. One whose
   * process, machine or network is gone is found out within 10 s in any case. @default 120000
   */
  readonly rpcTimeoutMillis?: number | undefined
  /** Map the weights instead of reading them. @default true */
  readonly mmap?: boolean | undefined
  /**
   * The chat template in place of the file's: jinja source, a file of it, or 'none', which writes the texts of the
   * messages with a blank line behind each, for models that were never taught to chat. @default the file's
   */
  readonly chatTemplate?: string | { readonly file: string } | undefined
  /** How the thinking opens and closes. @default found by the chat template and the vocabulary */
  readonly thinking?: ThinkingChoice | undefined
  /**
   * Load it in a process of its own, which ends with the model: what would end this process is ERR_ISOLATED_EXIT here. No sandbox: it
   * may do what this process may. @default false
   */
  readonly isolate?: boolean | undefined
  /** Called with 0 to 1 while the weights load. */
  readonly onProgress?: ((fraction: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an RPC server says of itself. */
export interface RpcServerInfo {
  /** HOST:PORT. */
  readonly address: string
  /** Of the protocol. */
  readonly version: string
  /** Bytes. */
  readonly devices: readonly { readonly memoryFree: number; readonly memoryTotal: number }[]
}

/** Thinking formats by name: the rows of `thinkingFormats`, with their tags in docs/thinking-formats.md. */
export type ThinkingFormatName =
  | 'think'
  | 'harmony'
  | 'gemma'
  | 'magistral'
  | 'cohere'
  | 'seed'
  | 'thought'
  | 'reasoning'

/** A format by name, or one's own tags. */
export type ThinkingChoice = ThinkingFormatName | { readonly open: string; readonly close: string }

/** How a family of models marks its thinking. */
export interface ThinkingFormat {
  readonly name: string
  /** The tags themselves. */
  readonly open: string
  readonly close: string
  /** As they are written, with the white space around them. */
  readonly opening: string
  readonly closing: string
}

/** The thinking format of a model, and how it was found. */
export interface ModelThinking extends ThinkingFormat {
  readonly from: 'option' | 'template' | 'vocabulary'
  /** Ids of the tags where each is one token: then only that token is the tag, and never its text. */
  readonly openToken: number | null
  readonly closeToken: number | null
}

/**
 * What the model's file says, and what was made of it. `parameters` and `embeddingLength` are counts, `trainedContext` is in tokens; `heads` and
 * `kvHeads` are those of one layer.
 */
export interface ModelInfo {
  readonly path: string
  readonly architecture: string
  readonly name: string
  /** How the weights are quantised, as llama.cpp calls it. */
  readonly fileType: string
  readonly parameters: number
  /** Bytes of all weights. */
  readonly bytes: number
  /** Transformer blocks. */
  readonly layers: number
  /** Layers on GPUs, of `layers` + 1: the output counts as one. */
  readonly gpuLayers: number
  /** Shape (layers + 1): the device of each layer, and of the output: 'CPU', 'CUDA0', 'RPC0 HOST:PORT'. */
  readonly layerDevices: readonly string[]
  /** Query heads of a layer. */
  readonly heads: number
  /** Key and value heads of the layer that has most of them. */
  readonly kvHeads: number
  /** At least in part: then its memory has a state that has seen every token, and is read whole or not at all. */
  readonly recurrent: boolean
  /** Recurrent only in part: evicted tokens leave the attention layers, the state keeps what it has seen. */
  readonly hybrid: boolean
  /** Layers that attend to the whole context, ascending: scores are made of these. */
  readonly attentionLayers: readonly number[]
  /** Layers that attend to a sliding window, ascending: their heads have rows where they are asked for one by one. */
  readonly windowLayers: readonly number[]
  /** Numbers of one token between two layers. */
  readonly embeddingLength: number
  /** Tokens. */
  readonly trainedContext: number
  readonly vocabularySize: number
  /** The jinja source that is used, or null. */
  readonly chatTemplate: string | null
  /** How it is sampled where nobody says otherwise. */
  readonly sampling: ModelSampling
  /** null where none was found: all that is generated is taken for thinking. */
  readonly thinking: ModelThinking | null
}

/**
 * 'file': what its metadata (`general.sampling.*`) says; 'thinking': temperature 0.6, since reasoning models loop
 * without; 'greedy': all others.
 */
export interface ModelSampling {
  readonly from: 'file' | 'thinking' | 'greedy'
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly repeatPenalty: number
  readonly presencePenalty: number
  readonly repeatWindow: number
}

/** Number formats of the KV cache, as ggml names them: from 32 bits a number to about 4.5. */
export type CacheType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0'

/** Where logits become tokens; see `SessionOptions.sampleOn`. */
export type SampleOn = 'auto' | 'device' | 'host'

/** What `model.createSession` takes. */
export interface SessionOptions {
  /** KV cells, shared by all branches. @default the trained context, at most 8192 */
  readonly contextLength?: number | undefined
  /** Tokens of one decode of a prompt. @default 512, less where attention scores would get large */
  readonly batchSize?: number | undefined
  /** Sequences that can live side by side: forks for scoring, sweeps. @default 8 */
  readonly branches?: number | undefined
  /**
   * As many as `cores()` says at most. The number of physical cores is best.
   * @default OMP_NUM_THREADS where it is set, else as many as `cores()` says
   */
  readonly threads?: number | undefined
  /** Rows are captured with either; 'auto' takes what is faster. @default 'auto' */
  readonly flashAttention?: boolean | 'auto' | undefined
  /** Types of the KV cache; a quantised value cache needs flash attention. @default 'f16' */
  readonly keyType?: CacheType | undefined
  readonly valueType?: CacheType | undefined
  /** Keep the cache where its layers are, else in host memory. @default true */
  readonly offloadCache?: boolean | undefined
  /**
   * Where logits become tokens. 'device': they stay where they are computed, and only those that a draw can need are
   * copied; 'host': all are. The tokens are the same, but for ties that rounding decides. Penalties, certainty,
   * alternatives and draws without any filter read all logits in either case.
   * @default 'auto', the device where that is not the host
   */
  readonly sampleOn?: SampleOn | undefined
  readonly signal?: AbortSignal | undefined
}

/** Sizes, settings and counters of a session, and where it is. */
export interface SessionInfo extends NativeSessionInfo {
  /** In a process of its model's own; see `ModelOptions.isolate`. */
  readonly isolated: boolean
  /** Of the process that it is in. */
  readonly pid: number
}
