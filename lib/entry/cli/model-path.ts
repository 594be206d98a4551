/** What `--model` names: a file, or the model in the package. */

import { embeddedModel } from '../../index.js'
import { embeddedName } from './options.js'

export async function modelPath(name: string): Promise<string> {
  return name === embeddedName ? (await embeddedModel()).model : name
}
