/** A model that is served: its name, who is let in, and when it is loaded. */

import { ChatHost } from '../../chat/index.js'
import { loadModel, type Model } from '../../index.js'
import type { ResolvedServeOptions } from '../options.js'
import { Admission } from './admission.js'

export class HostedModel extends ChatHost {
  readonly id: string
  readonly admission: Admission
  readonly #own: ResolvedServeOptions['models'][number]
  #model: Promise<Model> | null = null
  readonly created = Math.floor(Date.now() / 1000)

  constructor(own: ResolvedServeOptions['models'][number], options: ResolvedServeOptions) {
    super(options)
    this.id = own.id
    this.#own = own
    this.admission = new Admission(options.parallel, options.queue)
  }

  /** Whether it is loaded, or being loaded. */
  get loaded(): boolean {
    return this.#model !== null
  }

  override async model(): Promise<Model> {
    this.#model ??= loadModel(this.#own.path, this.#own.options).catch((error: unknown) => {
      // a file may be put right meanwhile
      this.#model = null
      throw error
    })
    const loading = this.#model
    const model = await loading
    if (!model.lost) return model
    // whoever sees it first lets go of it
    if (this.#model === loading) {
      this.#model = null
      this.forget()
    }
    return this.model()
  }

  /** What runs is ended where it is. */
  async close(): Promise<void> {
    this.admission.close()
    await this.endBatch()
    const model = await this.#model?.catch(() => null)
    await model?.close()
  }
}
