/**
 * What happens while a trace is generated: every so often, at the end of a step, a look; then the
 * steps that matter least leave the cache, or the thinking is ended. the generation asks between chunks.
 */

import type {
  InFlightEvent,
  InFlightRecord,
  Step,
  TextRange,
  Trace,
} from '../../../types/public.js'
import { CotPruneError } from '../../base/errors.js'
import { home } from '../../engine/branches.js'
import { closingTokens } from '../../engine/closing.js'
import type { Runtime } from '../../engine/runtime.js'
import type { Happened } from '../../generate/companion.js'
import type { LiveStepGraph } from '../../score/step-graph/live-graph.js'
import { whileWriting } from '../../segment/options.js'
import { segment } from '../../segment/segment.js'
import { CachedTrace, type Evicted } from './cached-trace.js'
import { CachedValues } from './cached-values.js'
import { cachedSteps, chooseTokens } from './choose-tokens.js'
import { type Answer, cellsOfLook, Look, observersOf } from './look.js'
import type { ResolvedEarlyExit, ResolvedInFlight, ResolvedPruning } from './options.js'
import { checkRoom, forkAhead, waitingTokens } from './requirements.js'
import { StepWorth } from './step-worth.js'

/** Keeps what was evicted, where it may be taken back. */
const saved = 2

/** What looks take beside the options. */
interface Needs {
  /** Cells to leave free. */
  readonly reserve: number
  /** So many tokens before a look may come, a fork is made for it. */
  readonly ahead: number
  readonly values: CachedValues | null
}

export class LivePruning {
  /** Cells to leave free. */
  readonly #reserve: number
  readonly #runtime: Runtime
  readonly #options: ResolvedInFlight
  /** Null where nothing is pruned. */
  readonly #worth: StepWorth | null
  readonly #cached: CachedTrace
  readonly #every: number
  /** So many tokens before a look may come, a fork is made for it: a state cannot go back to them. 0: none is. */
  readonly #ahead: number
  /** Tokens that were there when it was made; null where there is none. */
  #forkedAt: number | null = null
  readonly #evictions: { readonly at: number; readonly ranges: readonly TextRange[] }[] = []
  /** Of the last eviction, as long as it can be taken back. */
  #undoable: Evicted | null = null
  #exit: TextRange | null = null
  #answers: Answer[] = []
  #stepsSeen = 0
  #lastLook = 0
  /** Finished steps when a look became due; null where none is due. */
  #waiting: number | null = null
  #looks = 0
  #decoded = 0
  #millis = 0
  /** Most tokens in the cache since it was packed: how far its cells reach. */
  #reach = 0

  private constructor(
    runtime: Runtime,
    options: ResolvedInFlight,
    graph: LiveStepGraph | null,
    promptTokens: number,
    { reserve, ahead, values }: Needs,
  ) {
    const { pruning, earlyExit } = options
    this.#runtime = runtime
    this.#options = options
    this.#cached = new CachedTrace(promptTokens)
    this.#every = pruning?.every ?? earlyExit?.every ?? Number.POSITIVE_INFINITY
    this.#reserve = reserve
    this.#ahead = ahead
    const hand = { graph, values, seed: options.seed }
    this.#worth = pruning && new StepWorth(pruning, this.#cached, hand)
  }

  /**
   * Null where nothing was asked for. The prompt has to be in the cache.
   * @throws CotPruneError ERR_CONTEXT_FULL, ERR_EVICTION_UNAVAILABLE, ERR_CAPTURE_UNAVAILABLE (no values), before anything is changed
   */
  static async open(
    runtime: Runtime,
    options: ResolvedInFlight,
    graph: LiveStepGraph | null,
    soFar: Trace,
  ): Promise<LivePruning | null> {
    const { pruning, earlyExit } = options
    if (pruning === null && earlyExit === null) return null
    const promptTokens = soFar.prompt.tokens.length
    const reserve = await cellsOfLook(runtime, observersOf(pruning), soFar)
    const { branches } = runtime
    checkRoom(branches.contextLength, promptTokens, reserve)
    const needed = pruning?.undoBelow === null || pruning === null ? 2 : saved + 1
    if (branches.count < needed) {
      const what = `a session of ${branches.count} branches cannot look at a running trace`
      throw new CotPruneError(
        'ERR_EVICTION_UNAVAILABLE',
        `${what}: open it with branches: ${needed} or more`,
      )
    }
    const ahead = pruning === null ? 0 : await forkAhead(runtime, pruning, soFar)
    const by = pruning?.by
    const reads = by !== undefined && 'live' in by && by.live.values
    const values = reads ? await CachedValues.open(runtime) : null
    const needs = { reserve: reserve + ahead, ahead, values }
    return new LivePruning(runtime, options, graph, promptTokens, needs)
  }

  /** Tokens that there are cells for. */
  get room(): number {
    const undoable = this.#undoable?.tokens ?? []
    const kept = undoable.reduce((sum, { start, end }) => sum + end - start, 0)
    return this.#runtime.branches.contextLength - this.#reserve - this.#held - kept
  }

  /** How many tokens the next chunk of the thinking may have, so that no look is missed, and no fork for one. */
  get untilLook(): number {
    const left = this.#untilAsked
    return left > this.#ahead ? left - this.#ahead : left
  }

  /** Tokens until it is asked again whether it is time to look. */
  get #untilAsked(): number {
    const over = this.#overdue
    return over < 0 ? -over : waitingTokens - (over % waitingTokens)
  }

  /** Tokens since a look was due; negative before. */
  get #overdue(): number {
    return this.#cached.generated - this.#lastLook - this.#every
  }

  get #held(): number {
    return this.#cached.prompt + this.#cached.length
  }

  /** Take note of newly decoded tokens, which are in the cache. */
  append(count: number): void {
    this.#cached.append(count)
    this.#reach = Math.max(this.#reach, this.#held)
  }

  /** Look where it is time to, while the model is thinking. */
  async happen(soFar: Trace): Promise<Happened> {
    const started = performance.now()
    const trace = segment(soFar, whileWriting(this.#options.pruning?.segmenting))
    const events: InFlightEvent[] = []
    const finished = Math.max(0, trace.steps.length - 1)
    for (; this.#stepsSeen < finished; this.#stepsSeen++) {
      const step = trace.steps[this.#stepsSeen]
      if (step === undefined) break
      events.push(stepEvent(step))
    }
    let exit: readonly number[] | null = null
    if (this.#isTime(finished)) {
      exit = await this.#look(trace, events)
      this.#lastLook = this.#cached.generated
      this.#waiting = null
    }
    if (exit === null && this.#ahead > 0 && this.#untilAsked === this.#ahead) {
      const { branches } = this.#runtime
      await branches.fork(home, branches.scratch)
      this.#forkedAt = this.#cached.generated
    }
    this.#millis += performance.now() - started
    return { events, exit }
  }

  /** Take note of the tokens that ended the thinking, which are in the cache. */
  ended(count: number): void {
    const start = this.#cached.generated
    this.append(count)
    this.#exit = { start, end: start + count }
  }

  /** Give back the cells that were kept for an undo. */
  async close(): Promise<void> {
    const { branches } = this.#runtime
    if (this.#undoable !== null) await branches.drop(saved)
    if (this.#forkedAt !== null) await branches.drop(branches.scratch)
    this.#undoable = null
    this.#forkedAt = null
  }

  get record(): InFlightRecord {
    return {
      evictions: this.#evictions,
      looks: this.#looks,
      peakCachedTokens: this.#cached.peak,
      decodedTokens: this.#decoded,
      exit: this.#exit,
      millis: this.#millis,
      ...(this.#keepsState && { recurrentStateKept: true }),
    }
  }

  /** What is read again is read by the recurrent layers, too. */
  get #keepsState(): boolean {
    const { pruning } = this.#options
    const evicts = this.#evictions.length > 0 && pruning?.positions === 'keep'
    return evicts && this.#runtime.model.info.hybrid
  }

  /**
   * Due since `every` tokens, and a step ended since then, or none does for as long again. Asked at fixed
   * distances, so that the speed of the machine, by which chunks are cut, decides nothing.
   */
  #isTime(finished: number): boolean {
    const over = this.#overdue
    if (over < 0 || over % waitingTokens !== 0) return false
    this.#waiting ??= finished
    return finished > this.#waiting || over >= this.#every
  }

  async #look(
    trace: ReturnType<typeof segment>,
    events: InFlightEvent[],
  ): Promise<readonly number[] | null> {
    const { pruning, earlyExit, signal } = this.#options
    const at = this.#cached.generated
    const missing = this.#forkedAt === null ? 0 : at - this.#forkedAt
    this.#forkedAt = null
    const look = await Look.open(this.#runtime, trace, this.#cached, missing, signal)
    const steps = cachedSteps(trace.steps, this.#cached)
    const scores =
      pruning === null || steps.length === 0
        ? null
        : ((await this.#worth?.at(look, trace, steps)) ?? null)
    const wantsAnswer = earlyExit !== null || (pruning?.undoBelow ?? null) !== null
    const answer = wantsAnswer ? await look.answer() : null
    await look.close()
    this.#looks++
    this.#decoded += look.decodedTokens
    if (answer !== null) events.push({ type: 'answer', at, ...answer })
    if (answer !== null && earlyExit !== null && this.#isSure(answer, earlyExit)) {
      events.push({ type: 'exit', at })
      return closingTokens(this.#runtime.model)
    }
    if (pruning !== null && scores !== null) {
      events.push({
        type: 'scored',
        at,
        name: nameOf(pruning.by),
        steps: steps.map(({ step }) => step),
        scores: scores.scores,
      })
      const undo = pruning.undoBelow !== null && answer !== null
      const restored =
        undo && answer.confidence < (pruning.undoBelow ?? 0) && (await this.#undo(at, events))
      if (!restored) {
        await this.#evict(
          trace,
          pruning,
          chooseTokens(steps, scores, this.#cached, pruning),
          events,
        )
      }
    }
    events.push({ type: 'resumed', at, cachedTokens: this.#cached.length })
    return null
  }

  /** The same answer, sure enough, so many times in a row. */
  #isSure(answer: Answer, { confidence, times }: ResolvedEarlyExit): boolean {
    const goesOn = answer.text !== '' && answer.confidence >= confidence
    const same = this.#answers.at(-1)?.text === answer.text
    this.#answers = goesOn ? [...(same ? this.#answers : []), answer] : []
    return this.#answers.length >= times
  }

  async #evict(
    trace: Trace,
    pruning: ResolvedPruning,
    ranks: ReadonlySet<number>,
    events: InFlightEvent[],
  ): Promise<void> {
    const { branches } = this.#runtime
    // until now the last eviction could be taken back
    if (this.#undoable !== null) await branches.drop(saved)
    this.#undoable = null
    if (ranks.size === 0) return
    if (pruning.undoBelow !== null) await branches.fork(home, saved)
    const gone = this.#cached.evict(ranks)
    if (pruning.positions === 'refill') await this.#refill(trace)
    else await branches.evict(home, gone.positions)
    if (pruning.undoBelow !== null) this.#undoable = gone
    const at = this.#cached.generated
    this.#evictions.push({ at, ranges: gone.tokens })
    events.push({ type: 'evicted', at, ranges: gone.tokens, cachedTokens: this.#cached.length })
    await this.#pack(pruning)
  }

  /** Read what is left again, at positions without gaps. */
  async #refill(trace: Trace): Promise<void> {
    const left = this.#cached.tokens.map(token => trace.tokens[token] ?? Number.NaN)
    const tokens = Int32Array.from([...trace.prompt.tokens, ...left])
    const { decoded } = await this.#runtime.branches.fill(home, tokens, this.#options)
    this.#decoded += decoded
    this.#cached.closeGaps()
  }

  /** What the last eviction took is in the cache again; false where nothing can be taken back. */
  async #undo(at: number, events: InFlightEvent[]): Promise<boolean> {
    const gone = this.#undoable
    if (gone === null) return false
    const { branches } = this.#runtime
    await branches.restore(saved, home, gone.positions)
    await branches.drop(saved)
    this.#cached.restore(gone)
    this.#reach = Math.max(this.#reach, this.#held)
    this.#undoable = null
    this.#evictions.pop()
    const cachedTokens = this.#cached.length
    events.push({ type: 'restored', at, ranges: gone.tokens, cachedTokens })
    return true
  }

  /** Holes are filled again by later tokens, but attention reads up to the highest cell until then. */
  async #pack({ compactAt }: ResolvedPruning): Promise<void> {
    if (this.#undoable !== null || 1 - this.#held / this.#reach <= compactAt) return
    await this.#runtime.branches.compact(home)
    this.#reach = this.#held
  }
}

export function stepEvent({ text: _, ...step }: Step): InFlightEvent {
  return { type: 'step', ...step }
}

function nameOf(by: ResolvedPruning['by']): string {
  if ('graph' in by) return 'step-graph'
  if ('live' in by) return by.live.name
  return 'observer' in by ? by.observer.name : by.scorer.name
}
