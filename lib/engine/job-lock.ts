/** One job at a time on a context: the lock, the abort wiring, and the end of it all. */

import type { Engine, SessionHandle } from '../../types/native.js'
import { CotPruneError, fromNative } from '../base/errors.js'
import type { Branches } from './branches.js'

export class JobLock {
  readonly #engine: Engine
  readonly #handle: SessionHandle
  readonly #branches: Branches
  readonly #onClose: () => void
  #busy = false
  #closing: Promise<void> | undefined

  constructor(engine: Engine, handle: SessionHandle, branches: Branches, onClose: () => void) {
    this.#engine = engine
    this.#handle = handle
    this.#branches = branches
    this.#onClose = onClose
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** @throws CotPruneError ERR_CLOSED */
  check(): void {
    if (this.closed) throw new CotPruneError('ERR_CLOSED', 'the session is closed')
  }

  /** Take the lock; the function that is returned lets go of it. @throws CotPruneError ERR_BUSY */
  begin(): () => void {
    this.check()
    if (this.#busy) {
      throw new CotPruneError(
        'ERR_BUSY',
        'another job is running in this session: await it, or end its iteration, first',
      )
    }
    this.#busy = true
    return () => {
      this.#busy = false
    }
  }

  /** Run a job alone, interrupted natively when the signal fires or the session closes. */
  async exclusive<T>(signal: AbortSignal | null, job: () => Promise<T>): Promise<T> {
    const caller = new Error()
    signal?.throwIfAborted()
    const end = this.begin()
    const interrupt = () => this.#branches.interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      return await job()
    } catch (error) {
      signal?.throwIfAborted()
      if (this.closed) throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
      throw fromNative(error, 'session', caller)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      end()
    }
  }

  /** Idempotent. Interrupts the job in flight, waits for it, frees the context. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#branches.close()
    await this.#engine.sessionClose(this.#handle)
    this.#onClose()
  }
}
