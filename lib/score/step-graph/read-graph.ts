/** Segmented trace → which step looks at which: one prefill, rows reduced to steps as they come. */

import type { NativeRows } from '../../../types/native.js'
import type { HeadRef, SegmentedTrace, StepGraph, TextRange } from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { headLists } from '../../engine/branches.js'
import type { Runtime } from '../../engine/runtime.js'
import { checkModel } from '../../trace/check-model.js'
import { scorable } from '../scorable.js'

/** Bytes of attention rows that one batch may take before they are reduced. */
const rowBudget = 64 * 2 ** 20

/** The work behind `session.stepGraph`; see there. */
export async function readStepGraph(
  runtime: Runtime,
  given: SegmentedTrace,
  heads: readonly HeadRef[],
  signal: AbortSignal | null,
): Promise<StepGraph> {
  const trace = scorable(given)
  checkModel(runtime, trace)
  const { branches } = runtime
  const prompt = trace.prompt.tokens.length
  const steps = trace.steps.map(({ tokenStart, tokenEnd }) => ({
    start: tokenStart,
    end: tokenEnd,
  }))
  const tokens = Int32Array.from([...trace.prompt.tokens, ...trace.tokens])
  // nothing in front of the second step looks at a step that ended
  const first = prompt + (steps[1]?.start ?? trace.answer.tokenStart)
  const graph = new Looks(heads.length, steps, trace.answer.tokenStart)
  await branches.dropScratch()
  const { scratch } = branches
  let decoded = 0
  if (first < tokens.length) {
    decoded += (await branches.fill(scratch, tokens.subarray(0, first), { signal })).decoded
    const spans = Int32Array.from(steps.flatMap(({ start, end }) => [prompt + start, prompt + end]))
    const most = Math.floor(rowBudget / 4 / tokens.length / heads.length)
    const size = Math.max(1, Math.min(branches.batchSize, most))
    for (let at = first; at < tokens.length; at += size) {
      signal?.throwIfAborted()
      const batch = tokens.subarray(at, Math.min(tokens.length, at + size))
      const rows = await branches.extendReduced(scratch, batch, headLists(heads), spans)
      checkCaptured(rows, heads)
      graph.add(at - prompt, rows)
      decoded += batch.length
    }
  }
  await branches.dropScratch()
  return { heads, steps, looks: graph.means(), decodedTokens: decoded }
}

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
