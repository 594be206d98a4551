/** What the cache holds of each generated token beside its key: values, read once and reduced. */

import type { AttentionRows, HeadRef, LiveStep, LiveValues } from '../../../types/public.js'
import { home } from '../../engine/branches.js'
import type { Runtime } from '../../engine/runtime.js'
import type { CachedTrace } from './cached-trace.js'

/** Of a head's value that is 0 everywhere the logarithm is finite, too. */
const least = 1e-30

export class CachedValues {
  readonly #runtime: Runtime
  readonly #layers: readonly number[]
  /** Shape (tokens, layers × key heads): L1 norms. */
  readonly #norms: Float32Array[] = []
  /** Shape (tokens). */
  readonly #ranges: number[] = []
  /** Shape (tokens, width): the values in the last layer. */
  readonly #last: Float32Array[] = []

  private constructor(runtime: Runtime, layers: readonly number[]) {
    this.#runtime = runtime
    this.#layers = layers
  }

  /** @throws CotPruneError ERR_CAPTURE_UNAVAILABLE where a layer caches no values (MLA), before anything is generated */
  static async open(runtime: Runtime): Promise<CachedValues> {
    const layers = runtime.model.info.attentionLayers
    for (const layer of layers) await runtime.branches.values(home, layer, { start: 0, end: 0 })
    return new CachedValues(runtime, layers)
  }

  /** Take in what was generated since the last time, of which nothing is evicted yet. */
  async read(cached: CachedTrace): Promise<void> {
    const count = cached.generated - this.#norms.length
    if (count === 0) return
    const end = (cached.positions.at(-1) ?? 0) + 1
    const { kvHeads } = this.#runtime.model.info
    const norms = Array.from(
      { length: count },
      () => new Float32Array(this.#layers.length * kvHeads),
    )
    const reach = new Float64Array(count)
    for (const [at, layer] of this.#layers.entries()) {
      const range = { start: end - count, end }
      const values = await this.#runtime.branches.values(home, layer, range)
      const width = values.length / count
      for (let token = 0; token < count; token++) {
        const own = values.subarray(token * width, (token + 1) * width)
        for (let head = 0; head < kvHeads; head++) {
          const { norm, logRange } = reduced(headOf(own, head, kvHeads))
          norms[token]?.set([norm], at * kvHeads + head)
          reach[token] = (reach[token] ?? 0) + logRange / (kvHeads * this.#layers.length)
        }
        if (at === this.#layers.length - 1) this.#last.push(own)
      }
    }
    this.#norms.push(...norms)
    this.#ranges.push(...reach)
  }

  /** @param taken see `LiveValues` */
  live(cached: CachedTrace, steps: readonly LiveStep[], taken: LiveValues['taken']): LiveValues {
    const { tokens } = cached
    const lastOf = (rank: number) => this.#last[tokens[rank] ?? -1] ?? new Float32Array(0)
    return {
      taken,
      ranges: Float64Array.from(tokens, token => this.#ranges[token] ?? Number.NaN),
      ofSteps: steps.map(({ start, end }) => meanValue(start, end, lastOf)),
    }
  }

  /** L1 norms of the values that a head reads; shape (cached tokens). */
  normsOf({ layer, head }: HeadRef, cached: CachedTrace): Float64Array {
    const { heads, kvHeads } = this.#runtime.model.info
    const at = this.#layers.indexOf(layer) * kvHeads + Math.floor((head * kvHeads) / heads)
    return Float64Array.from(cached.tokens, token => this.#norms[token]?.[at] ?? Number.NaN)
  }
}

/** The heads of a token's value stand one behind the other. A layer may be narrower than the widest: then less each. */
function headOf(value: Float32Array, head: number, heads: number): Float32Array {
  const size = value.length / heads
  return value.subarray(Math.floor(head * size), Math.floor((head + 1) * size))
}

function reduced(value: Float32Array): { readonly norm: number; readonly logRange: number } {
  let [norm, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const entry of value) {
    norm += Math.abs(entry)
    low = Math.min(low, entry)
    high = Math.max(high, entry)
  }
  return { norm, logRange: Math.log(Math.max(least, high - low)) }
}

function meanValue(
  start: number,
  end: number,
  lastOf: (rank: number) => Float32Array,
): Float64Array {
  const mean = new Float64Array(lastOf(start).length)
  for (let rank = start; rank < end; rank++) {
    const value = lastOf(rank)
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + (value[i] ?? 0) / (end - start)
  }
  return mean
}

/**
 * Attention times the norm of what it reads: the mean over heads, one row for each query.
 *
 * @param all of every head
 * @param dense a row over positions as one over the cached tokens
 */
export function takenRows(
  { data, queries, rows, length, heads }: AttentionRows,
  dense: (row: Float32Array) => Float64Array,
  normsOf: (head: HeadRef) => Float64Array,
): Float64Array[] {
  const norms = (heads ?? []).map(normsOf)
  return Array.from({ length: queries }, (_, query) => {
    const taken = new Float64Array(norms[0]?.length ?? 0)
    for (const [row, norm] of norms.entries()) {
      const start = (query * rows + row) * length
      const paid = dense(data.subarray(start, start + length))
      for (let i = 0; i < taken.length; i++) {
        taken[i] = (taken[i] ?? 0) + ((paid[i] ?? 0) * (norm[i] ?? Number.NaN)) / rows
      }
    }
    return taken
  })
}
