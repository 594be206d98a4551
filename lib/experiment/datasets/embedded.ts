/** Held-out problems of the language that the embedded model was trained on. */

import { embeddedModel } from '../../index.js'
import { readDataset } from './read-dataset.js'
import type { DatasetSource } from './types.js'

export const embedded: DatasetSource = {
  name: 'embedded',
  load: async () => ({
    ...(await readDataset((await embeddedModel()).problems)),
    name: 'embedded',
  }),
}
