/**
 * The loop of a batch. Each job has a branch; between two chunks some leave and others begin, so that nobody waits for the
 * longest. What a job leaves on its branch stays until the branch or its cells are needed: a prompt that begins like it,
 * or like what a running job holds, shares its cells. A job whose cells are not free waits.
 */

import { CotPruneError, fromNative } from '../../base/errors.js'
import type { Runtime } from '../../engine/runtime.js'
import { nextChunkSize } from '../chunk-size.js'
import type { BatchJob, SampledJob } from './job.js'

/** Tokens of a prompt that are read between two chunks of what somebody reads along. */
const promptPiece = 128
/** Tokens of a chunk that nobody reads: as long as jobs wait, a branch is taken again soon. */
const longChunk = 256
const refillChunk = 16

export interface LoopOptions {
  /** Where jobs run. */
  readonly branches: readonly number[]
  /** A branch that keeps what it holds as long as jobs fit beside it. @default none */
  readonly kept?: number | undefined
  /** 'reader': somebody reads along; 'batch': whole prompts, chunks as for a reader; 'alone': nobody looks. */
  readonly pace: 'reader' | 'batch' | 'alone'
}

/** A job that has a branch. */
interface Placed {
  readonly job: SampledJob
  readonly branch: number
  /** Tokens of the prompt that are in the cache; null: nothing was looked up yet. */
  read: number | null
  /** Of reading. */
  millis: number
  begun: boolean
}

/** In terms of the batch: who interrupts it closes its session. */
export function explain(error: unknown, caller?: Error): Error {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED') {
    return new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile', { cause: error })
  }
  return fromNative(error, 'batch', caller)
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

export class BatchLoop {
  readonly #runtime: Pick<Runtime, 'branches'>
  readonly #pace: LoopOptions['pace']
  readonly #waiting: BatchJob[] = []
  /** In the order of their last use, the longest ago first. */
  readonly #free: number[]
  /** Most cells that what is on a branch has, or may come to have. */
  readonly #cells = new Map<number, number>()
  #kept: number | null
  /** Free branches whose jobs nobody asks after: what they hold is only in the way. */
  readonly #done = new Set<number>()
  #running: Placed[] = []
  #last: { readonly tokens: number; readonly millis: number } | undefined
  #loop: Promise<void> | null = null

  constructor(runtime: Pick<Runtime, 'branches'>, { branches, kept, pace }: LoopOptions) {
    this.#runtime = runtime
    this.#pace = pace
    this.#free = [...branches]
    this.#kept = kept ?? null
    for (let branch = 0; branch < runtime.branches.count; branch++) {
      this.#cells.set(branch, runtime.branches.length(branch))
    }
  }

  /** Jobs that have a branch, or wait for one. */
  get jobs(): readonly BatchJob[] {
    return [...this.#running.map(({ job }) => job), ...this.#waiting]
  }

  /** Jobs that have a branch. */
  get running(): number {
    return this.#running.filter(({ job }) => !job.ended).length
  }

  add(...jobs: readonly BatchJob[]): void {
    this.#waiting.push(...jobs)
    this.wake()
  }

  /** Something has changed: a job is there, or wants to leave. */
  wake(): void {
    this.#loop ??= this.#work().finally(() => {
      this.#loop = null
      // somebody may have come while the last round ended
      if (this.#waiting.length > 0) this.wake()
    })
  }

  /** Until nothing runs. */
  async idle(): Promise<void> {
    await this.#loop
  }

  async #work(): Promise<void> {
    const caller = new Error()
    try {
      for (;;) {
        this.#leave()
        await this.#tidy()
        await this.#enter()
        if (this.#running.length === 0 && this.#waiting.length === 0) return
        await this.#read()
        await this.#sample()
      }
    } catch (error) {
      // the context is shared, and so is what happens to it
      const failure = explain(error, caller)
      for (const job of this.jobs) if (!job.ended) job.fail(failure)
      this.#leave()
    }
  }

  #leave(): void {
    const left = this.#running.filter(({ job }) => job.leave())
    if (left.length > 0) this.#running = this.#running.filter(one => !left.includes(one))
    for (const { job, branch } of left) {
      this.#free.push(branch)
      if (job.urgent) this.#done.add(branch)
      this.#cells.set(branch, (this.#cells.get(branch) ?? 0) - job.room)
    }
    for (const job of this.#waiting.filter(job => job.leave())) this.#remove(job)
  }

  /** Cells that are masked cost time, too: behind the last of a sweep nobody shares what it left. */
  async #tidy(): Promise<void> {
    if (this.#pace !== 'batch' || this.#waiting.some(({ urgent }) => urgent)) return
    for (const branch of this.#free.filter(branch => this.#done.has(branch))) {
      await this.#runtime.branches.drop(branch)
      this.#cells.set(branch, 0)
    }
    this.#done.clear()
  }

  #remove(job: BatchJob): void {
    this.#waiting.splice(this.#waiting.indexOf(job), 1)
  }

  /* ---- a branch, and cells ----------------------------------------------------------------- */

  async #enter(): Promise<void> {
    for (;;) {
      const job = this.#waiting.find(({ urgent }) => urgent) ?? this.#waiting[0]
      if (job === undefined || !(await this.#fits(job))) break
      // a session that is closed refuses to be looked at: the job still waits then, and fails with the others
      const branch = this.#takeBranch(job.tokens)
      this.#remove(job)
      await this.#place(job, branch)
    }
    // only now: a branch with holes has no prefix that others could share
    if (this.#pace !== 'reader') for (const one of this.#running) await this.#begin(one)
  }

  async #place(job: BatchJob, branch: number): Promise<void> {
    const { branches } = this.#runtime
    if (job.kind === 'lone') {
      await job.run(branch)
      await branches.drop(branch)
      this.#cells.set(branch, 0)
      this.#free.push(branch)
      return
    }
    const placed = { job, branch, read: null, millis: 0, begun: false }
    this.#cells.set(branch, job.tokens.length + job.room)
    this.#running.push(placed)
    if (this.#pace !== 'reader') await this.#readPiece(placed, Number.POSITIVE_INFINITY)
  }

  /** The one that nobody used for the longest time, but for what the prompt shares. */
  #takeBranch(tokens: Int32Array): number {
    const source = this.#free.length > 1 ? this.#source(tokens).branch : null
    const index = this.#free.findIndex(branch => branch !== source)
    const [branch = 0] = this.#free.splice(index, 1)
    this.#done.delete(branch)
    return branch
  }

  /** The branch that has most of a prompt, and how much. */
  #source(tokens: Int32Array): { readonly branch: number; readonly length: number } {
    const { branches } = this.#runtime
    let source = { branch: 0, length: 0 }
    for (let branch = 0; branch < branches.count; branch++) {
      const length = Math.min(branches.shared(branch, tokens), tokens.length - 1)
      if (length > source.length) source = { branch, length }
    }
    return source
  }

  /** Whether there is a branch, and room for all that the job may take; what nobody needs makes room. */
  async #fits({ tokens, room }: BatchJob): Promise<boolean> {
    const { branches } = this.#runtime
    const alone = () => this.#running.length === 0
    if (this.#free.length === 0) return alone() && this.#kept !== null && this.#giveUpKept()
    // nothing has to be counted where it fits without sharing
    const all = sum(this.#cells.values()) - (this.#cells.get(this.#free[0] ?? 0) ?? 0)
    if (all + tokens.length + room <= branches.contextLength) return true
    for (;;) {
      const promised = sum(
        this.#running.map(({ job, read }) => job.tokens.length - (read ?? 0) + job.room),
      )
      const source = this.#source(tokens)
      const needed = tokens.length - source.length + room
      if (branches.usedCells + promised + needed <= branches.contextLength) return true
      if (await this.#giveUp(source, tokens)) continue
      // alone it has what there is, and ends where that ends
      if (!alone() || this.#kept === null) return alone()
      await this.#giveUpKept()
    }
  }

  /** Cells that nobody needs go, those of the prompt last; false where there are none. */
  async #giveUp(
    source: { readonly branch: number; readonly length: number },
    tokens: Int32Array,
  ): Promise<boolean> {
    const { branches } = this.#runtime
    const held = (branch: number) => this.#cells.get(branch) ?? 0
    const other = this.#free.find(branch => branch !== source.branch && held(branch) > 0)
    if (other !== undefined) {
      await branches.drop(other)
      this.#cells.set(other, 0)
      return true
    }
    if (!this.#free.includes(source.branch) || held(source.branch) <= source.length) return false
    await branches.share(source.branch, tokens.subarray(0, source.length + 1))
    this.#cells.set(source.branch, source.length)
    return true
  }

  async #giveUpKept(): Promise<boolean> {
    if (this.#kept === null) return false
    await this.#runtime.branches.drop(this.#kept)
    this.#cells.set(this.#kept, 0)
    this.#free.push(this.#kept)
    this.#kept = null
    return true
  }

  /* ---- prompts ------------------------------------------------------------------------------ */

  /** A piece of the first prompt that is not read yet. */
  async #read(): Promise<void> {
    const first = this.#running.find(one => !one.begun)
    if (first === undefined) return
    await this.#readPiece(first, promptPiece)
    await this.#begin(first)
  }

  /** Nothing is looked up before the prompts before it are read: it may begin as they do. */
  async #readPiece(one: Placed, size: number): Promise<void> {
    const { branches } = this.#runtime
    const { job, branch } = one
    const { tokens } = job
    const began = performance.now()
    try {
      if (one.read === null) {
        one.read = await branches.share(branch, tokens)
        job.enter(branch, one.read, branches.contextLength - tokens.length)
      }
      const end = Math.min(tokens.length, one.read + size)
      for (let at = one.read; at < end; at = one.read) {
        const piece = tokens.subarray(at, Math.min(end, at + branches.batchSize))
        await branches.extend(branch, piece)
        one.read = at + piece.length
      }
      one.millis += performance.now() - began
    } catch (error) {
      this.#failAlone(job, error)
    }
  }

  async #begin(one: Placed): Promise<void> {
    const { job, branch } = one
    if (one.begun || one.read !== job.tokens.length || job.ended) return
    one.begun = true
    try {
      await this.#keepWhole(one)
      await job.begin(one.millis)
    } catch (error) {
      this.#failAlone(job, error)
    }
    this.#cells.set(branch, job.tokens.length + job.room)
  }

  /** Where others wait for a branch and would begin alike, the prompt stays on another one. */
  async #keepWhole({ job, branch }: Placed): Promise<void> {
    const { branches } = this.#runtime
    const alike = (other: BatchJob) => branches.shared(branch, other.tokens) > 1
    if (!job.cuts || !this.#waiting.some(alike)) return
    const [to] = this.#free.splice(0, 1)
    if (to === undefined) return
    await branches.fork(branch, to)
    this.#cells.set(to, job.tokens.length)
    this.#free.push(to)
  }

  /** A prompt of unknown tokens, or one that is too long, is nobody else's fault. */
  #failAlone(job: BatchJob, error: unknown): void {
    const failure = fromNative(error, 'generate')
    const own = ['ERR_TRACE_MODEL', 'ERR_CONTEXT_FULL', 'ERR_EMPTY_PROMPT']
    if (!(failure instanceof CotPruneError) || !own.includes(failure.code)) throw error
    job.fail(failure)
  }

  /* ---- samples ------------------------------------------------------------------------------ */

  async #sample(): Promise<void> {
    this.#leave()
    const ready = this.#running.filter(({ begun }) => begun)
    if (ready.length === 0) return
    const size = Math.min(this.#chunkSize(), ...ready.map(({ job }) => job.most))
    const began = performance.now()
    const samples = await this.#runtime.branches.sample(
      ready.map(({ branch }) => branch),
      size,
    )
    const millis = performance.now() - began
    this.#last = { tokens: Math.max(...samples.map(({ tokens }) => tokens.length)), millis }
    for (const [i, { job }] of ready.entries()) {
      const sample = samples[i]
      if (sample === undefined) throw new CotPruneError('ERR_DECODE', 'no sample came back')
      if (sample.finish === 'aborted') {
        throw new CotPruneError('ERR_CLOSED', 'the session was closed meanwhile')
      }
      await job.take(sample, millis / ready.length)
    }
  }

  #chunkSize(): number {
    if (this.#pace !== 'alone') return nextChunkSize(this.#last, false)
    return this.#waiting.length > 0 ? refillChunk : longChunk
  }
}
