/** Which generated tokens are in the cache, and at which positions. Pure bookkeeping. */

import type { TextRange } from '../../../types/public.js'
import { fromRanges, toRanges } from '../../trace/token-ranges.js'

/** Tokens and their positions, which ascend. */
interface Held {
  readonly token: number
  readonly position: number
}

export class CachedTrace {
  /** Tokens of the prompt. */
  readonly prompt: number
  #held: Held[] = []
  #generated = 0
  #peak: number

  /** @param promptTokens they are at positions [0, promptTokens) and stay */
  constructor(promptTokens: number) {
    this.prompt = promptTokens
    this.#peak = promptTokens
  }

  /** Generated tokens so far, in the cache or not. */
  get generated(): number {
    return this.#generated
  }

  /** Generated tokens that are in the cache. */
  get length(): number {
    return this.#held.length
  }

  /** Most tokens at once, the prompt included. */
  get peak(): number {
    return this.#peak
  }

  /** Shape (length): indices of generated tokens, ascending. */
  get tokens(): number[] {
    return this.#held.map(({ token }) => token)
  }

  /** Shape (length). */
  get positions(): number[] {
    return this.#held.map(({ position }) => position)
  }

  /** Newly decoded tokens, behind the last one. */
  append(count: number): void {
    for (let i = 0; i < count; i++) {
      const position = (this.#held.at(-1)?.position ?? this.prompt - 1) + 1
      this.#held.push({ token: this.#generated++, position })
    }
    this.#peak = Math.max(this.#peak, this.prompt + this.#held.length)
  }

  /** Of the cached tokens, those below `token`: where it is, or would be, among them. */
  rank(token: number): number {
    let [low, high] = [0, this.#held.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#held[middle]?.token ?? token) < token) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Take tokens out, given by their rank; the last one stays. */
  evict(ranks: ReadonlySet<number>): Evicted {
    const gone = this.#held.filter((_, rank) => ranks.has(rank))
    this.#held = this.#held.filter((_, rank) => !ranks.has(rank))
    return {
      tokens: toRanges(gone.map(({ token }) => token)),
      positions: toRanges(gone.map(({ position }) => position)),
    }
  }

  /** Put tokens back where they were. */
  restore({ tokens, positions }: Evicted): void {
    const [ids, places] = [fromRanges(tokens), fromRanges(positions)]
    const back = ids.map((token, i) => ({ token, position: places[i] ?? 0 }))
    this.#held = [...this.#held, ...back].sort((a, b) => a.token - b.token)
    this.#peak = Math.max(this.#peak, this.prompt + this.#held.length)
  }

  /** Everything was read again, without gaps. */
  closeGaps(): void {
    this.#held = this.#held.map(({ token }, i) => ({ token, position: this.prompt + i }))
  }
}

/** What went: the same tokens, by index and by position. */
export interface Evicted {
  readonly tokens: readonly TextRange[]
  readonly positions: readonly TextRange[]
}
