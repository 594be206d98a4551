/** Chunks between the batch that writes them and the consumer that reads them at its own speed. */

import type { GenerationChunk } from '../../../types/public.js'

type Result = IteratorResult<GenerationChunk, undefined>

interface Waiting {
  resolve(result: Result): void
  reject(error: unknown): void
}

export class ChunkQueue {
  readonly #chunks: GenerationChunk[] = []
  readonly #waiting: Waiting[] = []
  #end: { readonly error: unknown } | 'end' | null = null

  push(chunks: readonly GenerationChunk[]): void {
    for (const chunk of chunks) {
      const reader = this.#waiting.shift()
      if (reader === undefined) this.#chunks.push(chunk)
      else reader.resolve({ done: false, value: chunk })
    }
  }

  /** No more comes; what is there can still be read. */
  end(failure: { readonly error: unknown } | null): void {
    if (this.#end !== null) return
    this.#end = failure ?? 'end'
    for (const reader of this.#waiting.splice(0)) this.#settle(reader)
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) resolve({ done: false, value: chunk })
      else if (this.#end !== null) this.#settle({ resolve, reject })
      else this.#waiting.push({ resolve, reject })
    })
  }

  #settle({ resolve, reject }: Waiting): void {
    if (this.#end === 'end' || this.#end === null) resolve({ done: true, value: undefined })
    else reject(this.#end.error)
  }
}
