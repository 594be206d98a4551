/** The coordinator's end of a queue: hands jobs out, takes outcomes in, and holds the queue for its run. */

import { randomUUID } from 'node:crypto'
import type { Job as BullJob, Queue, QueueEvents, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { CotPruneError } from '../../index.js'
import { decode, encode } from '../json.js'
import type { Failure, Hands, Job, Note, Outcome, WorkSpec } from '../types.js'
import { keysOf } from './address.js'
import { connect, type Packages, packages } from './connection.js'
import { Roster } from './roster.js'
import { leaseMillis, tickMillis } from './times.js'

export interface DeskOptions {
  readonly address: string
  /** Runs of different names do not see each other. */
  readonly queueName: string
  readonly spec: WorkSpec
  /** Outcomes that an earlier coordinator of the same run left are taken. */
  readonly resume: boolean
  readonly note: Note
}

interface Pending<Result> {
  readonly settle: (outcome: Outcome<Result>) => void
  readonly fail: (error: unknown) => void
  readonly job: Job<unknown>
}

/** Jobs that may be out before any worker is there. */
const leastRoom = 4

export class Desk<Data, Result> implements Hands<Data, Result> {
  readonly #redis: Redis
  readonly #spec: WorkSpec
  readonly #keys: ReturnType<typeof keysOf>
  readonly #queue: Queue
  readonly #events: QueueEvents
  /** Works on nothing: finds the jobs of workers that are gone, also where none is left. */
  readonly #watch: Worker
  readonly #lease: string
  readonly #roster: Roster
  readonly #note: Note
  readonly #pending = new Map<string, Pending<Result>>()
  #onRoom: () => void = () => {}
  #timer: NodeJS.Timeout | null = null
  #ticks = 0

  private constructor(
    redis: Redis,
    { spec, queueName, note }: DeskOptions,
    { Queue: Jobs, QueueEvents: Events, Worker: Watch }: Packages,
  ) {
    this.#redis = redis
    this.#spec = spec
    this.#note = note
    this.#keys = keysOf(queueName)
    this.#roster = new Roster(spec.id, note)
    this.#lease = `${spec.id} ${randomUUID()}`
    const shared = { connection: redis, prefix: this.#keys.prefix }
    this.#queue = new Jobs(spec.id, shared)
    this.#events = new Events(spec.id, shared)
    const millis = spec.stalledAfter * 1000
    this.#watch = new Watch(spec.id, null, {
      ...{ ...shared, autorun: false, maxStalledCount: spec.attempts - 1 },
      ...{ lockDuration: millis, stalledInterval: millis / 2 },
    })
  }

  /**
   * Take the queue for a run. Until `close` nobody else can.
   *
   * @throws CotPruneError ERR_OPTIONAL_PACKAGE, ERR_QUEUE
   */
  static async open<Data, Result>(options: DeskOptions): Promise<Desk<Data, Result>> {
    const redis = await connect(options.address, options.note)
    const desk = new Desk<Data, Result>(redis, options, await packages())
    try {
      await desk.#begin(options)
    } catch (error) {
      await desk.#disconnect()
      throw error
    }
    return desk
  }

  async #begin({ resume, queueName }: DeskOptions): Promise<void> {
    const hear = (error: Error) => this.#hear(error)
    this.#queue.on('error', hear)
    this.#events.on('error', hear)
    this.#watch.on('error', hear)
    if (!(await this.#take())) {
      const message = `another run is using the queue '${queueName}': wait for its end, or choose another --queue-name`
      throw new CotPruneError('ERR_QUEUE', message)
    }
    if (!resume) await this.#clean()
    await this.#redis.del(this.#keys.over(this.#spec.id))
    await this.#redis.set(this.#keys.spec(this.#spec.id), JSON.stringify(this.#spec))
    this.#events.on('completed', ({ jobId }) => void this.#completed(jobId))
    this.#events.on('failed', ({ jobId, failedReason }) => void this.#failed(jobId, failedReason))
    await this.#events.waitUntilReady()
    await this.#watch.startStalledCheckTimer()
    this.#schedule()
  }

  get room(): number {
    return Math.max(leastRoom, 2 * this.#roster.parallel)
  }

  onRoom(listener: () => void): void {
    this.#onRoom = listener
  }

  async do(job: Job<Data>): Promise<Outcome<Result>> {
    const outcome = new Promise<Outcome<Result>>((settle, fail) => {
      this.#pending.set(job.id, { settle, fail, job })
    })
    const kept = await this.#redis.hget(this.#keys.results(this.#spec.id), job.id)
    if (kept === null) await this.#add(job)
    else this.#settle(job.id, { failure: null, result: decode(kept) })
    return outcome
  }

  async forget(id: string): Promise<void> {
    await this.#redis.hdel(this.#keys.results(this.#spec.id), id)
  }

  /** Nothing of the run is left in the queue; workers that are at it give up. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    try {
      if ((await this.#redis.get(this.#keys.lease)) === this.#lease) {
        await this.#redis.set(this.#keys.over(this.#spec.id), '1', 'EX', 60)
        await this.#redis.del(this.#keys.lease, this.#keys.spec(this.#spec.id), this.#keys.workers)
        await this.#clean()
        await this.#queue.close()
        await this.#redis.del(`${this.#keys.prefix}:${this.#spec.id}:meta`)
      }
    } finally {
      await this.#disconnect()
    }
  }

  async #disconnect(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    await Promise.allSettled([this.#watch.close(true), this.#events.close(), this.#queue.close()])
    this.#redis.disconnect()
  }

  /* ---- outcomes ------------------------------------------------------------------------- */

  #add({ id, data }: Job<unknown>): Promise<BullJob> {
    const { attempts } = this.#spec
    // an id that is there already is not added again
    const how = { jobId: id, attempts, removeOnComplete: true, removeOnFail: true }
    return this.#queue.add('job', encode(data), {
      ...how,
      backoff: { type: 'exponential', delay: 500 },
    })
  }

  async #completed(id: string): Promise<void> {
    if (!this.#pending.has(id)) return
    const kept = await this.#redis.hget(this.#keys.results(this.#spec.id), id).catch(() => null)
    if (kept !== null) this.#settle(id, { failure: null, result: decode(kept) })
  }

  async #failed(id: string, reason: string): Promise<void> {
    if (!this.#pending.has(id)) return
    const key = this.#keys.failures(this.#spec.id)
    const said = await this.#redis.hget(key, id).catch(() => null)
    await this.#redis.hdel(key, id).catch(() => 0)
    const { attempts } = this.#spec
    const last: Failure | null = said === null ? null : decode(said)
    const vanished = last === null || last.attempts < attempts
    const lost: Failure = {
      code: 'ERR_QUEUE',
      message: `every worker that tried it vanished or failed (${reason})`,
      attempts,
      worker: last?.worker ?? null,
    }
    this.#settle(id, { failure: vanished ? lost : last, result: null })
  }

  #settle(id: string, outcome: Outcome<Result>): void {
    this.#pending.get(id)?.settle(outcome)
    this.#pending.delete(id)
  }

  /* ---- what is done every few seconds --------------------------------------------------- */

  /** Sooner at first: who is there shows within a second. */
  #schedule(): void {
    this.#timer = setTimeout(
      () => {
        this.#tick().then(
          () => this.#schedule(),
          error => {
            if (CotPruneError.is(error)) for (const { fail } of this.#pending.values()) fail(error)
            else this.#schedule()
          },
        )
      },
      Math.min(tickMillis, 250 * 2 ** this.#ticks),
    )
  }

  /** @throws CotPruneError ERR_QUEUE where another run has taken the queue */
  async #tick(): Promise<void> {
    if (!(await this.#take())) {
      throw new CotPruneError(
        'ERR_QUEUE',
        'another run has taken the queue; --resume goes on later',
      )
    }
    const before = this.#roster.parallel
    this.#roster.look(await this.#redis.hgetall(this.#keys.workers))
    if (this.#roster.parallel !== before) this.#onRoom()
    // a message may have been lost with a connection, and the jobs with the server
    if (++this.#ticks % 3 === 0) await this.#reconcile()
  }

  async #reconcile(): Promise<void> {
    await this.#redis.setnx(this.#keys.spec(this.#spec.id), JSON.stringify(this.#spec))
    for (const id of await this.#redis.hkeys(this.#keys.results(this.#spec.id))) {
      await this.#completed(id)
    }
    for (const { job } of [...this.#pending.values()]) {
      if (this.#pending.has(job.id) && !(await this.#queue.getJob(job.id))) await this.#add(job)
    }
  }

  /** True where the queue is this run's for some more seconds. */
  async #take(): Promise<boolean> {
    const { lease } = this.#keys
    const taken = await this.#redis.set(lease, this.#lease, 'PX', leaseMillis, 'NX')
    if (taken === 'OK') return true
    if ((await this.#redis.get(lease)) !== this.#lease) return false
    await this.#redis.pexpire(lease, leaseMillis)
    return true
  }

  async #clean(): Promise<void> {
    await this.#queue.obliterate({ force: true })
    const { id } = this.#spec
    await this.#redis.del(this.#keys.results(id), this.#keys.failures(id))
  }

  /** Connections come back by themselves, and say so once for all. */
  #hear(error: Error): void {
    if (/ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|Connection is closed/.test(error.message)) return
    this.#note(`queue: ${error.message}`)
  }
}
