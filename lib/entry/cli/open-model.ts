/** What `--model` names, and how it is loaded: a file, or the model in the package. */

import {
  embeddedModel,
  loadModel,
  type Model,
  type ModelOptions,
  type ThinkingChoice,
} from '../../index.js'
import { embeddedName } from './options.js'
import { note, type QuietFlag } from './progress.js'

/** What every command that loads a model has. */
export interface ModelFlags extends QuietFlag {
  readonly model: string
  readonly gpuLayers?: number
  readonly chatTemplate?: string
  readonly thinking?: ThinkingChoice
}

export async function modelPath(name: string): Promise<string> {
  return name === embeddedName ? (await embeddedModel()).model : name
}

/** Says it where nothing tells the model's thinking from its answer: the tables would be of something else. */
export async function openModel(
  file: string,
  flags: ModelFlags,
  options: Pick<ModelOptions, 'signal' | 'onProgress'> = {},
): Promise<Model> {
  const { gpuLayers, chatTemplate: given, thinking } = flags
  const chatTemplate = given === undefined || given === 'none' ? given : { file: given }
  const model = await loadModel(file, { ...options, gpuLayers, chatTemplate, thinking })
  if (model.info.thinking === null) {
    const what = `no thinking format was found in ${model.info.name || file}`
    note(`${what}: all that it writes is taken for thinking (--thinking names one)`, flags)
  }
  return model
}
