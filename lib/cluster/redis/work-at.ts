/** Jobs of one run, taken from a queue and done until the run is over or the worker is to stop. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Job as BullJob } from 'bullmq'
import type { Redis } from 'ioredis'
import { CotPruneError } from '../../index.js'
import { decode, encode } from '../json.js'
import { codeOf, fatalCodes, messageOf } from '../processes/messages.js'
import type { Failure, Note, Workplace, WorkSpec } from '../types.js'
import { packages } from './connection.js'

export interface WorkAt {
  readonly redis: Redis
  readonly keys: {
    readonly prefix: string
    readonly spec: string
    readonly results: string
    readonly failures: string
  }
  /** Of this worker. */
  readonly name: string
  readonly spec: WorkSpec
  readonly place: Workplace
  /** Seconds. */
  readonly grace: number
  readonly note: Note
  /** Finish what is in hand, and take nothing new. */
  readonly stop: AbortSignal
  /** What is in hand is of no use any more. */
  readonly over: AbortSignal
}

/** Of a run that is over nothing is written: nobody would take it away again. */
const writeResult =
  "if redis.call('exists', KEYS[1]) == 1 then return redis.call('hset', KEYS[2], ARGV[1], ARGV[2]) end"

/** BullMQ looks for lost jobs in a run that is over, and writes this again. */
const cleanUp = "if redis.call('exists', KEYS[1]) == 0 then return redis.call('del', KEYS[2]) end"

/** @throws CotPruneError that ended the model */
export async function workAt(work: WorkAt): Promise<void> {
  const { redis, keys, spec, place, stop, over } = work
  const { Worker, WaitingError } = await packages()
  const ended = new AbortController()
  const givingBack = new AbortController()
  let fatal: CotPruneError | null = null
  const handle = async (job: BullJob, token?: string): Promise<null> => {
    try {
      await finish(job, work)
    } catch (error) {
      if (givingBack.signal.aborted || over.aborted) {
        await job.moveToWait(token)
        throw new WaitingError()
      }
      await tellFailure(job, error, work)
      if (CotPruneError.is(error) && fatalCodes.includes(error.code)) {
        fatal = error
        ended.abort()
      }
      throw error
    }
    return null
  }
  const millis = spec.stalledAfter * 1000
  const worker = new Worker(spec.id, handle, {
    connection: redis,
    prefix: keys.prefix,
    concurrency: place.info.parallel,
    // after an error of the connection
    runRetryDelay: 1000,
    ...{ lockDuration: millis, stalledInterval: millis / 2, maxStalledCount: spec.attempts - 1 },
  })
  worker.on('error', error => hear(error, work))
  await until([stop, over, ended.signal])
  await leave(() => worker.close(), work, givingBack)
  await worker.close(true).catch(() => {})
  if (over.aborted && redis.status === 'ready') {
    await redis.eval(cleanUp, 2, keys.spec, `${keys.prefix}:${spec.id}:meta`).catch(() => 0)
  }
  if (fatal !== null) throw fatal
}

async function finish(
  job: BullJob,
  { redis, keys, place }: Pick<WorkAt, 'redis' | 'keys' | 'place'>,
): Promise<void> {
  const result = await place.do(decode(String(job.data)))
  await redis.eval(writeResult, 2, keys.spec, keys.results, idOf(job), encode(result))
}

async function tellFailure(
  job: BullJob,
  error: unknown,
  { redis, keys, name }: Pick<WorkAt, 'redis' | 'keys' | 'name'>,
): Promise<void> {
  const failure: Failure = {
    ...{ code: codeOf(error), message: messageOf(error) },
    ...{ attempts: job.attemptsMade + 1, worker: name },
  }
  await redis.eval(writeResult, 2, keys.spec, keys.failures, idOf(job), encode(failure))
}

const idOf = ({ id = '' }: BullJob): string => id

/** What is in hand may take its time; then it goes back, and another worker begins with it. */
async function leave(
  close: () => Promise<void>,
  { grace, over, note, place }: WorkAt,
  givingBack: AbortController,
): Promise<void> {
  const closed = close()
  closed.catch(() => {})
  const patience = over.aborted ? 0 : grace * 1000
  if (await within(closed, patience)) return
  givingBack.abort()
  if (!over.aborted) note('gives back what it has in hand')
  await place.close()
  // without a connection it cannot say so: the job's time runs out
  await within(closed, 5000)
}

/** Whether it is done by then. */
async function within(job: Promise<void>, millis: number): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(millis, false, { signal: timer.signal }).catch(() => false)
  const done = await Promise.race([job.then(() => true), late])
  timer.abort()
  return done
}

const until = (signals: readonly AbortSignal[]): Promise<void> =>
  new Promise(resolve => {
    const any = AbortSignal.any([...signals])
    if (any.aborted) resolve()
    else any.addEventListener('abort', () => resolve(), { once: true })
  })

/** A job that another worker has by now is no fault of this one. */
function hear(error: Error, { note, over }: Pick<WorkAt, 'note' | 'over'>): void {
  if (/ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|Connection is closed/.test(error.message)) return
  if (/could not renew lock|Missing lock|Missing key|Lock mismatch/i.test(error.message)) {
    if (over.aborted) return
    note('a job took too long without a sign of life: another worker has it')
    return
  }
  note(`queue: ${error.message}`)
}
