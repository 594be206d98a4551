/** What `--model` names, and how it is fetched, judged and loaded: here alone. */

import {
  askRpcServers,
  CotPruneError,
  type DownloadPlan,
  loadModel,
  type Model,
  type ModelMemory,
  type ModelOptions,
  memoryOf,
  modelMemory,
  resolveModel,
  type ThinkingChoice,
} from '../../index.js'
import { createDownload } from './download-progress.js'
import {
  type AvailableMemory,
  availableMemory,
  doesFit,
  memoryText,
  planText,
} from './memory-text.js'
import { note, type QuietFlag } from './progress.js'

/** Where the layers of a model go. */
export interface PlacementFlags {
  readonly gpuLayers?: number
  /** HOST:PORT each. */
  readonly rpc?: readonly string[]
  /** Seconds. */
  readonly rpcTimeout?: number
}

/** The options of `loadModel` that the flags are. */
export const placementOf = ({ gpuLayers, rpc, rpcTimeout }: PlacementFlags): ModelOptions => ({
  gpuLayers,
  rpcServers: rpc,
  rpcTimeoutMillis: rpcTimeout === undefined ? undefined : 1000 * rpcTimeout,
})

/** What every command that loads a model has. */
export interface ModelFlags extends QuietFlag, PlacementFlags {
  readonly model: string
  readonly chatTemplate?: string
  readonly thinking?: ThinkingChoice
  readonly isolate?: boolean
  /** Tokens that the context will hold. */
  readonly context?: number
}

type PathFlags = Pick<ModelFlags, 'model' | 'context' | 'gpuLayers' | 'rpc' | 'quiet'>

/**
 * The file of the model. One that is not there is fetched: naming it is asking for it, and what comes is said first. One that this
 * machine cannot run is not.
 */
export async function modelPath(flags: PathFlags, signal?: AbortSignal): Promise<string> {
  const available = availableMemory(flags.gpuLayers, await freeOnServers(flags, signal))
  const download = await createDownload(process.stderr, flags)
  try {
    const { path } = await resolveModel(flags.model, {
      signal,
      onProgress: download.at,
      onPlan: plan => {
        checkPlan(plan, flags, available)
        note(planText(plan), flags)
      },
    })
    download.stop()
    await checkFit(path, flags, available)
    return path
  } finally {
    download.stop()
  }
}

/** They are asked before anything is fetched, so that one that is not there is told at once. */
async function freeOnServers(
  { gpuLayers, rpc = [] }: PathFlags,
  signal?: AbortSignal,
): Promise<number> {
  if (gpuLayers === 0) return 0
  const devices = (await askRpcServers(rpc, signal)).flatMap(server => server.devices)
  return devices.reduce((total, { memoryFree }) => total + memoryFree, 0)
}

/** Before the first byte: gigabytes that would be of no use here are not fetched. */
function checkPlan(
  plan: DownloadPlan,
  { context: contextLength }: PathFlags,
  available: AvailableMemory,
): void {
  if (plan.shape === null || plan.bytes === null) return
  const needed = memoryOf(plan.shape, plan.bytes, { contextLength })
  if (doesFit(needed, available)) return
  throw tooLarge(
    plan.name,
    `${memoryText(needed, available)}: nothing was fetched; cot-prune pull fetches it all the same`,
  )
}

/** Weights that are mapped may be larger than the memory, and are slow then; cache and buffers may not. */
async function checkFit(path: string, flags: PathFlags, available: AvailableMemory): Promise<void> {
  const { context: contextLength } = flags
  let needed: ModelMemory
  try {
    needed = await modelMemory(path, { contextLength })
  } catch {
    return // no model file: loading it says what is wrong
  }
  if (doesFit(needed, available)) return
  const text = memoryText(needed, available)
  if (!doesFit({ ...needed, total: needed.cache + needed.compute }, available))
    throw tooLarge(flags.model, text)
  note(
    `${flags.model}: ${text}; its weights will be read from the disk again and again, which is slow`,
    flags,
  )
}

const tooLarge = (name: string, text: string): CotPruneError =>
  new CotPruneError(
    'ERR_OUT_OF_MEMORY',
    `${name}: ${text}. A smaller quantisation or a shorter --context needs less`,
  )

/** Says it where nothing tells the model's thinking from its answer: the tables would be of something else. */
export async function openModel(
  file: string,
  flags: ModelFlags,
  options: Pick<ModelOptions, 'signal' | 'onProgress' | 'mainGpu' | 'chatTemplate'> = {},
): Promise<Model> {
  const { chatTemplate: own, thinking, isolate } = flags
  const read = own === undefined || own === 'none' ? own : { file: own }
  const chatTemplate = read ?? options.chatTemplate
  const placed = { ...options, ...placementOf(flags) }
  const model = await loadModel(file, { ...placed, chatTemplate, thinking, isolate })
  if (model.info.thinking === null) {
    const what = `no thinking format was found in ${model.info.name || file}`
    note(`${what}: all that it writes is taken for thinking (--thinking names one)`, flags)
  }
  return model
}
