/** A session in the process of an isolated model: what has become of it by each job, for its mirror in the other process. */

import type { Engine, SessionHandle } from '../../../types/native.js'
import {
  type BranchChange,
  type Rest,
  type SessionChange,
  type SessionJob,
  toPlain,
} from './protocol.js'

type Touched = {
  readonly [M in SessionJob]: (...args: Rest<M>) => readonly number[] | Int32Array
}

/** The branches whose tokens a job may change. */
const touched: Touched = {
  sessionFork: (_, to) => [to],
  sessionCut: branch => [branch],
  sessionRestore: (_, to) => [to],
  sessionCompact: branch => [branch],
  sessionDrop: branch => [branch],
  sessionExtend: branch => [branch],
  sessionExtendMany: branches => branches,
  sessionLogits: () => [],
  sessionLikelihood: branch => [branch],
  sessionValues: () => [],
  sessionSample: branches => branches,
  sessionClose: () => [],
}

const isSessionJob = (method: string): method is SessionJob => Object.hasOwn(touched, method)

const none = new Int32Array()

export class SessionSource {
  readonly handle: SessionHandle
  /** Of a setting that was refused: the next job ends with it. */
  fault: { readonly error: unknown } | null = null
  readonly #engine: Engine
  readonly #told = new Map<number, Int32Array>()

  constructor(engine: Engine, handle: SessionHandle) {
    this.#engine = engine
    this.handle = handle
  }

  /** After a job, whether it worked or not. */
  change(method: string, args: readonly unknown[]): SessionChange {
    const branches: Iterable<number> = isSessionJob(method)
      ? Reflect.apply(touched[method], undefined, args)
      : []
    try {
      return {
        info: this.#engine.sessionInfo(this.handle),
        branches: Array.from(new Set(branches), branch => this.#branch(branch)),
      }
    } catch (error) {
      return { fault: toPlain(error) }
    }
  }

  #branch(branch: number): BranchChange {
    const now = this.#engine.sessionTokens(this.handle, branch)
    const before = this.#told.get(branch) ?? none
    const most = Math.min(now.length, before.length)
    let kept = 0
    while (kept < most && now[kept] === before[kept]) kept++
    this.#told.set(branch, now)
    const shareable = this.#engine.sessionMatch(this.handle, branch, now) === now.length
    return { branch, kept, tokens: now.subarray(kept), shareable }
  }
}
