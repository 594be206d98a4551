/** Who does the work of a command: workers behind a queue, or one for each device of this machine. */

import { basename } from 'node:path'
import { Desk, type Hands, type WorkSpec, withId } from '../../../cluster/index.js'
import { buildInfo, type Model } from '../../../index.js'
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
  flags: WorkersFlags & ModelFlags,
  { key, resume, ...work }: Work<string, unknown>,
): Promise<Crew<Data, Result>> {
  const { version, llamaCommit, patchSha256 } = buildInfo()
  const { attempts = 3, stalledAfter = 30, queueName = 'default' } = flags
  const fingerprint = { build: { version, llamaCommit, patchSha256 }, key }
  const spec = withId({ ...work, fingerprint, attempts, stalledAfter })
  const say = (text: string) => note(text, flags)
  const address = addressFrom(flags)
  const desk = await Desk.open<Data, Result>({ address, queueName, spec, resume, note: say })
  return { hands: desk, close: () => desk.close() }
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
