/** The models of a server, by name. */

import { ApiError } from '../http/api-error.js'
import type { ResolvedServeOptions } from '../options.js'
import { HostedModel } from './hosted-model.js'

export class Models {
  readonly all: readonly HostedModel[]

  constructor(options: ResolvedServeOptions) {
    this.all = options.models.map(own => new HostedModel(own, options))
  }

  /** Where one model is served, any name means it: clients have one that they were set up with. @throws ApiError 404 */
  pick(name: string | null): HostedModel {
    const [first, ...others] = this.all
    const found =
      this.all.find(({ id }) => id === name) ?? (others.length === 0 ? first : undefined)
    if (found !== undefined) return found
    if (first !== undefined && name === null) return first
    const known = this.all.map(({ id }) => id).join(', ')
    const message = `there is no model ${JSON.stringify(name?.slice(0, 80))}: there are ${known}`
    throw new ApiError(404, 'not_found_error', 'model_not_found', message, { param: 'model' })
  }
}
