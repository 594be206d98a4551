/** What is known here of a session in another process: kept up by the answers to its jobs, so that reading it waits for nothing. */

import type { ModelHandle, NativeSessionInfo } from '../../../types/native.js'
import { fromPlain, type SessionChange } from './protocol.js'

interface Branch {
  readonly tokens: Int32Array
  readonly shareable: boolean
}

const empty: Branch = { tokens: new Int32Array(), shareable: true }

export class SessionMirror {
  readonly id: number
  /** Who holds the session holds its model. */
  readonly model: ModelHandle
  busy = false
  closed = false
  #info: NativeSessionInfo | null = null
  #fault: Error | null = null
  readonly #branches = new Map<number, Branch>()

  constructor(id: number, model: ModelHandle) {
    this.id = id
    this.model = model
  }

  apply(change: SessionChange): void {
    if ('fault' in change) {
      this.#fault = fromPlain(change.fault)
      return
    }
    this.#info = change.info
    for (const { branch, kept, tokens, shareable } of change.branches) {
      const whole = new Int32Array(kept + tokens.length)
      whole.set(this.#branch(branch).tokens.subarray(0, kept))
      whole.set(tokens, kept)
      this.#branches.set(branch, { tokens: whole, shareable })
    }
  }

  /** As the addon refuses a job or a look. @throws Error with ERR_BUSY, ERR_CLOSED */
  check(): void {
    if (this.closed) throw coded('ERR_CLOSED', 'the session is closed')
    if (this.busy) throw coded('ERR_BUSY', 'another job is running in this session')
  }

  get info(): NativeSessionInfo {
    this.#checkFacts()
    if (this.#info === null) throw coded('ERR_CLOSED', 'the session is not open')
    return this.#info
  }

  tokens(branch: number): Int32Array {
    this.#checkFacts()
    return this.#branch(branch).tokens
  }

  match(branch: number, tokens: Int32Array): number {
    this.#checkFacts()
    const own = this.#branch(branch)
    if (!own.shareable) return 0
    const most = Math.min(own.tokens.length, tokens.length)
    let length = 0
    while (length < most && own.tokens[length] === tokens[length]) length++
    return length
  }

  #branch(branch: number): Branch {
    return this.#branches.get(branch) ?? empty
  }

  #checkFacts(): void {
    this.check()
    if (this.#fault !== null) throw this.#fault
  }
}

/** As the addon makes them. */
export const coded = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code })
