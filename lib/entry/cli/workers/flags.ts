/** How commands say that others do their work, and how a worker says for whom. */

import { type Command, InvalidArgumentError, Option } from 'commander'
import { checkAddress } from '../../../cluster/redis/address.js'
import { wholeNumber } from '../options.js'

export interface QueueFlags {
  /** An address; true: that of the environment. */
  readonly queue?: string | true
  readonly queueName: string
}

/** Of commands whose work others may do. */
export interface WorkersFlags extends Partial<QueueFlags> {
  readonly devices?: readonly string[]
  readonly attempts?: number
  readonly stalledAfter?: number
}

export const queueHelp =
  'redis://[user:password@]host[:port], or rediss://; without an address what COT_PRUNE_QUEUE says'

export function withWorkers(command: Command): Command {
  return withQueueName(
    command.option('--queue [address]', `let workers do it: ${queueHelp}`, addressOf),
  )
    .addOption(
      new Option(
        '--devices <list>',
        'a worker on each of them, with commas: 0,1 are GPUs as info lists them, cpu a part of the cores',
      )
        .argParser(deviceList)
        .conflicts('queue'),
    )
    .option('--attempts <n>', 'with workers: tries, then it is named and left out', wholeNumber(1))
    .option(
      '--stalled-after <s>',
      'with workers: seconds without a sign of life after which another one does it',
      wholeNumber(1, 86_400),
    )
}

export const withQueueName = (command: Command): Command =>
  command.option('--queue-name <name>', 'a run each', nameOf, 'default')

export function addressOf(text: string): string {
  try {
    return checkAddress('--queue', text)
  } catch {
    throw new InvalidArgumentError(`It must be ${queueHelp}.`)
  }
}

function nameOf(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('It must be letters, digits, dots and dashes.')
}

function deviceList(text: string): readonly string[] {
  const list = text.split(',').map(part => part.trim())
  if (list.every(device => /^(?:cpu|\d{1,3})$/.test(device))) return list
  throw new InvalidArgumentError('It must be numbers of GPUs, or cpu, with commas: 0,1 or cpu,cpu.')
}

/** What the flags, or the environment, say. */
export function addressFrom({ queue }: Pick<QueueFlags, 'queue'>): string {
  if (typeof queue === 'string') return queue
  return checkAddress('--queue, or COT_PRUNE_QUEUE,', process.env.COT_PRUNE_QUEUE ?? '')
}
