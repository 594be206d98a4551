/** The built-in data sets by name. A data set is one file here with one `Dataset`. */

import type { Dataset } from '../types.js'
import { seedAime } from './seed-aime.js'

export const datasets: ReadonlyMap<string, Dataset> = new Map(
  [seedAime].map(dataset => [dataset.name, dataset]),
)

export const datasetNames: readonly string[] = [...datasets.keys()]
