/** The optional packages of a queue, and a connection to it. */

import type * as Bull from 'bullmq'
import type { Redis } from 'ioredis'
import { CotPruneError } from '../../index.js'
import type { Note } from '../types.js'
import { withoutPassword } from './address.js'

/** What is used of them. */
export type Packages = Pick<typeof Bull, 'Queue' | 'QueueEvents' | 'Worker' | 'WaitingError'> & {
  readonly Redis: typeof Redis
}

/** Loaded where a queue is used. @throws CotPruneError ERR_OPTIONAL_PACKAGE */
export async function packages(): Promise<Packages> {
  try {
    const [bull, redis] = await Promise.all([import('bullmq'), import('ioredis')])
    const { Queue, QueueEvents, Worker, WaitingError } = bull
    return { Queue, QueueEvents, Worker, WaitingError, Redis: redis.Redis }
  } catch (cause) {
    const message = 'a queue needs optional packages: npm install bullmq ioredis'
    throw new CotPruneError('ERR_OPTIONAL_PACKAGE', message, { cause })
  }
}

/** How long a first connection may take. */
const patience = 10_000

/**
 * Connected; later it comes back by itself, however long that takes.
 *
 * @throws CotPruneError ERR_OPTIONAL_PACKAGE, ERR_QUEUE
 */
export async function connect(address: string, note: Note): Promise<Redis> {
  const { Redis } = await packages()
  let opened = false
  let failure: Error | null = null
  const redis = new Redis(address, {
    lazyConnect: true,
    connectTimeout: patience,
    // BullMQ waits for jobs as long as it takes
    maxRetriesPerRequest: null,
    retryStrategy: times => (opened ? Math.min(200 * times, 5000) : null),
  })
  redis.on('error', error => {
    failure = error
  })
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    redis.disconnect()
    throw unreachable(address, failure ?? error)
  }
  opened = true
  watch(redis, address, note)
  return redis
}

function watch(redis: Redis, address: string, note: Note): void {
  let lost = false
  redis.on('close', () => {
    if (!lost && redis.status !== 'end') note(`lost ${withoutPassword(address)}, trying again`)
    lost = true
  })
  redis.on('ready', () => {
    if (lost) note(`${withoutPassword(address)} is back`)
    lost = false
  })
}

function unreachable(address: string, cause: unknown): CotPruneError {
  const where = withoutPassword(address)
  const said = cause instanceof Error ? withoutPassword(cause.message) : String(cause)
  const refused = /NOAUTH|WRONGPASS/.test(said)
  const hint = refused ? 'give user and password in the address' : 'is it running there?'
  const message = `cannot use the queue at ${where}: ${said || 'no connection'}; ${hint}`
  return new CotPruneError('ERR_QUEUE', message, { cause })
}
