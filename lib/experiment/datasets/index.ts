/** The built-in data sets by name. A data set is one file here with one `DatasetSource`. */

import { embedded } from './embedded.js'
import { readDataset } from './read-dataset.js'
import { seedAime } from './seed-aime.js'
import type { Dataset, DatasetSource } from './types.js'

export const datasets: ReadonlyMap<string, DatasetSource> = new Map(
  [embedded, seedAime].map(source => [source.name, source]),
)

export const datasetNames: readonly string[] = [...datasets.keys()]

/**
 * A built-in data set by its name, or a file by its path.
 * @throws CotPruneError ERR_DATASET, ERR_EMBEDDED_MODEL
 */
export async function openDataset(name: string): Promise<Dataset> {
  return datasets.get(name)?.load() ?? readDataset(name)
}
