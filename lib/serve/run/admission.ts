/** How many may run and wait. Who comes when all places are taken hears when to come again. */

import { ApiError } from '../http/api-error.js'

/** Of the newest requests, that tell how long one takes. */
const remembered = 16

export class Admission {
  readonly #side: number
  readonly #places: number
  #inside = 0
  #closed = false
  readonly #seconds: number[] = []
  #empty: (() => void)[] = []

  /** @param side how many run side by side; @param queue how many may wait */
  constructor(side: number, queue: number) {
    this.#side = side
    this.#places = side + queue
  }

  get inside(): number {
    return this.#inside
  }

  /** Takes places for so many; what is returned gives them back, once. @throws ApiError 429, 503 */
  enter(count: number): () => void {
    if (this.#closed) throw closing()
    if (count > this.#places) {
      const what = `${count} answers at once are more than the ${this.#places} that this server takes`
      throw new ApiError(400, 'invalid_request_error', 'too_many_answers', what, { param: 'n' })
    }
    if (this.#inside + count > this.#places) throw this.#full()
    this.#inside += count
    const began = performance.now()
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inside -= count
      this.#seconds.push((performance.now() - began) / 1000)
      if (this.#seconds.length > remembered) this.#seconds.shift()
      if (this.#inside === 0) for (const done of this.#empty.splice(0)) done()
    }
  }

  /** Nobody comes in any more. */
  close(): void {
    this.#closed = true
  }

  /** Resolves when nobody is inside. */
  empty(): Promise<void> {
    if (this.#inside === 0) return Promise.resolve()
    return new Promise(resolve => this.#empty.push(resolve))
  }

  #full(): ApiError {
    const mean = this.#seconds.reduce((sum, value) => sum + value, 0) / (this.#seconds.length || 1)
    const seconds = Math.min(60, Math.max(1, Math.ceil(mean / this.#side)))
    const what = `${this.#inside} requests run or wait, and more do not fit: come again in ${seconds} s`
    return new ApiError(429, 'rate_limit_error', 'queue_full', what, {
      headers: { 'Retry-After': String(seconds) },
    })
  }
}

export const closing = (): ApiError =>
  new ApiError(503, 'unavailable_error', 'closing', 'the server is being closed')
