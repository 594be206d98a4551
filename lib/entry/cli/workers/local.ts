/** What a worker has of its own: files, cores, a device. */

import { cpus } from 'node:os'
import type { Failure, Fingerprint, WorkerInfo, WorkSpec } from '../../../cluster/index.js'
import { datasetNames } from '../../../experiment/index.js'
import {
  buildInfo,
  CotPruneError,
  devices,
  errorCodes,
  knownModels,
  type Model,
} from '../../../index.js'
import { modelPath, openModel } from '../open-model.js'
import type { QuietFlag } from '../progress.js'

export interface LocalFlags extends QuietFlag {
  /** Where what the run names is here; needed where it names a file. */
  readonly model?: string
  readonly dataset?: string
  readonly input?: string
  readonly threads?: number
  readonly gpuLayers?: number
  /** A number of a GPU, or `cpu`. */
  readonly device?: string
}

/** Names mean the same everywhere; a path that comes from a queue is not opened. */
const isName = (name: string): boolean =>
  name === 'embedded' ||
  /^hf:/i.test(name) ||
  datasetNames.includes(name) ||
  knownModels.some(known => known.name === name.toLowerCase())

/** @throws CotPruneError ERR_QUEUE where the run names a file that this worker was not told of */
export function nameHere(name: string, own: string | undefined, flag: string): string {
  if (own !== undefined) return own
  if (isName(name)) return name
  throw new CotPruneError(
    'ERR_QUEUE',
    `the run works with the file ${name}, and this worker was not told where it is: give --${flag}`,
  )
}

export const nameOfInput = ({ input }: WorkSpec, own: string | undefined, flag: string): string =>
  nameHere(input.name, own, flag)

/** @throws as `loadModel`, `resolveModel`; CotPruneError ERR_QUEUE */
export async function loadFor(
  spec: WorkSpec,
  { model: own, gpuLayers, device, quiet }: LocalFlags,
  signal: AbortSignal,
): Promise<Model> {
  const { name, contextLength, thinking, chatTemplate } = spec.model
  const layers = device === 'cpu' ? 0 : gpuLayers
  const flags = {
    model: nameHere(name, own, 'model'),
    ...(layers !== undefined && { gpuLayers: layers }),
    quiet: quiet ?? false,
    ...(contextLength !== null && { context: contextLength }),
    ...(thinking !== null && { thinking }),
  }
  const mainGpu = device === undefined || device === 'cpu' ? undefined : Number(device)
  const file = await modelPath(flags, signal)
  return openModel(file, flags, { signal, mainGpu, chatTemplate: chatTemplate ?? undefined })
}

export function fingerprintOf(key: object): Fingerprint {
  const { version, llamaCommit, patchSha256 } = buildInfo()
  return { build: { version, llamaCommit, patchSha256 }, key }
}

export function placeInfo(
  { info }: Model,
  sha256: string,
  parallel: number,
): Pick<WorkerInfo, 'model' | 'device' | 'parallel'> {
  const gpu = devices().find(({ type }) => type === 'gpu')
  const device = info.gpuLayers > 0 ? gpu?.description : cpus()[0]?.model.trim()
  return { model: sha256, device: device ?? 'unknown', parallel }
}

/** The error of a job that nobody could do. @param where what messages call the job */
export function failureOf(
  where: string,
  { code, message }: Pick<Failure, 'code' | 'message'>,
): CotPruneError {
  const known = errorCodes.find(one => one === code) ?? 'ERR_QUEUE'
  return new CotPruneError(known, `${where}: ${message}`)
}
