/**
 * The contract of the compiled addon. `native/addon.cc` registers exactly these names and
 * `lib/engine/native.ts` is the only importer. Handles are type-tagged externals: passing the wrong one
 * throws, it never reinterprets memory. Arguments are positional primitives that TypeScript has
 * validated; the addon checks their types again. Every range is half-open.
 *
 * One job at a time runs in a session (a second one rejects with ERR_BUSY). A job is bounded: one
 * chunk of a prompt, or `maxTokens` sampled tokens.
 */

declare const model: unique symbol
declare const session: unique symbol
declare const control: unique symbol
export type ModelHandle = { readonly [model]: true }
export type SessionHandle = { readonly [session]: true }
/** Progress and abort flag of a model load. */
export type ControlHandle = { readonly [control]: true }

export interface NativeBuildInfo {
  readonly llamaCommit: string
  readonly llamaVersion: string
  readonly patchSha256: string
  /** Compiled-in backends, for example `['CPU']`. */
  readonly backends: readonly string[]
  /** The CPU backend: `native`, or the one of several that was chosen. */
  readonly cpu: string
  /** What ggml found in the CPU, for example `AVX2 = 1 | F16C = 1`. */
  readonly systemInfo: string
}

/** A device that this build can compute on; memory in bytes. */
export interface NativeDevice {
  readonly name: string
  readonly description: string
  readonly type: 'cpu' | 'gpu' | 'igpu' | 'accelerator' | 'other'
  readonly memoryFree: number
  readonly memoryTotal: number
}

export interface NativeModelInfo {
  readonly architecture: string
  readonly name: string
  readonly description: string
  readonly fileType: string
  readonly parameters: number
  /** Bytes of all weights. */
  readonly bytes: number
  readonly layers: number
  /** Layers on GPUs, of `layers` + 1: the output counts as one. */
  readonly gpuLayers: number
  /** Shape (layers + 1): the device of each layer, and of the output. */
  readonly layerDevices: readonly string[]
  readonly heads: number
  /** Of the layer that has most of them. */
  readonly kvHeads: number
  /** At least in part: then a state has seen every token, and no beginning of a branch can be shared. */
  readonly recurrent: boolean
  /** Only in part: the cells of its attention layers can be cut, the state stays what it is. */
  readonly hybrid: boolean
  /** Layers that attend to the whole context, and those that attend to a sliding window; ascending. */
  readonly attentionLayers: Int32Array
  readonly windowLayers: Int32Array
  readonly embeddingLength: number
  readonly trainedContext: number
  readonly vocabularySize: number
  readonly chatTemplate: string | null
  /** What the file says of `general.sampling.KEY`, as text. */
  readonly sampling: Readonly<Record<string, string>>
  readonly bosToken: number | null
  readonly eosToken: number | null
}

export interface NativePieces {
  /** The pieces of all tokens, concatenated; control tokens are rendered. */
  readonly bytes: Uint8Array
  /** Shape (tokens): end of each token's piece in `bytes`. */
  readonly ends: Int32Array
}

export interface NativePrompt {
  readonly text: string
  readonly tokens: Int32Array
}

/** Attention rows of one branch, indexed by position (never by KV cell). */
export interface NativeRows {
  /** Shape (queries, rows, length), row-major. A position without a visible cell is 0. */
  readonly data: Float32Array
  readonly queries: number
  /** 1 for all heads summed; else one for each requested (layer, head). */
  readonly rows: number
  /** Positions [0, length); where spans or a tail were given, the sums of the spans, then the tail. */
  readonly length: number
  /** Layers that contributed, ascending: the sum has none of sliding windows. One that is missing has rows of 0. */
  readonly capturedLayers: Int32Array
  /** How many heads each row sums: the sum over `capturedLayers` of their heads, or 1. */
  readonly headsPerRow: number
}

/** The likeliest tokens at some positions, shape (positions, how many were asked for), the likeliest first. */
export interface NativeAlternatives {
  readonly tokens: Int32Array
  readonly logprobs: Float32Array
}

export interface NativeLikelihood {
  /** Shape (tokens). */
  readonly logprobs: Float32Array
  readonly alternatives: NativeAlternatives
}

export interface NativeSample {
  readonly tokens: Int32Array
  /** Shape (tokens): log-probability under the model's own distribution (temperature 1). */
  readonly logprobs: Float32Array
  /** Shape (tokens): how sure each was among the likeliest tokens; empty where it is off. */
  readonly certainties: Float32Array
  /** At the position of each token; empty where they are off. */
  readonly alternatives: NativeAlternatives
  readonly bytes: Uint8Array
  readonly ends: Int32Array
  /**
   * `more`: the chunk is full. `end`: an end-of-generation token was sampled (it is not in
   * `tokens` and not in the cache). `stop`: a stop string is complete. `aborted`: sessionAbort.
   * `full`: no cell is left in the context.
   */
  readonly finish: 'more' | 'end' | 'stop' | 'aborted' | 'full'
  /** Index into the stop strings, or -1. */
  readonly stop: number
  /** The row of each token in `tokens`, when it was asked for. */
  readonly rows: NativeRows | null
}

/** Sizes, settings and counters of a context. */
export interface NativeSessionInfo {
  /** KV cells, shared by all branches. */
  readonly contextLength: number
  readonly batchSize: number
  /** Tokens of a batch that may leave their logits: bounds `sessionLikelihood`. */
  readonly outputs: number
  readonly branches: number
  readonly threads: number
  readonly flashAttention: boolean
  /** Bytes of the KV cache and of the compute buffers. */
  readonly cacheBytes: number
  readonly computeBytes: number
  /** Cells in use now. */
  readonly usedCells: number
  /** llama_decode calls and decoded tokens since the session was opened. */
  readonly decodes: number
  readonly decodedTokens: number
  /** Graphs that llama.cpp could reuse. */
  readonly reusedGraphs: number
  /** Logits are reduced where they are computed, to what a draw can need. */
  readonly samplesOnDevice: boolean
  /** Tokens that were chosen without all logits on the host. */
  readonly shortlists: number
  /** Time that tokens took from logits that were there, all chains of a step together. */
  readonly choosingMillis: number
}

/**
 * What one model and its sessions use of the contract: the addon, or one in another process, whose logits come later.
 */
export type Engine = Omit<
  Native,
  'buildInfo' | 'devices' | 'recentLog' | 'rpcServe' | 'sessionLogits'
> & {
  sessionLogits(session: SessionHandle, branch: number): Float32Array | Promise<Float32Array>
}

/** Whose rows are captured: nobody's, those of tokens with logits, or every token's. */
export type NativeQueries = 0 | 1 | 2

export interface Native {
  buildInfo(): NativeBuildInfo
  devices(): readonly NativeDevice[]
  /** The last warnings and errors that llama.cpp logged in this process, oldest first. */
  recentLog(): readonly string[]
  /** Serve this machine's devices to other processes: settles only where it fails. */
  rpcServe(host: string, port: number, threads: number): Promise<never>

  controlCreate(): ControlHandle
  controlAbort(control: ControlHandle): void
  /** 0 to 1. */
  controlProgress(control: ControlHandle): number

  modelOpen(
    control: ControlHandle,
    path: string,
    /** -1: all that fit. */
    gpuLayers: number,
    /** The only GPU that is used; -1: all of them. */
    mainGpu: number,
    /** Shape (at most GPUs): shares of the layers; empty: by free memory. */
    tensorSplit: Float32Array,
    mmap: boolean,
    /** Refuse (ERR_OUT_OF_MEMORY) weights that are read, not mapped, above this many bytes. */
    memoryLimit: number,
    /** HOST:PORT each; one that is lost later ends the process. */
    rpcServers: readonly string[],
    /** How long one of them may be silent; 0: as long as its machine is there. */
    rpcTimeoutMillis: number,
  ): Promise<ModelHandle>
  modelInfo(model: ModelHandle): NativeModelInfo
  modelTokenize(
    model: ModelHandle,
    text: string,
    addSpecial: boolean,
    parseSpecial: boolean,
  ): Promise<Int32Array>
  modelPieces(model: ModelHandle, tokens: Int32Array): Promise<NativePieces>
  /** Template text is tokenised with control tokens, message text without. */
  modelRenderChat(
    model: ModelHandle,
    /** Jinja. */
    template: string,
    roles: readonly string[],
    contents: readonly string[],
    addGenerationPrompt: boolean,
    /** A JSON object: variables of the template. */
    templateArguments: string,
  ): Promise<NativePrompt>
  modelClose(model: ModelHandle): Promise<void>

  sessionOpen(
    model: ModelHandle,
    contextLength: number,
    batchSize: number,
    branches: number,
    threads: number,
    flashAttention: boolean,
    keyType: string,
    valueType: string,
    /** Keep keys and values where their layer is; else in host memory. */
    offloadCache: boolean,
    /** Refuse (ERR_OUT_OF_MEMORY) when the estimate is above this many bytes. */
    memoryLimit: number,
    /** 'auto' | 'device' | 'host': where the logits of sampled tokens are reduced. */
    sampleOn: string,
  ): Promise<SessionHandle>
  sessionInfo(session: SessionHandle): NativeSessionInfo
  /** Tokens in the cache of a branch, in order of position. */
  sessionTokens(session: SessionHandle, branch: number): Int32Array
  /** Length of the common prefix of `tokens` and the branch; 0 once the branch has holes. */
  sessionMatch(session: SessionHandle, branch: number, tokens: Int32Array): number
  /** `to` becomes the first `length` tokens of `from`; metadata only. */
  sessionFork(session: SessionHandle, from: number, to: number, length: number): Promise<void>
  /**
   * Remove positions [start, end) from a branch; later positions stay where they are. Of a hybrid model, from
   * its attention layers alone; from then on the branch matches nothing.
   */
  sessionCut(session: SessionHandle, branch: number, start: number, end: number): Promise<void>
  /** Give `to` the positions [start, end) that `from` holds; `to` must hold none of them. */
  sessionRestore(
    session: SessionHandle,
    from: number,
    to: number,
    start: number,
    end: number,
  ): Promise<void>
  /** Move a branch's cells together, so that attention reads no holes; all others must be empty. */
  sessionCompact(session: SessionHandle, branch: number): Promise<void>
  sessionDrop(session: SessionHandle, branch: number): Promise<void>
  /**
   * Decode tokens behind a branch, at most `batchSize`. With `logits` the last one's are kept for
   * sampling. `layers[i], heads[i]` list the captured heads; both empty means all heads summed.
   * `spans` [s0, e0, s1, e1, …] reduces each row to sums over position ranges; empty keeps rows.
   */
  sessionExtend(
    session: SessionHandle,
    branch: number,
    tokens: Int32Array,
    logits: boolean,
    queries: NativeQueries,
    layers: Int32Array,
    heads: Int32Array,
    spans: Int32Array,
  ): Promise<NativeRows | null>
  /**
   * Decode pieces of several branches in one batch, together at most `batchSize` tokens; all of them or, on an error,
   * none. Piece i has `counts[i]` of `tokens` and `spanCounts[i]` of the position ranges in `spans` [s0, e0, s1, e1, …].
   * In order of the pieces: a row of each token for each head, reduced to the piece's own ranges; null for a piece that has none.
   */
  sessionExtendMany(
    session: SessionHandle,
    /** Each once. */
    branches: Int32Array,
    counts: Int32Array,
    tokens: Int32Array,
    layers: Int32Array,
    heads: Int32Array,
    spanCounts: Int32Array,
    spans: Int32Array,
  ): Promise<readonly (NativeRows | null)[]>
  /** Shape (vocabulary): the logits behind the last token of a branch. */
  sessionLogits(session: SessionHandle, branch: number): Float32Array
  /**
   * Extend a branch that has logits; shape (tokens): the log-probability of each token behind what is
   * before it, under the model's own distribution, and so many likeliest ones in its place. The last one leaves its logits.
   */
  sessionLikelihood(
    session: SessionHandle,
    branch: number,
    tokens: Int32Array,
    alternatives: number,
  ): Promise<NativeLikelihood>
  /**
   * What a layer that sees the whole context has cached for positions [start, end), all heads of a position one behind
   * the other: shape (end - start, width), 0 where a position has no cell. Those of a quantised cache may be rotated.
   */
  sessionValues(
    session: SessionHandle,
    branch: number,
    layer: number,
    start: number,
    end: number,
  ): Promise<Float32Array>
  sessionSampler(
    session: SessionHandle,
    branch: number,
    temperature: number,
    topK: number,
    topP: number,
    minP: number,
    repeatPenalty: number,
    presencePenalty: number,
    repeatWindow: number,
    seed: number,
    stop: readonly string[],
  ): void
  /** Among how many likeliest tokens samples of a branch say how sure they were; 0: not. */
  sessionCertainty(session: SessionHandle, branch: number, count: number): void
  /** How many likeliest tokens samples of a branch have at each position; 0: none. */
  sessionAlternatives(session: SessionHandle, branch: number, count: number): void
  /** Sample up to `maxTokens` tokens on each branch, all branches in one batch a step. */
  sessionSample(
    session: SessionHandle,
    branches: Int32Array,
    maxTokens: number,
    capture: boolean,
    layers: Int32Array,
    heads: Int32Array,
    /** As of `sessionExtend`. */
    spans: Int32Array,
    /** Positions from here on follow behind the sums of the spans, one by one; -1: none do. */
    tail: number,
  ): Promise<readonly NativeSample[]>
  /** Sets one atomic flag: the only call allowed while a job runs. */
  sessionAbort(session: SessionHandle): void
  sessionClose(session: SessionHandle): Promise<void>
}
