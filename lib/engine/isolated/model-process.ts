/**
 * The process of an isolated model, from outside: it is started, asked, and ended. However it ends, what it was asked rejects, and
 * nothing else happens here.
 */

import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { LastLines } from './last-lines.js'
import { exitError, type ProcessEnd } from './process-end.js'
import {
  type FromChild,
  fromPlain,
  type Reply,
  type Request,
  type SessionChange,
} from './protocol.js'

const ownProgram = fileURLToPath(new URL('./child.js', import.meta.url))

/** Milliseconds that the last lines of a process which has ended may take to arrive. */
const linesMillis = 200

interface Pending {
  readonly method: string
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
  /** What the collector must not find while this runs. */
  readonly keeps: object
}

type Asked = Omit<Request, 'id'>

export class ModelProcess {
  readonly #path: string
  readonly #child: ChildProcess
  readonly #onProgress: (fraction: number) => void
  readonly #pending = new Map<number, Pending>()
  readonly #lines = new LastLines()
  readonly #gone: Promise<void>
  #asked = 0
  #end: ProcessEnd | null = null

  /** @param path of its model, for messages; @param program what it runs */
  constructor(path: string, onProgress: (fraction: number) => void, program = ownProgram) {
    this.#path = path
    this.#onProgress = onProgress
    this.#child = start(program)
    this.#gone = this.#watch()
    this.#unref()
  }

  /** 0 where it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Whether it has ended, and everything that it was asked has been rejected. */
  get ended(): boolean {
    return this.#end !== null
  }

  /** @throws Error with ERR_ISOLATED_EXIT where it has ended */
  check(): void {
    if (this.#end !== null) throw exitError(this.#end, null)
  }

  /** Resolves with the answer; the process keeps this one alive meanwhile. @throws what the addon threw there; ERR_ISOLATED_EXIT */
  async ask(
    request: Asked,
    keeps: object,
    onChange: (change: SessionChange) => void = () => {},
  ): Promise<{ readonly value: unknown; readonly session: SessionChange | null }> {
    this.check()
    const { outcome, session } = await new Promise<Reply>((resolve, reject) => {
      const id = this.#asked++
      if (this.#pending.size === 0) this.#ref()
      this.#pending.set(id, { method: request.method, resolve, reject, keeps })
      this.#send({ ...request, id })
    })
    if (session !== null) onChange(session)
    if ('error' in outcome) throw fromPlain(outcome.error)
    return { value: outcome.value, session }
  }

  /** Nothing comes back. */
  tell(request: Asked): void {
    if (this.#end === null) this.#send({ ...request, id: null })
  }

  /** End it, whatever it does; resolves when it is gone. */
  async end(): Promise<void> {
    this.#child.ref()
    // it has nothing that it would have to put in order: the system takes back what it has
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  #send(request: Request): void {
    // one that cannot be sent has nobody to answer it: what ends there is told by the end of the process
    if (this.#child.connected) this.#child.send(request, () => {})
  }

  #receive(message: FromChild): void {
    if ('progress' in message) {
      this.#onProgress(message.progress)
      return
    }
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (this.#pending.size === 0) this.#unref()
    pending?.resolve(message)
  }

  async #watch(): Promise<void> {
    const child = this.#child
    child.on('message', message => this.#receive(message as FromChild))
    // it cannot be asked any more, so that it is of no use
    child.on('disconnect', () => child.kill('SIGKILL'))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#lines.push(text))
    const [code, signal, failure] = await new Promise<
      readonly [number | null, NodeJS.Signals | null, Error | null]
    >(resolve => {
      child.on('exit', (code, signal) => resolve([code, signal, null]))
      child.on('error', error => {
        if (child.pid === undefined) resolve([null, null, error])
      })
    })
    await this.#lastLines()
    this.#end = { path: this.#path, pid: this.pid, code, signal, failure, lines: this.#lines.all }
    for (const { method, reject } of this.#pending.values()) reject(exitError(this.#end, method))
    this.#pending.clear()
  }

  /** What it wrote before it ended is still on its way; a process that it started might hold the pipe open. */
  async #lastLines(): Promise<void> {
    const { stderr } = this.#child
    // none at all where the system had no pipe left
    if (!stderr || stderr.closed) return
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), linesMillis)
    await once(stderr, 'close', { signal: late.signal }).catch(() => {})
    clearTimeout(timer)
    stderr.destroy()
  }

  /** A process that waits for an answer does not end; one that has an idle model does. */
  #ref(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
    if (this.#child.stderr instanceof Socket) this.#child.stderr.unref()
  }
}

function start(program: string): ChildProcess {
  // preloaded modules and debuggers of this process are not for that one
  const { NODE_OPTIONS: _, ...env } = process.env
  const options: ForkOptions & { readonly windowsHide: boolean } = {
    // a debugger that looks for the place of a fault takes seconds, in which nobody knows of it
    env: { GGML_NO_BACKTRACE: '1', ...env },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  }
  return fork(program, [], options)
}
