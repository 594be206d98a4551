/**
 * A model that chats run on. Plain generations share the batch of one session. What looks at attention, evicts cells or reads
 * likelihoods needs a context to itself: a second session does that, one at a time. Both have the same weights.
 */

import { type ChosenHeads, findHeadProfile } from '../experiment/index.js'
import type { GenerationBatch, Model, Session } from '../index.js'
import { Turns } from './turns.js'

/** Forks that looks, sweeps and undoing need. */
const soloBranches = 8

export interface HostOptions {
  /** Generations that share a batch. */
  readonly parallel: number
  /** Tokens of one, prompt included; null: the trained context, at most 8192. */
  readonly contextLength: number | null
  /** As of `createSession`. */
  readonly threads: number | undefined
}

export abstract class ChatHost {
  /** Of the session that is used alone. */
  readonly turns = new Turns()
  readonly #options: HostOptions
  #batch: Promise<GenerationBatch> | null = null
  #solo: Promise<Session> | null = null
  #heads: Promise<ChosenHeads | null> | null = null

  constructor(options: HostOptions) {
    this.#options = options
  }

  /** Loads it where it is not loaded yet, or was lost. */
  abstract model(): Promise<Model>

  /** Tokens of one generation, prompt included. */
  async tokens(): Promise<number> {
    const { trainedContext } = (await this.model()).info
    const most = trainedContext > 0 ? Math.min(trainedContext, 8192) : 8192
    return this.#options.contextLength ?? most
  }

  async batch(): Promise<GenerationBatch> {
    await this.model()
    if (this.#batch === null) {
      const opening = this.#openBatch()
      this.#batch = opening
      // it may be that of another model meanwhile
      opening.catch(() => {
        if (this.#batch === opening) this.#batch = null
      })
    }
    return this.#batch
  }

  async #openBatch(): Promise<GenerationBatch> {
    const { parallel, threads } = this.#options
    const contextLength = parallel * (await this.tokens())
    const model = await this.model()
    const session = await model.createSession({ contextLength, threads, branches: parallel })
    return session.batch()
  }

  /** For who has a turn. */
  async solo(): Promise<Session> {
    await this.model()
    if (this.#solo === null) {
      const opening = this.#openSolo()
      this.#solo = opening
      opening.catch(() => {
        if (this.#solo === opening) this.#solo = null
      })
    }
    return this.#solo
  }

  async #openSolo(): Promise<Session> {
    const { threads } = this.#options
    const contextLength = await this.tokens()
    const model = await this.model()
    return model.createSession({ contextLength, threads, branches: soloBranches })
  }

  /** The heads that a step graph is read from; null where none are known for this model. */
  heads(): Promise<ChosenHeads | null> {
    this.#heads ??= this.model().then(({ info }) => findHeadProfile(info.path))
    return this.#heads
  }

  /** The model was lost, and what was opened of it. */
  protected forget(): void {
    this.#batch = null
    this.#solo = null
  }

  /** Ends what shares the batch, where it is; sessions are closed with their model. */
  async endBatch(): Promise<void> {
    const batch = await this.#batch?.catch(() => null)
    await batch?.close()
  }
}
