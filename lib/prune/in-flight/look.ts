/** One look at a running trace: on a fork a probe is decoded, its attention read, and perhaps an answer. */

import type {
  AttentionRows,
  Observer,
  Scorer,
  SegmentedTrace,
  Trace,
} from '../../../types/public.js'
import { CotPruneError, invalidValue } from '../../base/errors.js'
import { headLists, home } from '../../engine/branches.js'
import { headsOf, meanRow, toAttentionRows } from '../../engine/rows.js'
import type { Runtime } from '../../engine/runtime.js'
import type { ResolvedSampling } from '../../engine/sampling.js'
import { resolveSampling } from '../../engine/sampling.js'
import { answerCue } from '../../engine/thinking-formats.js'
import { probeText } from '../../score/observers/probe-text.js'
import { checkRow, layerList, scoreRow } from '../../score/row-scores.js'
import { TokenText } from '../../trace/token-text.js'
import type { CachedTrace } from './cached-trace.js'
import { type CachedValues, takenRows } from './cached-values.js'
import type { CachedScores, CachedStep } from './choose-tokens.js'
import type { ResolvedPruning } from './options.js'

/** Tokens of an answer, at most. */
const answerTokens = 16
const sinkTokens = 4

/** What the model would answer now. */
export interface Answer {
  readonly text: string
  /** Geometric mean of the probabilities of its tokens; 0 without any. */
  readonly confidence: number
}

type ByProbeOrScorer = Pick<ResolvedPruning, 'aggregate' | 'layers'> & {
  readonly by: { readonly observer: Observer } | { readonly scorer: Scorer }
}

/** A fork of home that is looked at and dropped. */
export class Look {
  readonly #runtime: Runtime
  readonly #signal: AbortSignal | null
  readonly #trace: SegmentedTrace
  readonly #cached: CachedTrace
  /** Newest cached tokens that the fork does not hold yet. */
  #missing: number
  #closed = false
  /** Whether the fork holds more than the trace. */
  #used = false
  #decoded = 0

  private constructor(
    runtime: Runtime,
    trace: SegmentedTrace,
    cached: CachedTrace,
    missing: number,
    signal: AbortSignal | null,
  ) {
    this.#runtime = runtime
    this.#trace = trace
    this.#cached = cached
    this.#missing = missing
    this.#signal = signal
  }

  /** @param missing newest tokens that a fork made before them does not hold; 0: there is none, it is made now */
  static async open(
    runtime: Runtime,
    trace: SegmentedTrace,
    cached: CachedTrace,
    missing: number,
    signal: AbortSignal | null,
  ): Promise<Look> {
    if (missing === 0) await runtime.branches.fork(home, runtime.branches.scratch)
    return new Look(runtime, trace, cached, missing, signal)
  }

  /** Tokens that were decoded for it. */
  get decodedTokens(): number {
    return this.#decoded
  }

  /** Scores of the cached steps, and of single tokens where there are any. */
  async score(
    steps: readonly CachedStep[],
    { by, aggregate, layers }: ByProbeOrScorer,
    seed: number,
  ): Promise<CachedScores> {
    if ('scorer' in by) {
      const all = by.scorer.score(this.#trace, { seed })
      return { scores: steps.map(({ step }) => all[step] ?? Number.NaN) }
    }
    const row = this.#ofCached(meanRow(await this.#capture(by.observer, layers)))
    const prompt = this.#trace.prompt.tokens.length
    const options = { aggregate, includePrompt: false, includeSink: false, sinkTokens }
    const { scores, weights } = scoreRow(row, steps, prompt, options)
    return { scores, tokenScores: [...weights.subarray(prompt)] }
  }

  /**
   * Shape (observing tokens, cached tokens): what each observing token pays, the mean over heads, and what it takes
   * where there are values.
   */
  async rows(
    observer: Observer,
    layers: ResolvedPruning['layers'],
    values: CachedValues | null,
  ): Promise<{ readonly paid: Float64Array[]; readonly taken: Float64Array[] }> {
    if (this.#used) await this.#forkAgain()
    this.#used = true
    const { model } = this.#runtime
    const each = values === null ? layers : layerList(layers, model.info.layers)
    const all = await this.#capture(observer, each)
    const { data, rows, length } = all
    const prompt = this.#trace.prompt.tokens.length
    const generated = (row: Float32Array | Float64Array) => this.#ofCached(row).subarray(prompt)
    const paid = Array.from({ length: all.queries }, (_, query) => {
      const own = data.subarray(query * rows * length, (query + 1) * rows * length)
      const mean = meanRow({ ...all, data: own, queries: 1 })
      checkRow(mean)
      return generated(mean)
    })
    const taken =
      values === null ? [] : takenRows(all, generated, head => values.normsOf(head, this.#cached))
    return { paid, taken }
  }

  /** The answer that would come if the thinking ended here, decoded greedily. */
  async answer(): Promise<Answer> {
    const { branches, model } = this.#runtime
    const text = this.#closed ? answerCue : `${closeOf(model)}${answerCue}`
    const cue = await model.tokenize(text, { parseSpecial: true })
    await this.#extend([...this.#takeMissing(), ...cue])
    this.#closed = true
    branches.sampler(branches.scratch, greedy, ['}'])
    const [sample] = await branches.sample([branches.scratch], answerTokens)
    this.#signal?.throwIfAborted()
    if (sample === undefined) throw new CotPruneError('ERR_DECODE', 'no sample came back')
    this.#decoded += sample.tokens.length
    const decoded = new TokenText()
    decoded.push(sample)
    const end = decoded.text.indexOf('}')
    const answer = end === -1 ? decoded.text : decoded.text.slice(0, end)
    const logprobs = [...sample.logprobs].filter(
      (_, i) => (decoded.ends[i - 1] ?? 0) < answer.length,
    )
    const mean = logprobs.reduce((sum, value) => sum + value, 0) / logprobs.length
    return { text: answer.trim(), confidence: logprobs.length === 0 ? 0 : Math.exp(mean) }
  }

  close(): Promise<void> {
    return this.#runtime.branches.drop(this.#runtime.branches.scratch)
  }

  async #capture(observer: Observer, layers: ResolvedPruning['layers']): Promise<AttentionRows> {
    const { model } = this.#runtime
    const heads =
      layers === 'all' ? null : headsOf(layerList(layers, model.info.layers), model.info)
    const { window = 1, tokens, ...said } = observer.observe(this.#trace)
    const probe = probeText(said, model.thinking)
    if (tokens !== this.#trace.tokens.length) {
      const expected = `an observer behind all ${this.#trace.tokens.length} tokens`
      throw invalidValue('options.pruning.observer', expected, observer.name)
    }
    const seen = await this.#observe(probe, window)
    const rows = await this.#extend(seen, { heads: headLists(heads ?? []), window })
    if (rows === null) throw new CotPruneError('ERR_CAPTURE_UNAVAILABLE', 'no row was captured')
    return toAttentionRows(rows, heads)
  }

  /** What another observer decoded is none of this one's business. */
  async #forkAgain(): Promise<void> {
    const { branches } = this.#runtime
    await branches.drop(branches.scratch)
    await branches.fork(home, branches.scratch)
    this.#closed = false
  }

  /** The tokens to decode: the probe's, and so many of the trace's last that `window` can observe. */
  async #observe(probe: string, window: number): Promise<readonly number[]> {
    const { branches, model } = this.#runtime
    const behind = await model.tokenize(probe, { parseSpecial: true })
    this.#closed = probe.includes(model.thinking.close)
    if (this.#missing > 0) return [...this.#takeMissing(), ...behind]
    const again = window - behind.length
    if (again <= 0) return behind
    if (again > this.#cached.length) {
      throw invalidValue('options.pruning.observer', 'a window within the cached tokens', window)
    }
    const start = this.#cached.positions.at(-again) ?? 0
    await branches.evict(branches.scratch, [{ start, end: 2 ** 31 - 1 }])
    return [...this.#newest(again), ...behind]
  }

  #newest(count: number): number[] {
    const tokens = this.#cached.tokens.slice(-count)
    return tokens.map(token => this.#trace.tokens[token] ?? Number.NaN)
  }

  /** They are decoded with what comes first. */
  #takeMissing(): readonly number[] {
    const tokens = this.#missing > 0 ? this.#newest(this.#missing) : []
    this.#missing = 0
    return tokens
  }

  async #extend(
    tokens: readonly number[],
    options: Pick<Parameters<Runtime['branches']['extend']>[2] & object, 'heads' | 'window'> = {},
  ): ReturnType<Runtime['branches']['extend']> {
    const { branches } = this.#runtime
    const signal = this.#signal
    this.#decoded += tokens.length
    return branches.extend(branches.scratch, Int32Array.from(tokens), { ...options, signal })
  }

  /** A row over positions as one over the prompt and the cached tokens, without gaps. */
  #ofCached(row: Float32Array | Float64Array): Float64Array {
    const prompt = this.#trace.prompt.tokens.length
    const dense = new Float64Array(prompt + this.#cached.length)
    dense.set(row.subarray(0, prompt))
    for (const [rank, position] of this.#cached.positions.entries()) {
      dense[prompt + rank] = row[position] ?? 0
    }
    return dense
  }
}

/** The cue begins with the blank line. */
const closeOf = ({ thinking }: Runtime['model']): string => thinking.closing.trimEnd()

const greedy: ResolvedSampling = resolveSampling()

/** How many of the newest tokens of the trace observers have to see once more, because a probe is too short. */
export async function tokensReadAgain(
  { model }: Pick<Runtime, 'model'>,
  observers: readonly Observer[],
  trace: Trace,
): Promise<number> {
  let most = 0
  for (const observer of observers) {
    const { window = 1, ...said } = observer.observe(asked(trace))
    const probe = await model.tokenize(probeText(said, model.thinking), { parseSpecial: true })
    most = Math.max(most, window - probe.length)
  }
  return most
}

/** Cells that a look needs beside those of the trace. */
export async function cellsOfLook(
  { model }: Pick<Runtime, 'model'>,
  observers: readonly Observer[],
  trace: Trace,
): Promise<number> {
  let most = 0
  for (const said of observers.length === 0
    ? [{}]
    : observers.map(of => of.observe(asked(trace)))) {
    const text = `${probeText(said, model.thinking)}${closeOf(model)}${answerCue}`
    most = Math.max(most, (await model.tokenize(text, { parseSpecial: true })).length)
  }
  return most + answerTokens
}

/** A trace before there are steps. */
const asked = (trace: Trace): SegmentedTrace => ({ ...trace, splitter: '', steps: [] })

/** Who decodes something at a look. */
export function observersOf(pruning: ResolvedPruning | null): readonly Observer[] {
  if (pruning === null) return []
  const { by } = pruning
  if ('live' in by) return by.live.observers
  return 'observer' in by ? [by.observer] : []
}
