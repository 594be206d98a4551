/** Segmented traces → which step looks at which: one prefill, rows reduced to steps as they come. */

import type { NativeRows } from '../../../types/native.js'
import type { HeadRef, SegmentedTrace, StepGraph, TextRange } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { headLists, home } from '../../engine/branches.js'
import { checkModel } from '../../trace/check-model.js'
import type { Looking } from '../looking.js'
import { scorable } from '../scorable.js'
import { captureSize, joins, nextBatch, type Room, usefulBatch } from './batches.js'

/** A trace that is being read. */
interface Reading {
  readonly steps: readonly TextRange[]
  /** Of the prompt. */
  readonly prompt: number
  readonly tokens: Int32Array
  /** Of the steps, in positions. */
  readonly spans: Int32Array
  /** Nothing in front of the second step looks at a step that ended. */
  readonly first: number
  readonly looks: Looks
  branch: number
  /** Tokens that its branch holds. */
  at: number
  decoded: number
}

/** The work behind `session.stepGraph`; see there. */
export async function readStepGraph(
  runtime: Looking,
  given: SegmentedTrace,
  heads: readonly HeadRef[],
  signal: AbortSignal | null,
): Promise<StepGraph> {
  const reading = readingOf(runtime, given, heads)
  await readAll(runtime, [reading], heads, signal)
  return graphOf(reading, heads)
}

/** The work behind `session.stepGraphs`; see there. */
export async function readStepGraphs(
  runtime: Looking,
  given: readonly SegmentedTrace[],
  heads: readonly HeadRef[],
  signal: AbortSignal | null,
): Promise<StepGraph[]> {
  const readings = given.map((trace, i) => {
    try {
      return readingOf(runtime, trace, heads)
    } catch (error) {
      if (!CotPruneError.is(error)) throw error
      throw new CotPruneError(error.code, `traces[${i}]: ${error.message}`, { cause: error })
    }
  })
  await readAll(runtime, readings, heads, signal)
  return readings.map(reading => graphOf(reading, heads))
}

/** Nothing is decoded yet. @throws CotPruneError for what is wrong with the trace */
function readingOf(runtime: Looking, given: SegmentedTrace, heads: readonly HeadRef[]): Reading {
  const trace = scorable(given)
  checkModel(runtime, trace)
  const prompt = trace.prompt.tokens.length
  const tokens = Int32Array.from([...trace.prompt.tokens, ...trace.tokens])
  runtime.branches.check(tokens)
  const steps = trace.steps.map(({ tokenStart, tokenEnd }) => ({
    start: tokenStart,
    end: tokenEnd,
  }))
  return {
    steps,
    prompt,
    tokens,
    spans: Int32Array.from(steps.flatMap(({ start, end }) => [prompt + start, prompt + end])),
    first: prompt + (steps[1]?.start ?? trace.answer.tokenStart),
    looks: new Looks(heads.length, steps, trace.answer.tokenStart),
    branch: home,
    at: 0,
    decoded: 0,
  }
}

const graphOf = ({ steps, looks, decoded }: Reading, heads: readonly HeadRef[]): StepGraph => ({
  heads,
  steps,
  looks: looks.means(),
  decodedTokens: decoded,
})

/** In order; one that ends makes room for the next one, so that batches are full as long as there is something to read. */
async function readAll(
  runtime: Looking,
  readings: readonly Reading[],
  heads: readonly HeadRef[],
  signal: AbortSignal | null,
): Promise<void> {
  const { branches } = runtime
  await branches.dropScratch()
  const free = Array.from(
    { length: Math.max(1, branches.count - 1) },
    (_, i) => i + branches.scratch,
  )
  // of others no token looks at a step
  const waiting = readings.filter(({ first, tokens }) => first < tokens.length)
  let live: Reading[] = []
  while (live.length + waiting.length > 0) {
    await admit(runtime, waiting, live, free, heads.length)
    signal?.throwIfAborted()
    await decodeBatch(runtime, live, heads)
    const ended = live.filter(({ at, tokens }) => at === tokens.length)
    live = live.filter(({ at, tokens }) => at < tokens.length)
    for (const { branch } of ended) {
      free.push(branch)
      if (branch !== home) await branches.drop(branch)
    }
  }
}

/** Take in what waits, as long as it joins those that are read and a branch is free. */
async function admit(
  runtime: Looking,
  waiting: Reading[],
  live: Reading[],
  free: number[],
  heads: number,
): Promise<void> {
  const { branches } = runtime
  const room = roomOf(runtime, heads)
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    if (!joins(live, next, room)) return
    const branch = free.shift()
    if (branch === undefined) return
    waiting.shift()
    next.branch = branch
    if (live.length === 0) await branches.makeRoom(next.tokens)
    // what comes from `first` on has to be decoded, to be seen
    next.at = await branches.share(branch, next.tokens.subarray(0, next.first + 1))
    live.push(next)
  }
}

function roomOf({ model, branches }: Looking, heads: number): Room {
  const onGpu = model.info.gpuLayers > 0
  return {
    batchSize: usefulBatch(branches.batchSize, onGpu),
    contextLength: branches.contextLength,
    held: branches.scratch === home ? 0 : branches.length(home),
    heads,
    onGpu,
  }
}

async function decodeBatch(
  runtime: Looking,
  live: readonly Reading[],
  heads: readonly HeadRef[],
): Promise<void> {
  const { branches } = runtime
  const { batchSize, held } = roomOf(runtime, heads.length)
  const cells = live.reduce((sum, { tokens }) => sum + tokens.length, held)
  const limits = { batchSize, captureSize: captureSize(batchSize, cells, heads.length) }
  const batch = nextBatch(live, limits)
  const pieces = batch.map(({ reading, count, captures }) => ({
    branch: reading.branch,
    tokens: reading.tokens.subarray(reading.at, reading.at + count),
    spans: captures ? reading.spans : none,
  }))
  const rows = await branches.extendMany(pieces, headLists(heads))
  for (const [i, { reading, count }] of batch.entries()) {
    const own = rows[i] ?? null
    if (own !== null) {
      checkCaptured(own, heads)
      reading.looks.add(reading.at - reading.prompt, own)
    }
    reading.at += count
    reading.decoded += count
  }
}

const none = new Int32Array(0)

export function checkCaptured(
  rows: Pick<NativeRows, 'capturedLayers'>,
  heads: readonly HeadRef[],
): void {
  const captured = new Set(rows.capturedLayers)
  const missing = heads.find(({ layer }) => !captured.has(layer))
  if (missing === undefined) return
  throw new CotPruneError(
    'ERR_CAPTURE_UNAVAILABLE',
    `layer ${missing.layer} cannot be captured: it does not attend`,
  )
}

/** Sums of looks while rows come in. */
export class Looks {
  readonly #heads: number
  readonly #steps: readonly TextRange[]
  readonly #answer: number
  /** Shape (heads, steps + 1, steps). */
  readonly #sums: number[][][]
  /** Shape (steps + 1): tokens that looked. */
  readonly #counts: number[]

  /** @param answer the first token behind the thinking */
  constructor(heads: number, steps: readonly TextRange[], answer: number) {
    this.#heads = heads
    this.#steps = steps
    this.#answer = answer
    const zeros = () => Array.from({ length: steps.length }, () => 0)
    const matrix = () => Array.from({ length: steps.length + 1 }, zeros)
    this.#sums = Array.from({ length: heads }, matrix)
    this.#counts = Array.from({ length: steps.length + 1 }, () => 0)
  }

  /** Rows reduced to the steps, shape (queries, heads, steps), of tokens from `token` on. */
  add(token: number, { data, queries }: Pick<NativeRows, 'data' | 'queries'>): void {
    const count = this.#steps.length
    for (let query = 0; query < queries; query++) {
      const j = this.#stepOf(token + query)
      if (j === null) continue
      const paid = Array.from({ length: this.#heads }, (_, head) => {
        const start = (query * this.#heads + head) * count
        return data.subarray(start, start + Math.min(j, count))
      })
      this.addPaid(j, paid)
    }
  }

  /** What one token of step j, or of the answer, pays to the steps before: shape (heads, steps). */
  addPaid(j: number, paid: readonly ArrayLike<number>[]): void {
    this.#counts[j] = (this.#counts[j] ?? 0) + 1
    for (const [head, values] of paid.entries()) {
      const row = this.#sums[head]?.[j]
      for (let i = 0; row !== undefined && i < j && i < row.length; i++) {
        row[i] = (row[i] ?? 0) + (values[i] ?? 0)
      }
    }
  }

  /** Made of the sums, in place: of many steps there is no room for both. */
  means(): number[][][] {
    for (const head of this.#sums) {
      for (const [j, row] of head.entries()) {
        const count = Math.max(1, this.#counts[j] ?? 0)
        for (const [i, sum] of row.entries()) row[i] = sum / count
      }
    }
    return this.#sums
  }

  /** Null for what is in no step: the tag that ends the thinking, dropped short pieces. */
  #stepOf(token: number): number | null {
    if (token >= this.#answer) return this.#steps.length
    const index = this.#steps.findIndex(({ start, end }) => token >= start && token < end)
    return index === -1 ? null : index
  }
}
