/** Outcomes in the order of their jobs, and no more jobs out than can be worked on soon. */

import { Bell } from './bell.js'
import type { Hands, Job, Outcome } from './types.js'

/** Outcomes that may wait for an earlier one, for each job that may be out. */
const ahead = 4

/** A job, and what came of it. */
export interface Settled<Data, Result> {
  readonly job: Job<Data>
  readonly outcome: Outcome<Result>
}

interface Running<Data, Result> {
  readonly job: Job<Data>
  settled: Outcome<Result> | null
}

export interface InOrderOptions<Data, Result> {
  readonly signal?: AbortSignal | undefined
  /** Where it ends early: what was done, and still waited for an earlier one. It is waited for. */
  readonly onLeft?: ((left: readonly Settled<Data, Result>[]) => Promise<void>) | undefined
}

/**
 * Hands jobs out as there is room for them, and yields what came of each, in their order. Who asks for the next one has kept the
 * one before.
 *
 * @throws as `hands.do`; `signal.reason`
 */
export async function* inOrder<Data, Result>(
  jobs: AsyncIterable<Job<Data>> | Iterable<Job<Data>>,
  hands: Hands<Data, Result>,
  { signal, onLeft }: InOrderOptions<Data, Result> = {},
): AsyncGenerator<Settled<Data, Result>, void, undefined> {
  const bell = new Bell()
  const out = new Outbox(jobs, hands, bell)
  const abort = () => bell.ring()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    for (;;) {
      signal?.throwIfAborted()
      await out.fill()
      const first = out.first
      if (first === undefined) return
      if (first.settled === null) {
        await bell.rung()
        continue
      }
      out.shift()
      yield { job: first.job, outcome: first.settled }
      await hands.forget(first.job.id)
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    await onLeft?.(out.left())
  }
}

class Outbox<Data, Result> {
  readonly #source: AsyncIterator<Job<Data>> | Iterator<Job<Data>>
  readonly #hands: Hands<Data, Result>
  readonly #bell: Bell
  readonly #out: Running<Data, Result>[] = []
  #running = 0
  #ended = false
  #failure: { readonly error: unknown } | null = null

  constructor(
    jobs: AsyncIterable<Job<Data>> | Iterable<Job<Data>>,
    hands: Hands<Data, Result>,
    bell: Bell,
  ) {
    this.#source =
      Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]()
    this.#hands = hands
    this.#bell = bell
    hands.onRoom(() => bell.ring())
  }

  get first(): Running<Data, Result> | undefined {
    return this.#out[0]
  }

  shift(): void {
    this.#out.shift()
  }

  /** @throws as `hands.do` */
  async fill(): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error
    while (this.#hasRoom()) {
      const next = await this.#source.next()
      if (next.done) this.#ended = true
      else this.#begin(next.value)
    }
  }

  left(): readonly Settled<Data, Result>[] {
    return this.#out.flatMap(({ job, settled }) => (settled ? [{ job, outcome: settled }] : []))
  }

  #hasRoom(): boolean {
    const { room } = this.#hands
    return !this.#ended && this.#running < room && this.#out.length < ahead * room
  }

  #begin(job: Job<Data>): void {
    this.#running++
    const running: Running<Data, Result> = { job, settled: null }
    this.#out.push(running)
    this.#hands.do(job).then(
      outcome => {
        running.settled = outcome
        this.#running--
        this.#bell.ring()
      },
      error => {
        this.#failure ??= { error }
        this.#bell.ring()
      },
    )
  }
}
