/** The built-in data sets by name. A data set is one file here with one `DatasetSource`, or a row of the table in named.ts. */

import { embedded } from './embedded.js'
import { type FetchFile, fetchFile, onlyFileOf, parseHubName } from './hub-file.js'
import { namedSources, readHubDataset } from './named.js'
import { readDataset } from './read-dataset.js'
import { seedAime } from './seed-aime.js'
import type { Dataset, DatasetOptions, DatasetSource } from './types.js'

const sourcesBy = (fetch: FetchFile): ReadonlyMap<string, DatasetSource> =>
  new Map([embedded, seedAime, ...namedSources(fetch)].map(source => [source.name, source]))

/** The built-in data sets by name. */
export const datasets: ReadonlyMap<string, DatasetSource> = sourcesBy(fetchFile)

/** The names of the built-in data sets, as `--dataset` takes them. */
export const datasetNames: readonly string[] = [...datasets.keys()]

/**
 * A built-in data set by its name, a file of a hub as `hf:owner/name/file#revision`, or a file by its path.
 *
 * @param fetch what gets files that are on a hub
 * @throws CotPruneError ERR_DATASET, ERR_EMBEDDED_MODEL, ERR_OPTIONAL_PACKAGE; of a hub as `resolveHubFile`
 */
export async function openDataset(
  name: string,
  options: DatasetOptions = {},
  fetch: FetchFile = fetchFile,
): Promise<Dataset> {
  const source = sourcesBy(fetch).get(name)
  if (source !== undefined) return source.load(options)
  const file = parseHubName(name) ?? (await onlyFileOf(name))
  return file === null ? readDataset(name, options) : readHubDataset(file, options, fetch)
}
