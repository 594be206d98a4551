/** Who does the work of a command: workers behind a queue, or one for each device of this machine. */

import { basename, join } from 'node:path'
import { packageFolder } from '../../../base/package.js'
import { Desk, type Hands, Pool, type WorkSpec, withId } from '../../../cluster/index.js'
import { buildInfo, cores, type Model } from '../../../index.js'
import type { ModelFlags } from '../open-model.js'
import { note } from '../progress.js'
import { addressFrom, type WorkersFlags } from './flags.js'

export interface Crew<Data, Result> {
  readonly hands: Hands<Data, Result>
  /** What is not finished is given up. */
  close(): Promise<void>
}

/** Whether others are to do it. */
export const hasWorkers = ({ queue, devices }: WorkersFlags): boolean =>
  queue !== undefined || devices !== undefined

/** What is worked on, and how workers are told. */
export interface Work<Kind extends string, Options> {
  readonly kind: Kind
  readonly key: object
  readonly model: WorkSpec['model']
  readonly input: WorkSpec['input']
  readonly options: Options
  readonly resume: boolean
}

/** @throws CotPruneError ERR_OPTIONAL_PACKAGE, ERR_QUEUE */
export async function openCrew<Data, Result>(
  flags: WorkersFlags & ModelFlags & OwnFiles,
  { key, resume, ...work }: Work<string, unknown>,
): Promise<Crew<Data, Result>> {
  const { version, llamaCommit, patchSha256 } = buildInfo()
  const { attempts = 3, stalledAfter = 30, queueName = 'default' } = flags
  const fingerprint = { build: { version, llamaCommit, patchSha256 }, key }
  const spec = withId({ ...work, fingerprint, attempts, stalledAfter })
  const say = (text: string) => note(text, flags)
  if (flags.devices !== undefined) {
    const args = flags.devices.map(device => workerArgs(device, flags))
    const pool = new Pool<Data, Result>({ script: cli, args, spec, note: say })
    return { hands: pool, close: () => pool.close() }
  }
  const address = addressFrom(flags)
  const desk = await Desk.open<Data, Result>({ address, queueName, spec, resume, note: say })
  return { hands: desk, close: () => desk.close() }
}

const cli = join(packageFolder, 'dist', 'entry', 'cli', 'index.js')

/** Of a worker on a device of this machine: what this command was told of files, and a part of the cores. */
function workerArgs(
  device: string,
  flags: WorkersFlags & ModelFlags & OwnFiles,
): readonly string[] {
  const { devices = [], model, dataset, traces, input, gpuLayers, threads, quiet } = flags
  const { usable } = cores()
  const share = Math.max(1, Math.floor(usable / devices.length))
  const given: Readonly<Record<string, string | number | undefined>> = {
    device,
    model,
    dataset,
    input: input ?? traces,
    threads: threads ?? share,
    ...(device !== 'cpu' && { 'gpu-layers': gpuLayers }),
  }
  const options = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  )
  return ['worker', '--parent', ...options, ...(quiet ? ['--quiet'] : [])]
}

/** Files by the names that this process has for them. */
export interface OwnFiles {
  readonly dataset?: string
  readonly traces?: string
  readonly input?: string
  readonly threads?: number
}

/** A path says nothing elsewhere: its last part does. */
export const nameForOthers = (name: string): string =>
  /[/\\]/.test(name) && !/^hf:/i.test(name) ? basename(name) : name

/** What workers are told of the model: what it is called, and how it is loaded. */
export function modelForOthers(
  { model: name, context, thinking, chatTemplate }: ModelFlags,
  { info }: Model,
): WorkSpec['model'] {
  const template = chatTemplate === 'none' ? 'none' : info.chatTemplate
  return {
    name: nameForOthers(name),
    contextLength: context ?? null,
    thinking: thinking ?? null,
    chatTemplate: chatTemplate === undefined ? null : template,
  }
}
