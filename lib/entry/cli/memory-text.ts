/** What a model needs and what this machine has, in numbers and words. */

import { availableMemory as hostMemory } from 'node:process'
import { sizeText } from '../../base/sizes.js'
import { CotPruneError, type DownloadPlan, devices, type ModelMemory } from '../../index.js'

/** Bytes that weights and contexts may take. */
export interface AvailableMemory {
  readonly host: number
  /** Free on GPUs and RPC servers, all together. */
  readonly gpu: number
}

/**
 * @param gpuLayers 0: GPUs are not used
 * @param remote bytes that are free on RPC servers
 */
export const availableMemory = (gpuLayers?: number, remote = 0): AvailableMemory => ({
  host: hostMemory(),
  gpu: gpuLayers === 0 ? 0 : freeOnGpus() + remote,
})

/** Nothing where the addon is not built: it can be pulled for all the same, and loading says what is wrong. */
function freeOnGpus(): number {
  try {
    return devices()
      .filter(({ type }) => type === 'gpu')
      .reduce((total, { memoryFree }) => total + memoryFree, 0)
  } catch (error) {
    if (CotPruneError.is(error, 'ERR_NATIVE_LOAD')) return 0
    throw error
  }
}

/** Layers go where there is room, so that both count together. */
export const doesFit = (
  { total }: Pick<ModelMemory, 'total'>,
  { host, gpu }: AvailableMemory,
): boolean => total <= host + gpu

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

/** `needs 6.1 GiB (weights 4.7, cache of 8192 tokens 1.1, buffers 0.3), free are 3.0 GiB` */
export function memoryText(needed: ModelMemory, { host, gpu }: AvailableMemory): string {
  const parts = [
    `weights ${gibibytes(needed.weights)}`,
    `cache of ${needed.contextLength} tokens ${gibibytes(needed.cache)}`,
    `buffers ${gibibytes(needed.compute)}`,
  ]
  const free = gpu > 0 ? `${gibibytes(host)} and ${gibibytes(gpu)} on GPUs` : gibibytes(host)
  return `it needs ${gibibytes(needed.total)} (${parts.join(', ')}), free are ${free}`
}

export const bytesText = (bytes: number | null): string =>
  bytes === null ? 'an unknown size' : sizeText(bytes)

/** What will come, from where and whereto. */
export function planText(plan: DownloadPlan): string {
  const { files, bytes, missing, repository, revision, licence, folder, free } = plan
  const [first] = files
  const what = files.length > 1 ? `${first?.file} and ${files.length - 1} more parts` : first?.file
  const from = repository === null ? plan.name : `${repository} at ${revision?.slice(0, 12)}`
  const rest = missing === bytes ? '' : `, of which ${bytesText(missing)} are missing`
  const terms = licence === null ? '' : `, licence ${licence}`
  return `fetching ${what}: ${bytesText(bytes)}${rest}, from ${from}${terms}, into ${folder} (${bytesText(free)} free)`
}
