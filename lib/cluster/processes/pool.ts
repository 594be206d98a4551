/** Workers on this machine, a process each: started, told of the work, and started again where one dies. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { CotPruneError } from '../../index.js'
import { differenceOf } from '../spec.js'
import type { Failure, Hands, Job, Note, Outcome, WorkSpec } from '../types.js'
import type { FromWorker, ToWorker } from './messages.js'

export interface PoolOptions {
  /** What each runs: a script that calls `serveParent`. */
  readonly script: string
  /** Of each process. */
  readonly args: readonly (readonly string[])[]
  readonly spec: WorkSpec
  readonly note: Note
}

interface Waiting<Data, Result> {
  readonly job: Job<Data>
  readonly settle: (outcome: Outcome<Result>) => void
  readonly fail: (error: unknown) => void
  tries: number
}

interface Member<Data, Result> {
  readonly child: ChildProcess
  readonly name: string
  /** Jobs at once; 0 until it is ready. */
  parallel: number
  readonly at: Map<string, Waiting<Data, Result>>
}

/** How long a process may take to end by itself. */
const patience = 5000

export class Pool<Data, Result> implements Hands<Data, Result> {
  readonly #options: PoolOptions
  readonly #members = new Set<Member<Data, Result>>()
  readonly #waiting: Waiting<Data, Result>[] = []
  #onRoom: () => void = () => {}
  #closed = false
  #failure: CotPruneError | null = null

  constructor(options: PoolOptions) {
    this.#options = options
    for (const args of options.args) this.#start(args)
  }

  get room(): number {
    const parallel = [...this.#members].reduce((sum, member) => sum + member.parallel, 0)
    return 2 * Math.max(parallel, this.#members.size)
  }

  onRoom(listener: () => void): void {
    this.#onRoom = listener
  }

  do(job: Job<Data>): Promise<Outcome<Result>> {
    return new Promise((settle, fail) => {
      if (this.#failure !== null) return fail(this.#failure)
      this.#waiting.push({ job, settle, fail, tries: 0 })
      this.#hand()
    })
  }

  async forget(): Promise<void> {}

  /** They end, with what they have in hand. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#members].map(({ child }) => end(child)))
  }

  #start(args: readonly string[]): void {
    const child = fork(this.#options.script, [...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    const member = { child, name: `process ${child.pid}`, parallel: 0, at: new Map() }
    this.#members.add(member)
    child.on('message', (message: FromWorker) => this.#hear(member, message))
    child.on('error', error => this.#give(String(error)))
    child.once('exit', (code, signal) => this.#left(member, args, signal ?? `code ${code}`))
    this.#tell(member, { type: 'work', spec: this.#options.spec })
  }

  #hear(member: Member<Data, Result>, message: FromWorker): void {
    if (message.type === 'refused') this.#give(message.message)
    else if (message.type === 'ready') this.#ready(member, message)
    else {
      const waiting = member.at.get(message.id)
      member.at.delete(message.id)
      if (waiting === undefined) return
      if (message.type === 'done') this.#done(waiting, message.result)
      else this.#again(waiting, member, message)
    }
    this.#hand()
  }

  #ready(
    member: Member<Data, Result>,
    { fingerprint, info }: Extract<FromWorker, { type: 'ready' }>,
  ): void {
    const { note, spec } = this.#options
    const refused = differenceOf(spec.fingerprint, fingerprint)
    if (refused !== null) {
      this.#give(refused)
      return
    }
    member.parallel = info.parallel
    note(`${member.name} works on ${info.device}`)
    this.#onRoom()
  }

  /** What a process of the same fingerprint has made: the seam where it gets its type. */
  #done({ settle }: Waiting<Data, Result>, result: unknown): void {
    settle({ failure: null, result: result as Result })
  }

  #again(
    waiting: Waiting<Data, Result>,
    { name }: Member<Data, Result>,
    { code, message }: Pick<Failure, 'code' | 'message'>,
  ): void {
    const { attempts } = this.#options.spec
    if (++waiting.tries < attempts) this.#waiting.unshift(waiting)
    else waiting.settle({ failure: { code, message, attempts, worker: name }, result: null })
  }

  #left(member: Member<Data, Result>, args: readonly string[], how: string): void {
    this.#members.delete(member)
    if (this.#closed || this.#failure !== null) return
    if (member.parallel === 0) {
      this.#give(`it ended with ${how} before it was ready`)
      return
    }
    const message = `the process that had it ended with ${how}`
    for (const waiting of member.at.values()) {
      this.#again(waiting, member, { code: 'ERR_QUEUE', message })
    }
    this.#options.note(`${member.name} ended with ${how}: another one is started`)
    this.#start(args)
  }

  /** Nobody can work: what is wrong with one is wrong with all. */
  #give(why: string): void {
    this.#failure ??= new CotPruneError('ERR_QUEUE', `a worker process cannot work: ${why}`)
    const out = [...this.#members].flatMap(({ at }) => [...at.values()])
    for (const { fail } of [...this.#waiting, ...out]) fail(this.#failure)
  }

  #hand(): void {
    for (const member of this.#members) {
      while (member.at.size < member.parallel) {
        const next = this.#waiting.shift()
        if (next === undefined) return
        member.at.set(next.job.id, next)
        this.#tell(member, { type: 'job', id: next.job.id, data: next.job.data })
      }
    }
  }

  #tell({ child }: Member<Data, Result>, message: ToWorker): void {
    // one that is gone says so by its exit
    if (child.connected) child.send(message, () => {})
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  if (child.connected) child.disconnect()
  const late = new AbortController()
  await Promise.race([exited, sleep(patience, null, { signal: late.signal }).catch(() => null)])
  late.abort()
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await exited
  }
}
