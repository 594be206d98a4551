/**
 * The public types of cot-prune: options, results, extension points. Results are plain read-only
 * data without handles: they survive `structuredClone` and JSON. Every range is half-open.
 */

/* ---- errors ------------------------------------------------------------------------------- */

/** Codes of `CotPruneError`; docs/errors.md says when each occurs and what to do. */
export type ErrorCode =
  | 'ERR_NATIVE_LOAD'
  | 'ERR_MODEL_NOT_FOUND'
  | 'ERR_MODEL_FORMAT'
  | 'ERR_MODEL_UNSUPPORTED'
  | 'ERR_MODEL_NO_WEIGHTS'
  | 'ERR_MODEL_LOAD'
  | 'ERR_CHAT_TEMPLATE'
  | 'ERR_CONTEXT_CREATE'
  | 'ERR_CONTEXT_FULL'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_EMPTY_PROMPT'
  | 'ERR_DECODE'
  | 'ERR_CAPTURE_UNAVAILABLE'
  | 'ERR_NOT_FINITE'
  | 'ERR_TRACE_INVALID'
  | 'ERR_TRACE_MODEL'
  | 'ERR_NO_STEPS'
  | 'ERR_DATASET'
  | 'ERR_EMBEDDED_MODEL'
  | 'ERR_BUSY'
  | 'ERR_CLOSED'

/** Codes of argument errors, which are `TypeError` or `RangeError` as in Node itself. */
export type ArgumentErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_UNKNOWN_OPTION'

/* ---- model and session -------------------------------------------------------------------- */

export interface ModelOptions {
  /** Layers to put on the GPU; ignored by a CPU build. @default 0 without a GPU, else all */
  readonly gpuLayers?: number | undefined
  /** Map the weights instead of reading them. @default true */
  readonly mmap?: boolean | undefined
  /** Called with 0 to 1 while the weights load. */
  readonly onProgress?: ((fraction: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ModelInfo {
  readonly path: string
  readonly architecture: string
  readonly name: string
  readonly fileType: string
  readonly parameters: number
  /** Bytes of all weights. */
  readonly bytes: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly embeddingLength: number
  readonly trainedContext: number
  readonly vocabularySize: number
  /** The jinja source in the file, or null. */
  readonly chatTemplate: string | null
}

export type CacheType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0'

export interface SessionOptions {
  /** KV cells, shared by all branches. @default the trained context, at most 8192 */
  readonly contextLength?: number | undefined
  /** Tokens of one decode of a prompt. @default 512, less where attention scores would get large */
  readonly batchSize?: number | undefined
  /** Sequences that can live side by side: forks for scoring, sweeps. @default 8 */
  readonly branches?: number | undefined
  /** @default os.availableParallelism(); the number of physical cores is best */
  readonly threads?: number | undefined
  /** Rows are captured with either; 'auto' takes what is faster. @default 'auto' */
  readonly flashAttention?: boolean | 'auto' | undefined
  /** Types of the KV cache; a quantised value cache needs flash attention. @default 'f16' */
  readonly keyType?: CacheType | undefined
  readonly valueType?: CacheType | undefined
  readonly signal?: AbortSignal | undefined
}

/* ---- generate ----------------------------------------------------------------------------- */

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Chat messages go through the model's template; a string is taken as the raw prompt. */
export type PromptInput = string | readonly Message[]

export interface SamplingOptions {
  /** 0 is greedy. @default 0 */
  readonly temperature?: number | undefined
  /** 0 keeps all tokens. Applied behind the temperature, as in Hugging Face. @default 40 */
  readonly topK?: number | undefined
  /** @default 0.95 */
  readonly topP?: number | undefined
  /** @default 0 */
  readonly minP?: number | undefined
  /** 1 is none. @default 1 */
  readonly repeatPenalty?: number | undefined
  /** Tokens that the penalty looks back at. @default 64 */
  readonly repeatWindow?: number | undefined
  /** 32-bit unsigned. @default 0 */
  readonly seed?: number | undefined
}

export interface HeadRef {
  readonly layer: number
  readonly head: number
}

export interface GenerateOptions extends SamplingOptions {
  /** @default 1024 */
  readonly maxTokens?: number | undefined
  /** Generation ends when one of these is complete; it stays in the text. */
  readonly stop?: readonly string[] | undefined
  /** Tokens of a chunk, 1 to 1024. @default by the model's speed: as many as take 50 ms */
  readonly chunkTokens?: number | undefined
  /**
   * Hand out the attention row of every generated token with its chunk: of all heads (their
   * mean) or of each listed head.
   */
  readonly attention?: 'all' | readonly HeadRef[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Attention rows: shape (queries, rows, length), row-major, indexed by position in the context. */
export interface AttentionRows {
  readonly data: Float32Array
  readonly queries: number
  readonly rows: number
  readonly length: number
  /** Layers that contributed (sliding-window layers do not), ascending. */
  readonly capturedLayers: readonly number[]
  /** Row r belongs to heads[r]; null where a row is the mean of all heads of all layers. */
  readonly heads: readonly HeadRef[] | null
}

export interface GenerationChunk {
  readonly text: string
  readonly tokens: readonly number[]
  readonly logprobs: readonly number[]
  readonly phase: 'thinking' | 'answer'
  readonly attention?: AttentionRows | undefined
}

/** Half-open range of tokens, and of UTF-16 units of the text. */
export interface Span {
  readonly tokenStart: number
  readonly tokenEnd: number
  readonly charStart: number
  readonly charEnd: number
}

/** What a model generated: plain data, complete enough to be scored later from a file. */
export interface Trace {
  readonly version: 1
  /** Enough to notice that a trace is scored by another model than the one that wrote it. */
  readonly model: {
    readonly name: string
    readonly architecture: string
    readonly parameters: number
    readonly vocabularySize: number
  }
  /** The messages, or null where a raw prompt was given. */
  readonly messages: readonly Message[] | null
  readonly prompt: { readonly text: string; readonly tokens: readonly number[] }
  /** Generated tokens, without the end-of-generation token. */
  readonly tokens: readonly number[]
  /** Shape (tokens): end of each token in `text`, in UTF-16 units. */
  readonly tokenEnds: readonly number[]
  /** Shape (tokens): natural logarithm, model's own distribution. */
  readonly logprobs: readonly number[]
  readonly text: string
  /** Between `<think>` and `</think>`, tags excluded; the whole text where there are no tags. */
  readonly thinking: Span
  /** Behind `</think>`; empty at the end where there is none. */
  readonly answer: Span
  /** 'cancelled': the consumer left the loop; an aborted signal rejects instead. */
  readonly finish: 'end' | 'length' | 'stop' | 'cancelled'
  readonly sampling: Required<{ [K in keyof SamplingOptions]: number }>
  readonly millis: { readonly prompt: number; readonly generation: number }
}

/** A chain of thought as text: what `model.traceOf` makes a trace of. */
export interface TextTraceInput {
  readonly messages: readonly Message[]
  /** Without the tags. */
  readonly thinking: string
  /** Behind `</think>`. @default '' */
  readonly answer?: string | undefined
}

/* ---- segment ------------------------------------------------------------------------------ */

/** A piece of the thinking text: [start, end) in UTF-16 units of that text. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** Finds steps in a thinking text. Ranges ascend and do not overlap. Pure. */
export interface Splitter {
  readonly name: string
  split(thinking: string): readonly TextRange[]
}

export type SplitterName = 'paragraph'

export interface SegmentOptions {
  /** @default 'paragraph' */
  readonly splitter?: SplitterName | Splitter | undefined
  /** Pieces with fewer characters (code points) are short. @default 10 */
  readonly minCharacters?: number | undefined
  /** What happens to short pieces: join the step before (or behind), or be left out. @default 'join' */
  readonly short?: 'join' | 'drop' | undefined
}

/**
 * `text` is trace.text.slice(charStart, charEnd). A token belongs to the step in which its first
 * character lies; separators belong to the step before, so that the steps tile the tokens from
 * the first step's start to the end of the thinking (unless short pieces are dropped).
 */
export interface Step extends Span {
  readonly index: number
  readonly text: string
}

export interface SegmentedTrace extends Trace {
  readonly splitter: string
  readonly steps: readonly Step[]
}

/* ---- score -------------------------------------------------------------------------------- */

export type ObserverName = 'last-token' | 'think-end'
export type AggregateName = 'sum' | 'mean'
/** All layers, the first half (rounded down, at least one), a range [from, to), or a list. */
export type LayerChoice =
  | 'all'
  | 'first-half'
  | { readonly from: number; readonly to: number }
  | readonly number[]

export interface ScoreOptions {
  /** Whose attention is read. @default 'think-end' where the trace has one, else 'last-token' */
  readonly observer?: ObserverName | undefined
  /** @default 'mean' */
  readonly aggregate?: AggregateName | undefined
  /** @default 'all' */
  readonly layers?: LayerChoice | undefined
  /** Also return one score per (layer, head) and step. @default false */
  readonly perHead?: boolean | undefined
  /** Count attention paid to the prompt in the total that scores are a share of. @default false */
  readonly includePrompt?: boolean | undefined
  /** Count the first `sinkTokens` positions of the context. @default false */
  readonly includeSink?: boolean | undefined
  /** @default 4 */
  readonly sinkTokens?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ScoredTrace extends SegmentedTrace {
  /** Shape (steps): higher is more important; every value is finite and not negative. */
  readonly scores: readonly number[]
  readonly scoring: {
    readonly observer: ObserverName
    readonly aggregate: AggregateName
    /** Position of the observing token in the context. */
    readonly position: number
    readonly layers: LayerChoice
    /** Layers that contributed (sliding-window layers do not). */
    readonly capturedLayers: readonly number[]
    readonly heads: number
    /** Share of the row that fell on the prompt, on the sink, and on the steps. */
    readonly share: { readonly prompt: number; readonly sink: number; readonly steps: number }
    /** Tokens decoded to get the row: 1 where the trace was in the cache. */
    readonly decodedTokens: number
    readonly millis: number
  }
  /** One entry per (layer, head): scores of that head alone, same shape as `scores`. */
  readonly headScores?: readonly (HeadRef & { readonly scores: readonly number[] })[] | undefined
}

/* ---- prune -------------------------------------------------------------------------------- */

/** Exactly one rule; a union, so that two rules do not type-check. */
export type PruneRule =
  | {
      /** Keep steps whose score is at least the percentile 100·threshold (numpy's linear rule). */
      readonly threshold: number
      readonly ratio?: undefined
      readonly keep?: undefined
    }
  | {
      /** Remove this share of the steps: floor(ratio·n + 1e-9) lowest ones. */
      readonly ratio: number
      readonly threshold?: undefined
      readonly keep?: undefined
    }
  | {
      /** Keep this many steps, the highest ones. */
      readonly keep: number
      readonly threshold?: undefined
      readonly ratio?: undefined
    }

export type PruneOptions = PruneRule & {
  /** Steps that stay whatever their score: indices, negative ones count from the end. @default [] */
  readonly protect?: readonly number[] | undefined
}

export interface PrunedTrace extends ScoredTrace {
  readonly rule: { readonly name: 'threshold' | 'ratio' | 'keep'; readonly value: number }
  /** Ascending step indices; kept and removed partition the steps. */
  readonly kept: readonly number[]
  readonly removed: readonly number[]
  /** The kept steps, joined by a blank line. */
  readonly prunedText: string
  /** The kept steps' tokens, exactly as generated. */
  readonly prunedTokens: readonly number[]
}

/* ---- evaluate ----------------------------------------------------------------------------- */

/** How an answer was found; 'none' where there is none. */
export type Extraction = 'boxed' | 'answer-is' | 'final-answer' | 'equals' | 'last-number' | 'none'

export interface ExtractedAnswer {
  /** Canonical text: an integer without leading zeros or separators; else as written. */
  readonly value: string | null
  readonly extraction: Extraction
}

export type EvaluationMode = 'reprompt' | 'continue'

export interface EvaluateOptions extends SamplingOptions {
  /**
   * 'reprompt': ask again with the problem and the kept steps as text; needs `messages`.
   * 'continue': kept steps' tokens behind the prompt, thinking closed, answer written again.
   * @default 'continue'
   */
  readonly mode?: EvaluationMode | undefined
  /** @default 512 */
  readonly maxTokens?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Evaluation {
  readonly mode: EvaluationMode
  readonly text: string
  readonly answer: ExtractedAnswer
  readonly finish: 'end' | 'length' | 'stop'
  /** Tokens of the prompt, those of it that had to be decoded, and generated ones. */
  readonly tokens: {
    readonly prompt: number
    readonly decoded: number
    readonly generated: number
  }
  /** Mean log-probability of the generated tokens; 0 where there are none. */
  readonly meanLogprob: number
  readonly millis: number
}

/* ---- report ------------------------------------------------------------------------------- */

export interface BuildInfo {
  readonly version: string
  readonly llamaCommit: string
  readonly llamaVersion: string
  readonly patchSha256: string
  readonly backends: readonly string[]
  readonly systemInfo: string
}

/** Everything about one pruned and evaluated trace, with its provenance. */
export interface Report {
  readonly version: 1
  readonly build: BuildInfo
  readonly model: ModelInfo
  readonly trace: PrunedTrace
  /** The answer that the trace itself gave. */
  readonly before: ExtractedAnswer
  readonly after: Evaluation
  readonly counts: {
    readonly steps: number
    readonly keptSteps: number
    readonly thinkingTokens: number
    readonly keptTokens: number
  }
}
