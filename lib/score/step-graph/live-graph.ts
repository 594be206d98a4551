/** The step graph of a trace that is being generated: rows are reduced to steps as the steps close. */

import type { NativeRows } from '../../../types/native.js'
import type { HeadRef, SegmentOptions, StepGraph, TextRange, Trace } from '../../../types/public.js'
import type { RowReduction } from '../../engine/branches.js'
import { whileWriting } from '../../segment/options.js'
import { segment } from '../../segment/segment.js'
import { checkCaptured } from './read-graph.js'

/** A token whose step is not closed yet. */
interface Pending {
  readonly token: number
  /** Shape (heads, closed steps): what it pays to each. */
  readonly closed: number[][]
  /** Shape (heads, tokens from `#open` on): what it pays to those whose step is not known. */
  readonly tail: Float32Array[]
}

export class LiveStepGraph {
  readonly #heads: readonly HeadRef[]
  readonly #segmenting: SegmentOptions | undefined
  readonly #prompt: number
  readonly #steps: TextRange[] = []
  /** Of each closed step: shape (heads, steps before it), the mean over its tokens. */
  readonly #looks: (readonly (readonly number[])[])[] = []
  #pending: Pending[] = []
  /** First token of which the step is not closed. */
  #open = 0

  constructor(
    heads: readonly HeadRef[],
    segmenting: SegmentOptions | undefined,
    promptTokens: number,
  ) {
    this.#heads = heads
    this.#segmenting = segmenting
    this.#prompt = promptTokens
  }

  /** What is needed of the next rows: what they pay to each closed step, and to the tokens behind. */
  reduction(): RowReduction {
    const spans = this.#steps.flatMap(({ start, end }) => [
      this.#prompt + start,
      this.#prompt + end,
    ])
    return { spans: Int32Array.from(spans), tail: this.#prompt + this.#open }
  }

  /** Take in the rows of newly decoded tokens, reduced as asked for: shape (queries, heads, steps and tail). */
  add(firstToken: number, rows: NativeRows): void {
    const { data, queries, length } = rows
    // no token, no row: then nothing says which layers were captured either
    if (queries === 0) return
    checkCaptured(rows, this.#heads)
    const steps = this.#steps.length
    for (let query = 0; query < queries; query++) {
      const token = firstToken + query
      const ofHead = (head: number) => (query * this.#heads.length + head) * length
      this.#pending.push({
        token,
        closed: this.#heads.map((_, head) => [
          ...data.subarray(ofHead(head), ofHead(head) + steps),
        ]),
        // it looks at itself, too, which is no look at another step
        tail: this.#heads.map((_, head) => {
          const start = ofHead(head) + steps
          return data.slice(start, start + token - this.#open)
        }),
      })
    }
  }

  /** Close what is finished. @param ended no more is to come: the last step is finished, too */
  close(soFar: Trace, ended = false): void {
    const { steps, answer } = segment(soFar, whileWriting(this.#segmenting))
    const closed = ended ? steps : steps.slice(0, -1)
    for (const { tokenStart: start, tokenEnd: end } of closed.slice(this.#steps.length)) {
      this.#closeStep({ start, end })
    }
    if (!ended) return
    this.#pending = this.#pending.filter(({ token }) => token >= answer.tokenStart)
  }

  /** So far: the closed steps, and in place of the answer what is written behind them. */
  graph(): StepGraph {
    const rows = [...this.#looks, meanOf(this.#pending, this.#heads.length, this.#steps.length)]
    const looks = this.#heads.map((_, head) =>
      rows.map(row => this.#steps.map((_, i) => row[head]?.[i] ?? 0)),
    )
    return { heads: this.#heads, steps: [...this.#steps], looks, decodedTokens: 0 }
  }

  #closeStep(range: TextRange): void {
    // what lies between steps looks at nothing
    const own = this.#pending.filter(({ token }) => token >= range.start && token < range.end)
    this.#looks.push(meanOf(own, this.#heads.length, this.#steps.length))
    this.#steps.push(range)
    this.#pending = this.#pending
      .filter(({ token }) => token >= range.end)
      .map(({ token, closed, tail }) => ({
        token,
        closed: closed.map((paid, head) => [...paid, massOf(tail[head], range, this.#open)]),
        tail: tail.map(row => row.slice(range.end - this.#open)),
      }))
    this.#open = range.end
  }
}

/** Shape (heads, steps): what the tokens pay to each closed step, on average. */
function meanOf(tokens: readonly Pending[], heads: number, steps: number): number[][] {
  return Array.from({ length: heads }, (_, head) =>
    Array.from({ length: steps }, (_, i) => {
      const sum = tokens.reduce((total, { closed }) => total + (closed[head]?.[i] ?? 0), 0)
      return sum / Math.max(1, tokens.length)
    }),
  )
}

/**
 * Sum over tokens of a range; `row` starts at token `first`. Rounded as the addon rounds the sums of steps that were
 * closed before, so that where a chunk ends, which is a matter of speed, does not show.
 */
function massOf(row: Float32Array | undefined, { start, end }: TextRange, first: number): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += row?.[i - first] ?? 0
  return Math.fround(sum)
}
