/**
 * The contract of the addon, kept by the addon of another process, which has one model: handles are ids there, calls are messages, and
 * what is read without waiting comes with the answers before.
 */

import type {
  ControlHandle,
  Engine,
  ModelHandle,
  NativeModelInfo,
  NativeSessionInfo,
  SessionHandle,
} from '../../../types/native.js'
import { ModelProcess } from './model-process.js'
import type { ModelJob, Outcome, Rest, SessionJob, Setting } from './protocol.js'
import { coded, SessionMirror } from './session-mirror.js'

/** Nobody holds the model or one of its sessions any more: its process ends, or forgets the session. */
const dropped = new FinalizationRegistry<() => void>(forget => forget())

/** Handles are objects of nothing: what they stand for is in the other process. */
const handle = <T extends object>(): T => Object.freeze({}) as T

export class IsolatedEngine implements Engine {
  readonly #path: string
  /** Beside the process, which must not hold what the collector is to find. */
  readonly #loading = { progress: 0 }
  #process: ModelProcess | null = null
  #info: NativeModelInfo | null = null
  #aborted = false
  #sessionCount = 0
  readonly #sessions = new WeakMap<SessionHandle, SessionMirror>()

  /** @param path of the model, for messages */
  constructor(path: string) {
    this.#path = path
  }

  /** Of the model's process. */
  get pid(): number {
    return this.#running().pid
  }

  /** It has none any more. */
  get ended(): boolean {
    return this.#process?.ended ?? false
  }

  controlCreate(): ControlHandle {
    return handle()
  }

  /** Ends the process: what it would have loaded is of no use, and a load that hangs is ended, too. */
  controlAbort(): void {
    this.#aborted = true
    void this.#process?.end()
  }

  controlProgress(): number {
    return this.#loading.progress
  }

  async modelOpen(_: ControlHandle, ...args: Rest<'modelOpen'>): Promise<ModelHandle> {
    if (this.#aborted) throw coded('ERR_MODEL_LOAD', 'the load was aborted')
    const loading = this.#loading
    const started = new ModelProcess(this.#path, fraction => {
      loading.progress = fraction
    })
    this.#process = started
    const model = handle<ModelHandle>()
    try {
      const { value } = await started.ask({ method: 'modelOpen', session: null, args }, model)
      this.#info = value as NativeModelInfo
    } catch (error) {
      await started.end()
      throw error
    }
    loading.progress = 1
    dropped.register(model, () => void started.end())
    return model
  }

  modelInfo(): NativeModelInfo {
    if (this.#info === null) throw coded('ERR_CLOSED', 'the model is not open')
    return this.#info
  }

  modelTokenize(model: ModelHandle, ...args: Rest<'modelTokenize'>) {
    return this.#ofModel('modelTokenize', model, args)
  }

  modelPieces(model: ModelHandle, ...args: Rest<'modelPieces'>) {
    return this.#ofModel('modelPieces', model, args)
  }

  modelRenderChat(model: ModelHandle, ...args: Rest<'modelRenderChat'>) {
    return this.#ofModel('modelRenderChat', model, args)
  }

  /** All that there is in the process ends with it, whatever it does. */
  async modelClose(): Promise<void> {
    await this.#process?.end()
  }

  async sessionOpen(model: ModelHandle, ...args: Rest<'sessionOpen'>): Promise<SessionHandle> {
    const process = this.#running()
    const id = this.#sessionCount++
    const mirror = new SessionMirror(id, model)
    const reply = await process.ask({ method: 'sessionOpen', session: id, args }, model)
    if (reply.session !== null) mirror.apply(reply.session)
    const session = handle<SessionHandle>()
    this.#sessions.set(session, mirror)
    dropped.register(session, () =>
      process.tell({ method: 'sessionForget', session: id, args: [] }),
    )
    return session
  }

  sessionInfo(session: SessionHandle): NativeSessionInfo {
    return this.#alive(session).info
  }

  sessionTokens(session: SessionHandle, branch: number): Int32Array {
    return this.#alive(session).tokens(branch)
  }

  sessionMatch(session: SessionHandle, branch: number, tokens: Int32Array): number {
    return this.#alive(session).match(branch, tokens)
  }

  sessionLogits(session: SessionHandle, ...args: Rest<'sessionLogits'>) {
    return this.#ofSession('sessionLogits', session, args)
  }

  sessionFork(session: SessionHandle, ...args: Rest<'sessionFork'>) {
    return this.#ofSession('sessionFork', session, args)
  }

  sessionCut(session: SessionHandle, ...args: Rest<'sessionCut'>) {
    return this.#ofSession('sessionCut', session, args)
  }

  sessionRestore(session: SessionHandle, ...args: Rest<'sessionRestore'>) {
    return this.#ofSession('sessionRestore', session, args)
  }

  sessionCompact(session: SessionHandle, ...args: Rest<'sessionCompact'>) {
    return this.#ofSession('sessionCompact', session, args)
  }

  sessionDrop(session: SessionHandle, ...args: Rest<'sessionDrop'>) {
    return this.#ofSession('sessionDrop', session, args)
  }

  sessionExtend(session: SessionHandle, ...args: Rest<'sessionExtend'>) {
    return this.#ofSession('sessionExtend', session, args)
  }

  sessionExtendMany(session: SessionHandle, ...args: Rest<'sessionExtendMany'>) {
    return this.#ofSession('sessionExtendMany', session, args)
  }

  sessionLikelihood(session: SessionHandle, ...args: Rest<'sessionLikelihood'>) {
    return this.#ofSession('sessionLikelihood', session, args)
  }

  sessionValues(session: SessionHandle, ...args: Rest<'sessionValues'>) {
    return this.#ofSession('sessionValues', session, args)
  }

  sessionSample(session: SessionHandle, ...args: Rest<'sessionSample'>) {
    return this.#ofSession('sessionSample', session, args)
  }

  sessionSampler(session: SessionHandle, ...args: Rest<'sessionSampler'>): void {
    this.#set('sessionSampler', session, args)
  }

  sessionCertainty(session: SessionHandle, ...args: Rest<'sessionCertainty'>): void {
    this.#set('sessionCertainty', session, args)
  }

  sessionAlternatives(session: SessionHandle, ...args: Rest<'sessionAlternatives'>): void {
    this.#set('sessionAlternatives', session, args)
  }

  sessionAbort(session: SessionHandle): void {
    const { id } = this.#mirror(session)
    this.#process?.tell({ method: 'sessionAbort', session: id, args: [] })
  }

  /** Works also where the process has ended, and the session with it. */
  async sessionClose(session: SessionHandle): Promise<void> {
    const mirror = this.#mirror(session)
    if (this.#running().ended) mirror.closed = true
    else await this.#ofSession('sessionClose', session, []).catch(this.#unlessEnded)
    mirror.closed = true
  }

  readonly #unlessEnded = (error: unknown): void => {
    if (!this.#running().ended) throw error
  }

  async #ofModel<M extends ModelJob>(
    method: M,
    model: ModelHandle,
    args: Rest<M>,
  ): Promise<Outcome<M>> {
    const { value } = await this.#running().ask({ method, session: null, args }, model)
    return value as Outcome<M>
  }

  async #ofSession<M extends SessionJob>(
    method: M,
    session: SessionHandle,
    args: Rest<M>,
  ): Promise<Outcome<M>> {
    const mirror = this.#mirror(session)
    mirror.check()
    mirror.busy = true
    try {
      const request = { method, session: mirror.id, args }
      const { value } = await this.#running().ask(request, session, change => mirror.apply(change))
      return value as Outcome<M>
    } finally {
      mirror.busy = false
    }
  }

  #set<M extends Setting>(method: M, session: SessionHandle, args: Rest<M>): void {
    const { id } = this.#alive(session)
    this.#running().tell({ method, session: id, args })
  }

  /** That of a session which can be looked at. @throws Error with ERR_BUSY, ERR_CLOSED, ERR_ISOLATED_EXIT */
  #alive(session: SessionHandle): SessionMirror {
    const mirror = this.#mirror(session)
    mirror.check()
    this.#running().check()
    return mirror
  }

  #mirror(session: SessionHandle): SessionMirror {
    const mirror = this.#sessions.get(session)
    if (mirror === undefined) throw coded('ERR_CLOSED', 'this is no session of this model')
    return mirror
  }

  #running(): ModelProcess {
    if (this.#process === null) throw coded('ERR_CLOSED', 'the model is not open')
    return this.#process
  }
}
