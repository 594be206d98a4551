/** A worker: finds the run that is in the queue, opens what that needs, and works until it is over. */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { buildInfo, CotPruneError } from '../../index.js'
import { differenceOf, parseSpec } from '../spec.js'
import type { Note, OpenWorkplace, WorkerInfo, Workplace, WorkSpec } from '../types.js'
import { keysOf } from './address.js'
import { connect } from './connection.js'
import type { Announcement } from './roster.js'
import { lostTicks, tickMillis } from './times.js'
import { workAt } from './work-at.js'

export interface ServeQueueOptions {
  readonly address: string
  readonly queueName: string
  readonly open: OpenWorkplace
  /** End with the first run; else wait for the next one. */
  readonly once: boolean
  /** Seconds that jobs in hand may take when it is told to stop; then they go back. */
  readonly grace: number
  /** Stop. */
  readonly signal: AbortSignal
  readonly note: Note
}

/** How often a worker without work looks for some. */
const lookMillis = 1000

/**
 * Resolves when it was told to stop, or with `once` when a run is over.
 *
 * @throws CotPruneError ERR_OPTIONAL_PACKAGE, ERR_QUEUE (with `once` where the run refuses it), and what ends a worker: its model
 * was given up
 */
export async function serveQueue(options: ServeQueueOptions): Promise<void> {
  const redis = await connect(options.address, options.note)
  const worker = new QueueWorker(redis, options)
  try {
    await worker.serve()
  } finally {
    await worker.leave()
    redis.disconnect()
  }
}

class QueueWorker {
  readonly #redis: Redis
  readonly #options: ServeQueueOptions
  readonly #keys: ReturnType<typeof keysOf>
  readonly #name = `${hostname()}/${process.pid}-${randomUUID().slice(0, 4)}`
  #beat = 0
  #refused = false
  /** Looks in a row that found no coordinator. */
  #lost = 0

  constructor(redis: Redis, options: ServeQueueOptions) {
    this.#redis = redis
    this.#options = options
    this.#keys = keysOf(options.queueName)
  }

  async serve(): Promise<void> {
    const { signal, once, note } = this.#options
    note(`worker ${this.#name} waits for a run`)
    /** A run is not tried twice by a worker that it refused. */
    let refusedBy = ''
    while (!signal.aborted) {
      const lease = await this.#redis.get(this.#keys.lease)
      const spec = lease === null || lease === refusedBy ? null : await this.#specOf(lease)
      if (lease === null || spec === null) {
        await sleep(lookMillis, undefined, { signal }).catch(() => {})
        continue
      }
      const refused = await this.#work(spec)
      if (refused !== null) {
        note(`the run refuses this worker: ${refused}`)
        if (once) throw new CotPruneError('ERR_QUEUE', `the run refuses this worker: ${refused}`)
        refusedBy = lease
      } else if (once) return
    }
  }

  /** No trace of it is left in the queue, but why it was refused: the coordinator says that, and takes it away. */
  async leave(): Promise<void> {
    if (this.#redis.status === 'ready' && !this.#refused) {
      await this.#redis.hdel(this.#keys.workers, this.#name).catch(() => 0)
    }
  }

  /** null where the lease is older than its run. */
  async #specOf(lease: string): Promise<WorkSpec | null> {
    const [run = ''] = lease.split(' ')
    const text = await this.#redis.get(this.#keys.spec(run))
    return text === null ? null : parseSpec(text)
  }

  /** Why it is refused; null where it has worked. */
  async #work(spec: WorkSpec): Promise<string | null> {
    const { open, grace, signal, note } = this.#options
    const ending = new AbortController()
    let place: Workplace | null = null
    // what loads is given up at once, and what works may finish its job
    const unloading = new AbortController()
    const stop = () => place ?? unloading.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#lost = 0
    const beat = setInterval(() => this.#live(spec, place, ending), tickMillis)
    try {
      place = await open(spec, AbortSignal.any([unloading.signal, ending.signal]))
      const refused = differenceOf(spec.fingerprint, place.fingerprint)
      await this.#announce(spec, place, refused)
      if (refused !== null) return refused
      note(`works on ${spec.kind} ${spec.id.slice(0, 12)}`)
      const keys = { prefix: this.#keys.prefix, ...this.#runKeys(spec) }
      const how = { redis: this.#redis, keys, name: this.#name, spec, place, grace, note }
      await workAt({ ...how, stop: signal, over: ending.signal })
      return null
    } catch (error) {
      if (signal.aborted || ending.signal.aborted) return null
      if (place !== null || !CotPruneError.is(error)) throw error
      await this.#announce(spec, null, error.message)
      return error.message
    } finally {
      clearInterval(beat)
      signal.removeEventListener('abort', stop)
      await place?.close()
    }
  }

  #runKeys({ id }: WorkSpec) {
    return {
      spec: this.#keys.spec(id),
      results: this.#keys.results(id),
      failures: this.#keys.failures(id),
    }
  }

  /** Say that it lives, and see whether the run does. */
  async #live(spec: WorkSpec, place: Workplace | null, ending: AbortController): Promise<void> {
    // who cannot reach the queue does not know, and works on
    if (this.#redis.status !== 'ready') return
    try {
      if (await this.#isOver(spec)) {
        ending.abort(new CotPruneError('ERR_QUEUE', 'the run is over'))
      } else if (place !== null) await this.#announce(spec, place, null)
    } catch {
      // the next one says it
    }
  }

  /** A coordinator that was cut off comes back, or another one goes on with the same run: that is no end. */
  async #isOver({ id }: WorkSpec): Promise<boolean> {
    const lease = await this.#redis.get(this.#keys.lease)
    if (lease !== null) {
      this.#lost = 0
      return !lease.startsWith(`${id} `)
    }
    if ((await this.#redis.exists(this.#keys.over(id))) === 1) return true
    return ++this.#lost >= lostTicks
  }

  async #announce(spec: WorkSpec, place: Workplace | null, refused: string | null): Promise<void> {
    this.#refused = refused !== null
    const { patchSha256: patch } = buildInfo()
    const none: Pick<WorkerInfo, 'model' | 'device' | 'parallel'> = {
      ...{ model: null, device: 'nothing yet', parallel: 0 },
    }
    const said: Announcement = {
      ...{ name: this.#name, run: spec.id, beat: ++this.#beat, patch, refused },
      ...(place?.info ?? none),
    }
    await this.#redis.hset(this.#keys.workers, this.#name, JSON.stringify(said))
  }
}
