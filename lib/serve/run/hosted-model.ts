/**
 * A model that is served. Plain generations share the batch of one session. What looks at attention, evicts cells or reads
 * likelihoods needs a context to itself: a second session does that, one request at a time. Both have the same weights.
 */

import { type ChosenHeads, findHeadProfile } from '../../experiment/index.js'
import { type GenerationBatch, loadModel, type Model, type Session } from '../../index.js'
import type { ResolvedServeOptions } from '../options.js'
import { Admission } from './admission.js'
import { Turns } from './turns.js'

/** Forks that looks, sweeps and undoing need. */
const soloBranches = 8

export class HostedModel {
  readonly id: string
  readonly admission: Admission
  /** Of the session that is used alone. */
  readonly turns = new Turns()
  readonly #options: ResolvedServeOptions
  readonly #own: ResolvedServeOptions['models'][number]
  #model: Promise<Model> | null = null
  #batch: Promise<GenerationBatch> | null = null
  #solo: Promise<Session> | null = null
  #heads: Promise<ChosenHeads | null> | null = null
  readonly created = Math.floor(Date.now() / 1000)

  constructor(own: ResolvedServeOptions['models'][number], options: ResolvedServeOptions) {
    this.id = own.id
    this.#own = own
    this.#options = options
    this.admission = new Admission(options.parallel, options.queue)
  }

  /** Whether it is loaded, or being loaded. */
  get loaded(): boolean {
    return this.#model !== null
  }

  model(): Promise<Model> {
    this.#model ??= loadModel(this.#own.path, this.#own.options).catch((error: unknown) => {
      // a file may be put right meanwhile
      this.#model = null
      throw error
    })
    return this.#model
  }

  /** Tokens of one request, prompt included. */
  async tokens(): Promise<number> {
    const { trainedContext } = (await this.model()).info
    const most = trainedContext > 0 ? Math.min(trainedContext, 8192) : 8192
    return this.#options.contextLength ?? most
  }

  batch(): Promise<GenerationBatch> {
    this.#batch ??= this.#openBatch().catch((error: unknown) => {
      this.#batch = null
      throw error
    })
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
  solo(): Promise<Session> {
    this.#solo ??= this.#openSolo().catch((error: unknown) => {
      this.#solo = null
      throw error
    })
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
    this.#heads ??= findHeadProfile(this.#own.path)
    return this.#heads
  }

  /** What runs is ended where it is. */
  async close(): Promise<void> {
    this.admission.close()
    const batch = await this.#batch?.catch(() => null)
    await batch?.close()
    const model = await this.#model?.catch(() => null)
    await model?.close()
  }
}
