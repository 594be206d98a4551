/**
 * The branches of one context: sequences that share KV cells. Branch 0 is home, where traces stay; the others are scratch,
 * for forks that look at a trace without touching it.
 */

import type {
  Engine,
  NativeLikelihood,
  NativeRows,
  NativeSample,
  SessionHandle,
} from '../../types/native.js'
import type { HeadRef, ModelInfo, TextRange } from '../../types/public.js'
import { CotPruneError, outOfRange } from '../base/errors.js'
import { checkTokens, flatPieces, type Piece } from './pieces.js'
import type { ResolvedSampling } from './sampling.js'

export const home = 0

/** Cells that a generation leaves free, so that probes can be decoded on forks of a full trace. */
export const reservedCells = 32

const none = new Int32Array(0)
const lastPosition = 2 ** 31 - 1

/** What of a hybrid model is kept to score by: before the newest chunk of each. */
export type Checkpoint = 'thinking' | 'answer'

/** Which heads to capture: empty is all heads of all layers, summed into one row. */
export interface HeadLists {
  readonly layers: Int32Array
  readonly heads: Int32Array
}

export const headLists = (heads: readonly HeadRef[]): HeadLists => ({
  layers: Int32Array.from(heads, head => head.layer),
  heads: Int32Array.from(heads, head => head.head),
})

/** What is left of a row, natively: sums over position spans, then the positions from `tail` on. */
export interface RowReduction {
  /** [start, end, start, end, …] */
  readonly spans: Int32Array
  readonly tail: number
}

/** What `fill` hands back. */
export interface Filled {
  /** Tokens that had to be decoded; the others were in the cache. */
  readonly decoded: number
  /** The rows of the last tokens, where heads were asked for. */
  readonly rows: NativeRows | null
}

export class Branches {
  readonly contextLength: number
  readonly count: number
  readonly #engine: Engine
  readonly #handle: SessionHandle
  readonly batchSize: number
  readonly #outputs: number
  readonly #model: Pick<ModelInfo, 'vocabularySize' | 'recurrent' | 'hybrid'>
  #running: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(
    engine: Engine,
    handle: SessionHandle,
    model: Pick<ModelInfo, 'vocabularySize' | 'recurrent' | 'hybrid'>,
  ) {
    const info = engine.sessionInfo(handle)
    this.#engine = engine
    this.#handle = handle
    this.batchSize = info.batchSize
    this.#outputs = Math.min(info.outputs, info.batchSize)
    this.#model = model
    this.contextLength = info.contextLength
    this.count = info.branches
  }

  /** Interrupt the job that runs, if any; it never reaches the next one. */
  interrupt(): void {
    if (!this.#closed) this.#engine.sessionAbort(this.#handle)
  }

  /** Refuse further jobs, interrupt the one that runs and wait for it. */
  async close(): Promise<void> {
    this.interrupt()
    this.#closed = true
    await this.#running
  }

  /** The branch beside home that a fork may use; home itself where there is no other. */
  get scratch(): number {
    return this.count > 1 ? 1 : home
  }

  /**
   * Make a branch hold exactly `tokens`, with the last `window` (1) of them decoded now: the last
   * one leaves its logits, all of them leave their attention rows where `heads` is given. The
   * longest prefix that any branch has is shared, so for a trace that is in the cache nothing else
   * is decoded.
   *
   * @throws CotPruneError ERR_CONTEXT_FULL, ERR_TRACE_MODEL (unknown token); `signal.reason`
   */
  async fill(
    branch: number,
    tokens: Int32Array,
    options: {
      readonly heads?: HeadLists | undefined
      readonly window?: number | undefined
      readonly signal: AbortSignal | null
    },
  ): Promise<Filled> {
    this.check(tokens)
    const { heads, window = 1, signal } = options
    this.#checkWindow(window, tokens.length)
    const observed = tokens.length - window
    const start = await this.#share(branch, tokens, observed)
    const rows = await this.extend(branch, tokens.subarray(start), { heads, window, signal })
    return { decoded: tokens.length - start, rows }
  }

  /** Decode tokens behind a branch; the last one leaves its logits, the last `window` their rows where `heads` is given. */
  async extend(
    branch: number,
    tokens: Int32Array,
    options: {
      readonly heads?: HeadLists | undefined
      readonly window?: number | undefined
      readonly signal?: AbortSignal | null | undefined
    } = {},
  ): Promise<NativeRows | null> {
    const { heads, window = 1, signal } = options
    const observed = tokens.length - window
    for (let at = 0, end = at; at < tokens.length; at = end) {
      signal?.throwIfAborted()
      // observing tokens are one batch: all of its rows come at once
      end = Math.min(at < observed ? observed : tokens.length, at + this.batchSize)
      const last = end === tokens.length
      const queries = window > 1 ? 2 : 1
      const rows = await this.#run(addon =>
        addon.sessionExtend(
          this.#handle,
          branch,
          tokens.subarray(at, end),
          last,
          last && heads !== undefined ? queries : 0,
          heads?.layers ?? none,
          heads?.heads ?? none,
          none,
        ),
      )
      if (last) return rows
    }
    throw new CotPruneError('ERR_EMPTY_PROMPT', 'there is no token to decode')
  }

  /**
   * Decode pieces of different branches in one batch, together at most `batchSize` tokens. In order of the pieces: the
   * row of each token for each head, reduced to sums over the piece's spans; null where it has none.
   */
  extendMany(
    pieces: readonly Piece[],
    { layers, heads }: HeadLists,
  ): Promise<readonly (NativeRows | null)[]> {
    const { branches, counts, tokens, spanCounts, spans } = flatPieces(pieces)
    return this.#run(addon =>
      addon.sessionExtendMany(
        this.#handle,
        branches,
        counts,
        tokens,
        layers,
        heads,
        spanCounts,
        spans,
      ),
    )
  }

  /**
   * Extend a branch, whose last token left its logits: the log-probability of each behind what is before it, in
   * pieces of as many tokens as may leave theirs at once.
   */
  async likelihood(
    branch: number,
    tokens: Int32Array,
    signal: AbortSignal | null,
    alternatives = 0,
  ): Promise<readonly NativeLikelihood[]> {
    this.check(tokens)
    const pieces: NativeLikelihood[] = []
    for (let at = 0; at < tokens.length; at += this.#outputs) {
      signal?.throwIfAborted()
      const some = tokens.subarray(at, at + this.#outputs)
      const read = (addon: Engine) =>
        addon.sessionLikelihood(this.#handle, branch, some, alternatives)
      pieces.push(await this.#run(read))
    }
    return pieces
  }

  /** Shape (vocabulary): the logits behind the last token of a branch. */
  async logits(branch: number): Promise<Float32Array> {
    return this.#engine.sessionLogits(this.#handle, branch)
  }

  /** Make a branch hold the longest beginning of `tokens`, but for the last one, that any branch has; its length. */
  share(branch: number, tokens: Int32Array): Promise<number> {
    this.check(tokens)
    return this.#share(branch, tokens, tokens.length - 1)
  }

  /**
   * What a layer has cached for positions [start, end) of a branch, all heads of a position one behind the other: shape
   * (end - start, width).
   * @throws CotPruneError ERR_CAPTURE_UNAVAILABLE where the layer caches no values over the whole context
   */
  values(branch: number, layer: number, { start, end }: TextRange): Promise<Float32Array> {
    return this.#run(addon => addon.sessionValues(this.#handle, branch, layer, start, end))
  }

  /** `to` becomes all of `from`: cells are shared, nothing is decoded. */
  async fork(from: number, to: number): Promise<void> {
    const length = this.length(from)
    await this.#run(addon => addon.sessionFork(this.#handle, from, to, length))
  }

  /**
   * Take position ranges out of a branch's cache. What is left stays at its positions; what follows
   * does not see what is gone.
   *
   * @throws CotPruneError ERR_EVICTION_UNAVAILABLE (a model whose memory has no single cells)
   */
  async evict(branch: number, ranges: readonly TextRange[]): Promise<void> {
    for (const { start, end } of ranges) {
      await this.#run(addon => addon.sessionCut(this.#handle, branch, start, end))
    }
  }

  /**
   * Where a part of the memory is a state, keep what it is now at home: it is read whole or not at all, so that a
   * token which is to be looked at again needs the state before it. Nothing is computed.
   */
  async checkpoint(at: Checkpoint): Promise<void> {
    const slot = this.count - (at === 'thinking' ? 1 : 2)
    // the lower branches are those of looks and of undoing
    if (this.#model.hybrid && slot > 2) await this.fork(home, slot)
  }

  /** Give a branch position ranges back that another one still holds. */
  async restore(from: number, to: number, ranges: readonly TextRange[]): Promise<void> {
    for (const { start, end } of ranges) {
      await this.#run(addon => addon.sessionRestore(this.#handle, from, to, start, end))
    }
  }

  /** Move the cells of a branch together; no other branch may hold any. */
  compact(branch: number): Promise<void> {
    return this.#run(addon => addon.sessionCompact(this.#handle, branch))
  }

  /** Set how a branch samples from now on. */
  sampler(branch: number, sampling: ResolvedSampling, stop: readonly string[]): void {
    this.#engine.sessionSampler(
      this.#handle,
      branch,
      sampling.temperature,
      sampling.topK,
      sampling.topP,
      sampling.minP,
      sampling.repeatPenalty,
      sampling.presencePenalty,
      sampling.repeatWindow,
      sampling.seed,
      stop,
    )
  }

  /** Among how many likeliest tokens samples say how sure they were; 0: not. */
  certainty(branch: number, count: number): void {
    this.#engine.sessionCertainty(this.#handle, branch, count)
  }

  /** How many likeliest tokens samples have at each position; 0: none. */
  alternatives(branch: number, count: number): void {
    this.#engine.sessionAlternatives(this.#handle, branch, count)
  }

  /** Up to `maxTokens` more tokens on each branch, decoded together; rows whole where `reduced` is left out. */
  sample(
    branches: readonly number[],
    maxTokens: number,
    heads?: HeadLists | undefined,
    reduced?: RowReduction | undefined,
  ): Promise<readonly NativeSample[]> {
    return this.#run(addon =>
      addon.sessionSample(
        this.#handle,
        Int32Array.from(branches),
        maxTokens,
        heads !== undefined,
        heads?.layers ?? none,
        heads?.heads ?? none,
        reduced?.spans ?? none,
        reduced?.tail ?? -1,
      ),
    )
  }

  drop(branch: number): Promise<void> {
    return this.#run(addon => addon.sessionDrop(this.#handle, branch))
  }

  /** Drop every branch. */
  async clear(): Promise<void> {
    await this.dropScratch()
    await this.drop(home)
  }

  /** Drop every branch but home. */
  async dropScratch(): Promise<void> {
    for (let branch = home + 1; branch < this.count; branch++) await this.drop(branch)
  }

  /** Tokens that a branch holds. */
  length(branch: number): number {
    return this.#engine.sessionTokens(this.#handle, branch).length
  }

  /** Cells that any branch holds. It looks at all of them: not for every token. */
  get usedCells(): number {
    return this.#engine.sessionInfo(this.#handle).usedCells
  }

  /** Length of the prefix of `tokens` that a branch could share; 0 once it has holes. */
  shared(branch: number, tokens: Int32Array): number {
    const length = this.#engine.sessionMatch(this.#handle, branch, tokens)
    // a state is shared whole or not at all
    return this.#model.recurrent && length < this.length(branch) ? 0 : length
  }

  /** Before anything is decoded. @throws CotPruneError ERR_EMPTY_PROMPT, ERR_CONTEXT_FULL, ERR_TRACE_MODEL (unknown token) */
  check(tokens: Int32Array): void {
    checkTokens(tokens, this.contextLength, this.#model.vocabularySize)
  }

  /** Another trace at home goes where a fork that holds `tokens` would not fit beside it. */
  async makeRoom(tokens: Int32Array, window = 1): Promise<void> {
    const missing = tokens.length - this.#longest(tokens, tokens.length - window).length
    const free = this.contextLength - this.length(home)
    if (this.scratch !== home && missing > free) await this.clear()
  }

  /** The branch that shares most of the first `most` tokens, and how many. */
  #longest(tokens: Int32Array, most: number): { readonly branch: number; readonly length: number } {
    let best = { branch: home, length: -1 }
    for (let branch = 0; branch < this.count; branch++) {
      const shared = this.shared(branch, tokens)
      const length = this.#model.recurrent && shared > most ? 0 : Math.min(shared, most)
      if (length > best.length) best = { branch, length }
    }
    return best
  }

  /** Take over the longest prefix of at most `most` tokens; returns its length. */
  async #share(branch: number, tokens: Int32Array, most: number): Promise<number> {
    const found = this.#longest(tokens, most)
    const { length } = found
    const own = this.shared(branch, tokens)
    if (found.branch === branch || length === 0 || (own >= length && !this.#model.recurrent)) {
      await this.#run(addon => addon.sessionCut(this.#handle, branch, length, lastPosition))
    } else {
      await this.#run(addon => addon.sessionFork(this.#handle, found.branch, branch, length))
    }
    return length
  }

  /** Every native job comes through here, so that close() knows what to wait for. */
  #run<T>(job: (addon: Engine) => Promise<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new CotPruneError('ERR_CLOSED', 'the session is closed'))
    }
    const running = job(this.#engine)
    this.#running = running.catch(() => {})
    return running
  }

  #checkWindow(window: number, tokens: number): void {
    if (window <= Math.min(tokens, this.batchSize)) return
    const most = `${tokens} tokens and a batch of ${this.batchSize}`
    throw outOfRange('options.window', `at most what is there (${most})`, window)
  }
}
