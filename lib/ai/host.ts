/** A model that its owner has loaded, and closes. */

import { isObject } from '../base/check.js'
import { invalidType } from '../base/errors.js'
import { ChatHost, type HostOptions } from '../chat/index.js'
import type { Model } from '../index.js'

export class OpenHost extends ChatHost {
  readonly #model: Model

  /** @throws TypeError where it is none */
  constructor(name: string, model: Model, options: HostOptions) {
    // by its members: a model of another copy of the package is one
    if (!isObject(model) || !('createSession' in model)) {
      throw invalidType(name, 'a model of loadModel', model)
    }
    super(options)
    this.#model = model
  }

  override model(): Promise<Model> {
    return Promise.resolve(this.#model)
  }
}
