/** A file of traces that workers prune: jobs are places of lines in it, and each worker has the file. */

import { basename } from 'node:path'
import { inOrder, type Workplace, type WorkSpec } from '../../../cluster/index.js'
import {
  type CompressedRow,
  type CompressFileOptions,
  type CompressGroups,
  type LineGroup,
  openLineCompressor,
} from '../../../experiment/index.js'
import { buildInfo, CotPruneError, type Model } from '../../../index.js'
import type { ModelFlags } from '../open-model.js'
import { modelForOthers, openCrew } from './crew.js'
import type { WorkersFlags } from './flags.js'
import {
  failureOf,
  fingerprintOf,
  type LocalFlags,
  loadFor,
  nameOfInput,
  placeInfo,
} from './local.js'

/** What workers are told of it. */
export type CompressOptions = Omit<
  CompressFileOptions,
  'session' | 'input' | 'out' | 'source' | 'resume' | 'shard' | 'groups' | 'signal' | 'onProgress'
>

/* ---- the coordinator ---------------------------------------------------------------------- */

export interface CompressByWorkers {
  readonly input: string
  readonly model: Model
  readonly options: CompressOptions
  readonly signal: AbortSignal
}

/** Opens the queue as soon as it is known what the rows depend on. */
export function groupsOfWorkers(
  flags: WorkersFlags & ModelFlags & { readonly resume?: boolean },
  { input, model, options, signal }: CompressByWorkers,
): CompressGroups {
  return async function* (groups, key) {
    const own = { ...flags, input }
    const crew = await openCrew<LineGroup, readonly CompressedRow[]>(own, {
      kind: 'compress',
      key,
      model: modelForOthers(flags, model),
      input: { name: basename(input) },
      options,
      resume: flags.resume ?? false,
    })
    try {
      for await (const { job, outcome } of inOrder(jobsOf(groups), crew.hands, { signal })) {
        if (outcome.failure === null) yield outcome.result
        else if (outcome.failure.code === 'ERR_QUEUE') {
          yield { reason: 'worker', message: outcome.failure.message }
        } else {
          // what fails for every row ends the run, as in one process
          throw failureOf(`line ${job.data.first}`, outcome.failure)
        }
      }
    } finally {
      await crew.close()
    }
  }
}

async function* jobsOf(groups: AsyncIterable<LineGroup>) {
  for await (const data of groups) yield { id: `l${data.first}`, data }
}

/* ---- a worker ----------------------------------------------------------------------------- */

export async function openCompressPlace(
  spec: WorkSpec<'compress', CompressOptions>,
  flags: LocalFlags,
  signal: AbortSignal,
): Promise<Workplace> {
  const input = nameOfInput(spec, flags.input, 'input')
  const model = await loadFor(spec, flags, signal)
  try {
    const { parallel = 1 } = spec.options
    const contextLength = spec.model.contextLength ?? undefined
    const branches = Math.max(8, parallel + 1)
    const { threads } = flags
    const session = await model.createSession({ contextLength, threads, branches, signal })
    const source = { model: model.info, contextLength, build: buildInfo() }
    const { key, compress } = await openLineCompressor({
      ...spec.options,
      ...{ session, input, source, signal },
    })
    const sha256 = 'model' in key && typeof key.model === 'string' ? key.model : ''
    return {
      fingerprint: fingerprintOf(key),
      info: placeInfo(model, sha256, 1),
      do: data => compress(groupOf(data)),
      close: () => model.close(),
    }
  } catch (error) {
    await model.close()
    throw error
  }
}

/** @throws CotPruneError ERR_QUEUE: it is not of this program */
function groupOf(data: unknown): LineGroup {
  if (isGroup(data)) return data
  throw new CotPruneError('ERR_QUEUE', 'the queue has a job that is no part of a file')
}

const isGroup = (data: unknown): data is LineGroup =>
  typeof data === 'object' &&
  data !== null &&
  ['start', 'end', 'first', 'lines'].every(
    key => Number.isSafeInteger(Reflect.get(data, key)) && Number(Reflect.get(data, key)) >= 0,
  )
